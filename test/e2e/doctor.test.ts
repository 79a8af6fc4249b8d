import { GetTableCommand, GlueClient, UpdateTableCommand } from "@aws-sdk/client-glue";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lake, type RunningLake, remove, startLake, temporaryFolder } from "./support.ts";

/** An hour ago, so that everything is inside the window whenever the test runs. */
const ISO = new Date(Date.now() - 3_600_000).toISOString();
const YEAR = ISO.slice(0, 4);
const DATABASE = "defenda_data_lake";
const QUESTION = `SELECT eventid FROM events
  WHERE year = '${YEAR}' AND json_extract_scalar(details, '$.probe') = 'doctor'`;

const dir = temporaryFolder();
let running: RunningLake;
let glue: GlueClient;
beforeAll(async () => {
  running = await startLake(dir, "--buffer-seconds", "1");
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  glue = new GlueClient({ endpoint: running.endpoint, region: "us-east-1", credentials });
  await running.put([JSON.stringify({ probe: "doctor", time: ISO })]);
  await running.until(QUESTION, (rows) => rows.length === 1);
});
afterAll(async () => {
  await running?.kill("SIGINT");
  remove(dir);
});

async function doctor(...options: string[]) {
  const { code, stdout, stderr } = await lake(["doctor", "--json", "--dir", dir, ...options]);
  const findings: { severity: string; where: string; what: string; fix: string }[] = stdout
    .split("\n")
    .flatMap((line) => (line === "" ? [] : [JSON.parse(line)]));
  return { code, stderr, findings };
}

test("a healthy lake has nothing wrong", async () => {
  const { code, findings } = await doctor();
  expect(findings).toEqual([]);
  expect(code).toBe(0);
});

test("a query that returns nothing: the doctor says why, shows the difference, and puts it right", async () => {
  const { Table } = await glue.send(new GetTableCommand({ DatabaseName: DATABASE, Name: "events" }));
  const { Name, StorageDescriptor, PartitionKeys, TableType, Parameters } = Table ?? { Name: "none" };
  const ended = { ...Parameters, "projection.year.range": "2020,2025" };
  const TableInput = { Name, StorageDescriptor, PartitionKeys, TableType, Parameters: ended };
  await glue.send(new UpdateTableCommand({ DatabaseName: DATABASE, TableInput }));
  expect(await running.query(QUESTION)).toEqual([]);

  const { code, findings } = await doctor();
  expect(code).toBe(1);
  expect(findings[0]).toMatchObject({
    severity: "problem",
    where: "glue defenda_data_lake.events",
    what: `the range of years ended with 2025: events of ${YEAR} are not found`,
    fix: expect.stringContaining("lake doctor --fix"),
  });

  const refused = await doctor("--fix");
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain("- projection.year.range = 2020,2025");
  expect(await running.query(QUESTION)).toEqual([]);

  const fixed = await doctor("--fix", "--yes");
  expect(fixed.code).toBe(0);
  expect(await running.query(QUESTION)).toHaveLength(1);
});

test("for people it is one line a finding, on standard output", async () => {
  const { stdout, stderr, code } = await lake(["doctor", "--dir", dir]);
  expect(stdout.split("\n").filter((line) => /^(problem|warning) /.test(line))).toEqual([]);
  expect(stderr).toContain("0 problems, 0 warnings");
  expect(code).toBe(0);
});

test("without a lake it says what to give", async () => {
  const { code, stderr } = await lake(["doctor", "--aws"]);
  expect(code).toBe(2);
  expect(stderr).toContain("--stream with StreamName and --settings with ConsumerSettings");
});
