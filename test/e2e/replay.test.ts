import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundle } from "../../infra/bundle.ts";
import { createFunction } from "../../infra/local/lambda/function.ts";
import { lake, type RunningLake, remove, startLake, temporaryFolder } from "./support.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const CLI = join(ROOT, "handlers/cli/lake.ts");

const EVENTS = 1200;

/** What an author adds: refusals get a summary and another hour, probes are dropped, the rest is left alone. */
const DOORS = `import { definePlugin } from "../../core/plugin.ts";
export default definePlugin({
  name: "doors",
  registration: ["door"],
  priority: 30,
  onMessage(event) {
    if (event.details.n % 100 === 7) return null;
    if (event.details.n % 10 !== 0) return event;
    event.summary = "refused at " + event.details.door;
    event.details.refused = true;
    if (event.details.n % 50 === 0) event.utctimestamp = "${new Date(Date.now() - 7_200_000).toISOString().slice(0, 19)}+00:00";
    return event;
  },
});
`;

interface PrintedDifference {
  readonly change: string;
  readonly eventid: string;
  readonly fields: Record<string, { before?: unknown; after?: unknown }>;
}

describe("replay", () => {
  const dir = temporaryFolder();
  let running: RunningLake;
  /** The period in which the events arrived. */
  let period: string[];
  let times: { from: string; to: string };

  beforeAll(async () => {
    running = await startLake(dir, "--buffer-seconds", "1");
    await running.until("SELECT count(*) AS n FROM events", ([row]) => Number(row?.n) >= 14); // the samples
    const from = new Date().toISOString();
    for (let n = 0; n < EVENTS; n += 400) {
      const events = Array.from({ length: 400 }, (_, i) => ({
        door: `d${i % 7}`,
        n: n + i,
        source: i % 2 ? "a" : "b",
      }));
      await running.put(events.map((event) => JSON.stringify(event)));
    }
    await running.put(["no JSON"]);
    times = { from, to: new Date(Date.now() + 1).toISOString() };
    period = ["--dir", dir, "--from", times.from, "--to", times.to];
    await running.until(ROWS, ([row]) => row?.n === String(EVENTS));
  });
  afterAll(async () => {
    await running?.kill("SIGINT");
    remove(dir);
  });

  const ROWS = `SELECT count(*) AS n, count(DISTINCT eventid) AS ids FROM events
    WHERE json_extract_scalar(details, '$.door') IS NOT NULL`;
  const replay = (...options: string[]) => lake(["replay", ...period, "--rate", "20000", ...options]);

  test("a diff of the plugins that ran finds nothing", async () => {
    const { code, stdout, stderr } = await replay("--diff");
    expect(stderr).toContain(`1,200 events compared: 0 would change, 0 new, 0 gone, 1,200 the same`);
    expect([code, stdout]).toEqual([0, ""]);
  });

  test("a dry run counts, and writes nothing", async () => {
    const { stdout, stderr } = await replay("--dry-run", "--json", "--source", "a");
    const rows = stdout.trim().split("\n");
    const counted = rows.map((row) => JSON.parse(row).events).reduce((sum, events) => sum + events, 0);
    expect(counted).toBe(EVENTS / 2);
    expect(stderr).toContain("1,201 records: 600 events, 0 dropped, 0 quarantined, 601 skipped");
    expect(await running.query(ROWS)).toEqual([{ n: "1200", ids: "1200" }]);
  });

  test("after a plugin was changed, the diff says what the replay then does: ids and counts stay", async () => {
    const folder = join(dir, "branch");
    mkdirSync(folder);
    cpSync(join(ROOT, "plugins"), join(folder, "plugins"), { recursive: true });
    symlinkSync(join(ROOT, "core"), join(folder, "core"));
    writeFileSync(join(folder, "plugins/normalize/doors.ts"), DOORS);
    const own = ["--plugins", join(folder, "plugins")];
    const newest = `SELECT eventid, max_by(summary, json_extract_scalar(details, '$._utcprocessedtimestamp')) AS summary,
        max_by(utctimestamp, json_extract_scalar(details, '$._utcprocessedtimestamp')) AS utctimestamp,
        max_by(json_extract_scalar(details, '$.refused'), json_extract_scalar(details, '$._utcprocessedtimestamp')) AS refused
      FROM events WHERE json_extract_scalar(details, '$.door') IS NOT NULL GROUP BY eventid`;
    const before = new Map((await running.query(newest)).map((row) => [row.eventid, row]));

    const predicted = await replay("--diff", "--json", ...own);
    const lines = predicted.stdout.trim().split("\n");
    const differences: PrintedDifference[] = lines.slice(0, -1).map((line) => JSON.parse(line));
    expect(JSON.parse(lines.at(-1) ?? "")).toEqual({ total: { same: 0, changed: 1188, new: 0, gone: 12 } });

    const { code, stderr } = await replay(...own);
    expect(stderr).toContain("1,201 records: 1,188 events, 12 dropped, 1 quarantined");
    expect(code).toBe(0);
    const rows = await running.until(ROWS, ([row]) => row?.n === String(EVENTS + 1188));
    expect(rows).toEqual([{ n: "2388", ids: "1200" }]);
    for (const { change, eventid, fields } of differences) {
      const expected = before.get(eventid);
      if (!expected || change === "gone") continue;
      if (fields.summary) expected.summary = String(fields.summary.after);
      if (fields.utctimestamp) expected.utctimestamp = String(fields.utctimestamp.after);
      if (fields["details.refused"]) expected.refused = String(fields["details.refused"].after);
    }
    const after = new Map((await running.query(newest)).map((row) => [row.eventid, row]));
    expect(after).toEqual(before);
    expect([...after.values()].filter(({ refused }) => refused === "true")).toHaveLength(120);

    const again = await replay("--diff", ...own);
    expect(again.stderr).toContain("1,188 events compared: 0 would change, 0 new, 12 gone, 1,188 the same");
  });

  test("Ctrl-C, and the same command again: nothing is sent twice, nothing is missed", async () => {
    const [before] = await running.query(ROWS);
    const child = start("--rate", "400");
    await waitFor(child, () => records() >= 200);
    child.kill("SIGINT");
    expect(await ended(child)).toBe(130);
    expect(records()).toBeLessThan(EVENTS);
    const { code, stderr } = await replay();
    expect(stderr).toContain("going on from");
    expect(code).toBe(0);
    const total = String(Number(before?.n) + EVENTS);
    expect(await running.until(ROWS, ([row]) => row?.n === total)).toEqual([{ n: total, ids: "1200" }]);
    expect(readdirSync(dir).filter((file) => file.startsWith("replay-"))).toEqual([]);
  });

  test("kill -9, and the same command again: at most the pages in hand are sent twice, nothing is missed", async () => {
    const before = await copies();
    const child = start("--rate", "400");
    await waitFor(child, () => records() >= 200);
    child.kill("SIGKILL");
    await ended(child);
    await replay();
    const least = sum(before) + EVENTS;
    await running.until(ROWS, ([row]) => Number(row?.n) >= least);
    const after = await copies();
    expect([...after].filter(([id, count]) => count <= (before.get(id) ?? 0))).toEqual([]);
    expect(sum(after) - least).toBeLessThanOrEqual(2 * 100); // a page of each shard is a quarter of a second's records
  });

  test("the function does the same, and answers with what is left to do", async () => {
    const [before] = await running.query(ROWS);
    const directory = join(dir, "function");
    bundle(join(ROOT, "handlers/replay.ts"), directory);
    const fn = createFunction({
      ...{ name: "replay", directory, handler: "index.handler", timeoutSeconds: 92, memoryMB: 512 }, // it reads for two seconds
      ...{ region: "us-east-1", account: "000000000000", endpointUrl: running.endpoint, log() {} },
      environment: {
        ...JSON.parse(running.outputs.ConsumerSettings ?? ""),
        STREAM_NAME: running.outputs.StreamName ?? "",
      },
    });
    try {
      const first = await fn.invoke({ ...times, rate: 200, source: "a" });
      expect(first).toMatchObject({ result: { ...times, source: "a", done: false } });
      const left = "result" in first ? { ...Object(first.result), rate: 20_000 } : undefined;
      const second = await fn.invoke(left);
      const counts = { records: EVENTS + 1, delivered: EVENTS / 2, skipped: 601 };
      expect(second).toMatchObject({ result: { ...times, source: "a", done: true, state: { counts } } });
      const refused = await fn.invoke({ from: "noon", to: times.to });
      expect(JSON.stringify(refused)).toMatch(/RequestError.*is no time/);
    } finally {
      await fn.close();
    }
    const total = String(Number(before?.n) + EVENTS / 2);
    expect(await running.until(ROWS, ([row]) => row?.n === total)).toEqual([{ n: total, ids: "1200" }]);
  });

  test.each([
    ["a period that is not over", ["--from", "1h", "--to", "2999-01-01T00:00:00Z"], "is not over yet"],
    ["a shard that is none", ["--from", "1h", "--to", "0m", "--shard", "nope"], "has no shard nope"],
    ["a folder without plugins", ["--from", "1h", "--to", "0m", "--plugins", "core"], "is no folder named plugins"],
    ["AWS without a stack", ["--from", "1h", "--to", "0m", "--aws"], "does not say which lake"],
  ])("%s: exit code 2", async (_, options, message) => {
    const { code, stderr } = await lake(["replay", "--dir", dir, ...options]);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });

  function start(...options: string[]): ChildProcess {
    return spawn(process.execPath, [CLI, "replay", ...period, ...options], { stdio: "ignore" });
  }

  /** How many rows each event has. */
  async function copies(): Promise<Map<string, number>> {
    const sql = ROWS.replace("count(*) AS n, count(DISTINCT eventid) AS ids", "eventid, count(*) AS n");
    return new Map(
      (await running.query(`${sql} GROUP BY eventid`)).map(({ eventid, n }) => [eventid ?? "", Number(n)]),
    );
  }

  /** How many records the checkpoint says are settled. */
  function records(): number {
    const [file] = readdirSync(dir).filter((name) => /^replay-\w+\.json$/.test(name));
    return file ? JSON.parse(readFileSync(join(dir, file), "utf8")).state.counts.records : 0;
  }
});

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}

async function waitFor(child: ChildProcess, isReady: () => boolean): Promise<void> {
  while (child.exitCode === null && !isReady()) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  return new Promise((resolve) => child.once("close", resolve));
}
