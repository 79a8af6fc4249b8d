import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DEFAULT_WINDOW } from "../../core/partition.ts";
import { createPipeline } from "../../core/pipeline.ts";
import { quarantineRow } from "../../core/quarantine.ts";
import { lineOf } from "../../core/row.ts";
import { samples } from "../../handlers/cli/samples.ts";
import { type LakeDatabase, openDatabase } from "../../infra/local/athena/lake.ts";
import type { CatalogTable } from "../../infra/local/glue/service.ts";
import { synthesize } from "../../infra/local/synth.ts";
import { declared, type LocalTemplate, readTemplate } from "../../infra/local/template.ts";
import { SAVED_QUERIES } from "../../infra/sql.ts";
import { plugins } from "../../plugins/registry.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Half past three today: the samples happened up to three hours before, and so today, whenever the test runs. */
const NOW = new Date().setUTCHours(3, 30, 0, 0);

const folder = mkdtempSync(join(tmpdir(), "questions-"));
let template: LocalTemplate;
let database: LakeDatabase;
/** Bytes of what no question may read: events and quarantine of years ago. */
let old = 0;
let everything = 0;

beforeAll(async () => {
  const assembly = join(folder, "cdk.out");
  await synthesize(assembly);
  template = readTemplate(assembly, { region: "us-east-1", account: "000000000000" });
  const payloads = samples(NOW).map(({ payload }) => payload);
  old = file(payloads, NOW - 2 * 365 * DAY_MS);
  everything = old + file(payloads, NOW) + file([call(NOW - 2 * DAY_MS, "curl/8", "ListUsers")], NOW - 2 * DAY_MS);
  everything += file([call(NOW - HOUR_MS, "aws-cli/2", "CreateUser"), call(NOW - HOUR_MS, "curl/8", "ListUsers")], NOW);
  database = await openDatabase({
    tables: declared<CatalogTable>(template, "AWS::Glue::Table"),
    s3Root: join(folder, "s3"),
    scratch: join(folder, "duckdb"),
  });
});
afterAll(() => {
  database?.close();
  rmSync(folder, { recursive: true });
});

/** A call of IAM's API by alice. */
function call(at: number, userAgent: string, eventName: string): Buffer {
  const event = {
    eventVersion: "1.08",
    eventTime: new Date(at).toISOString(),
    eventSource: "iam.amazonaws.com",
    userIdentity: { type: "IAMUser", userName: "alice" },
    requestParameters: { userName: "eve" },
    sourceIPAddress: "198.51.100.9",
  };
  return Buffer.from(JSON.stringify({ ...event, eventName, userAgent }));
}

let objects = 0;

/** Files what the lake makes of payloads that arrive then, each row in an object of its own. @returns bytes */
function file(payloads: readonly Buffer[], arrivalMs: number): number {
  const pipeline = createPipeline(plugins, DEFAULT_WINDOW);
  const bucket = String(template.outputs.LakeBucket);
  let bytes = 0;
  for (const payload of payloads) {
    const sequence = String(++objects);
    const record = { payload, stream: "lake", shard: "shardId-0", sequence, partitionKey: "key", arrivalMs };
    for (const outcome of pipeline.process(record, arrivalMs)) {
      if (outcome.kind === "dropped") continue;
      const row = outcome.kind === "event" ? outcome.row : quarantineRow(outcome.entry, "plugins");
      const { year, month, day, hour } = row.partition;
      const table = outcome.kind === "event" ? "events" : "quarantine";
      const path = `${table}/year=${year}/month=${month}/day=${day}/hour=${hour}/${sequence}.json.gz`;
      const target = join(folder, "s3", bucket, path);
      mkdirSync(dirname(target), { recursive: true });
      const zipped = gzipSync(`${lineOf(row)}\n`);
      writeFileSync(target, zipped);
      bytes += zipped.length;
    }
  }
  return bytes;
}

async function ask(name: string) {
  const sql = SAVED_QUERIES.find((query) => query.name === name)?.sql ?? "";
  let names: readonly string[] = [];
  const rows: Record<string, unknown>[] = [];
  const sink = {
    start() {},
    columns: (columns: readonly { name: string }[]) => {
      names = columns.map((column) => column.name);
    },
    rows: (batch: readonly (readonly unknown[])[]) => {
      for (const row of batch) rows.push(Object.fromEntries(names.map((column, i) => [column, row[i]])));
    },
  };
  const bytes = await database.run(await database.read(sql, "defenda_data_lake"), sink, AbortSignal.timeout(20_000));
  return { rows, bytes };
}

test("the template has every question under its name", () => {
  const deployed = declared<{ Name: string; QueryString: string }>(template, "AWS::Athena::NamedQuery");
  expect(deployed.map(({ Name }) => Name)).toEqual(SAVED_QUERIES.map(({ name }) => name));
  expect(SAVED_QUERIES.length).toBeGreaterThanOrEqual(12);
});

test.each(SAVED_QUERIES.map(({ name }) => name))("%s leaves the days alone that it does not ask for", async (name) => {
  const { bytes } = await ask(name);
  expect(bytes).toBeLessThanOrEqual(everything - old);
});

test("Console logins without MFA: the two that succeeded", async () => {
  const { rows } = await ask("Console logins without MFA");
  expect(rows).toMatchObject([
    { user_name: "alice", account: "111122223333", address: "203.0.113.7", agent: "Mozilla/5.0 (X11; Linux x86_64)" },
    { user_name: "bob", address: "203.0.113.8" },
  ]);
});

test("An address across all sources: the console and the mail account", async () => {
  const { rows } = await ask("An address across all sources");
  expect(rows.map(({ source, events }) => [source, String(events)])).toEqual([
    ["gsuite", "2"],
    ["cloudtrail", "1"],
  ]);
});

test("A user across all sources: in order", async () => {
  const { rows } = await ask("A user across all sources");
  expect(rows).toHaveLength(3);
  expect(rows.map(({ utctimestamp }) => utctimestamp)).toEqual(rows.map(({ utctimestamp }) => utctimestamp).sort());
});

test("New countries and agents of users: what alice had not used before, and nothing of users that are new", async () => {
  const { rows } = await ask("New countries and agents of users");
  expect(rows.map(({ user_name, trait, seen_as }) => `${user_name} ${trait} ${seen_as}`).sort()).toEqual([
    "alice agent Mozilla/5.0 (X11; Linux x86_64)",
    "alice agent aws-cli/2",
  ]);
});

test("Top talkers: the four flows", async () => {
  const { rows } = await ask("Top talkers");
  expect(rows).toHaveLength(4);
  expect(rows[0]).toMatchObject({ to_address: "10.0.1.25" });
  expect(rows.map(({ bytes }) => String(bytes))).toEqual(["5310", "5310", "5310", "5310"]);
});

test("Failures by user: carol's login and the mail account's", async () => {
  const { rows } = await ask("Failures by user");
  const failures = rows.map(({ user_name, source, failures }) => `${user_name} ${source} ${failures}`);
  expect(failures).toContain("carol cloudtrail 1");
  expect(failures).toContain("someone@somewhere.com gsuite 1");
});

test("Changes to identities: the user that was made", async () => {
  const { rows } = await ask("Changes to identities");
  expect(rows).toMatchObject([{ source: "cloudtrail", user_name: "alice", target: "eve" }]);
});

test("Late events: the line of 2014", async () => {
  const { rows } = await ask("Late events");
  expect(rows).toHaveLength(1);
  expect(rows[0]?.oldest).toMatch(/^2014-04-17T06:10:54/);
});

test("Plugin errors: none", async () => {
  expect((await ask("Plugin errors")).rows).toEqual([]);
});

test("Events per hour by source, and the size of each hour, count every event of today once", async () => {
  const { rows } = await ask("Events per hour by source");
  const events = rows.reduce((sum, row) => sum + Number(row.events), 0);
  expect(events).toBe(16);
  expect(rows.reduce((sum, row) => sum + Number(row.distinct_events), 0)).toBe(events);
  const sizes = (await ask("Size of each hour")).rows;
  expect(sizes.reduce((sum, row) => sum + Number(row.events), 0)).toBe(events);
  expect(sizes.reduce((sum, row) => sum + Number(row.objects), 0)).toBe(events);
  for (const { characters } of sizes) expect(Number(characters)).toBeGreaterThan(100);
});

test("Quarantine by code, and what arrived today", async () => {
  expect((await ask("Quarantine by code")).rows).toMatchObject([{ code: "invalid_json" }]);
  const today = (await ask("Events today")).rows;
  expect(today.reduce((sum, row) => sum + Number(row.events), 0)).toBe(16);
  expect((await ask("Events today, each once")).rows).toEqual(today);
});
