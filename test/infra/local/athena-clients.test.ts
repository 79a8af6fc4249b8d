import { readFile } from "node:fs/promises";
import {
  AthenaClient,
  CreatePreparedStatementCommand,
  DeletePreparedStatementCommand,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  GetTableMetadataCommand,
  GetWorkGroupCommand,
  ListDatabasesCommand,
  ListPreparedStatementsCommand,
  ListTableMetadataCommand,
  StartQueryExecutionCommand,
  type StartQueryExecutionCommandInput,
} from "@aws-sdk/client-athena";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DATABASE, type Lab, openLab, WORKGROUP } from "./athena-lab.ts";

const CUTOFF = 3500;

let lab: Lab;
let client: AthenaClient;
let hourBytes = 0;

beforeAll(async () => {
  lab = await openLab({ cutoff: CUTOFF });
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  client = new AthenaClient({ endpoint: lab.url, region: "us-east-1", credentials });
  const noise = Array.from({ length: 100 }, () => ({ eventid: crypto.randomUUID(), source: "noise" }));
  hourBytes = await lab.put("2020/01/01/00", [{ eventid: "a", source: "okta", tags: ["x"] }, ...noise]);
  await lab.put("2020/01/01/01", noise);
});
afterAll(async () => {
  client.destroy();
  await lab.close();
});

async function run(QueryString: string, more: Partial<StartQueryExecutionCommandInput> = {}) {
  const QueryExecutionContext = { Database: DATABASE };
  const input = { QueryString, WorkGroup: WORKGROUP, QueryExecutionContext, ...more };
  const { QueryExecutionId } = await client.send(new StartQueryExecutionCommand(input));
  for (;;) {
    const { QueryExecution } = await client.send(new GetQueryExecutionCommand({ QueryExecutionId }));
    if (!["QUEUED", "RUNNING"].includes(QueryExecution?.Status?.State ?? "")) return QueryExecution;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function rows(query: string, more: Partial<StartQueryExecutionCommandInput> = {}) {
  const execution = await run(query, more);
  expect(execution?.Status).toMatchObject({ State: "SUCCEEDED" });
  const { QueryExecutionId } = execution ?? {};
  const { ResultSet } = await client.send(new GetQueryResultsCommand({ QueryExecutionId }));
  return ResultSet?.Rows?.map(({ Data }) => Data?.map(({ VarCharValue }) => VarCharValue ?? null));
}

const HOUR = "year = '2020' AND month = '01' AND day = '01' AND hour = '00'";

describe("parameters", () => {
  const sql = `SELECT eventid FROM events WHERE ${HOUR} AND eventid = ? AND source <> '?'`;

  test("stand where the question marks are", async () => {
    expect(await rows(sql, { ExecutionParameters: ["'a'"] })).toEqual([["eventid"], ["a"]]);
  });

  test("of a prepared statement", async () => {
    const named = { StatementName: "by_id", WorkGroup: WORKGROUP };
    await client.send(new CreatePreparedStatementCommand({ ...named, QueryStatement: sql }));
    expect(await rows("EXECUTE by_id USING 'a'")).toEqual([["eventid"], ["a"]]);
    expect(await rows("EXECUTE by_id", { ExecutionParameters: ["'a'"] })).toEqual([["eventid"], ["a"]]);
    expect((await run("EXECUTE by_id USING 'a', 'b'"))?.Status?.StateChangeReason).toMatch(/expected 1 but found 2/);
    const listed = await client.send(new ListPreparedStatementsCommand({ WorkGroup: WORKGROUP }));
    expect(listed.PreparedStatements).toMatchObject([{ StatementName: "by_id" }]);
    await client.send(new DeletePreparedStatementCommand(named));
    await expect(run("EXECUTE by_id USING 'a'")).rejects.toThrow("Prepared statement not found: by_id");
  });
});

describe("what a query may scan", () => {
  test("less than the limit runs, and tells its bytes", async () => {
    expect(hourBytes).toBeLessThan(CUTOFF);
    const execution = await run(`SELECT count(*) FROM events WHERE ${HOUR}`);
    expect(execution).toMatchObject({ Status: { State: "SUCCEEDED" }, Statistics: { DataScannedInBytes: hourBytes } });
  });

  test("more than the limit is canceled", async () => {
    expect(2 * hourBytes).toBeGreaterThan(CUTOFF);
    const execution = await run("SELECT count(*) FROM events WHERE year = '2020'");
    expect(execution?.Status).toMatchObject({
      State: "CANCELLED",
      StateChangeReason: "Bytes scanned limit was exceeded",
    });
  });
});

test("one hour of 48 is a forty-eighth of the bytes, within 10 %", async () => {
  const other = await openLab();
  const days = ["01", "02"];
  try {
    for (let hour = 0; hour < 48; hour++) {
      const events = Array.from({ length: 200 }, () => ({ eventid: crypto.randomUUID(), source: "noise" }));
      await other.put(`2020/02/${days[Math.floor(hour / 24)]}/${String(hour % 24).padStart(2, "0")}`, events);
    }
    const scanned = async (where: string) => {
      const statement = await other.database.read(`SELECT count(*) FROM events ${where}`, DATABASE);
      const sink = { start() {}, columns() {}, rows() {} };
      const bytes = await other.database.run(statement, sink, AbortSignal.timeout(10_000));
      return bytes ?? Number.NaN;
    };
    const share =
      (await scanned("WHERE year = '2020' AND month = '02' AND day = '02' AND hour = '07'")) / (await scanned(""));
    expect(Math.abs(share * 48 - 1)).toBeLessThan(0.1);
  } finally {
    await other.close();
  }
});

describe("the catalog", () => {
  const CatalogName = "AwsDataCatalog";

  test("lists databases and tables with their columns", async () => {
    const { DatabaseList } = await client.send(new ListDatabasesCommand({ CatalogName }));
    expect(DatabaseList).toMatchObject([{ Name: DATABASE }]);
    const listed = await client.send(new ListTableMetadataCommand({ CatalogName, DatabaseName: DATABASE }));
    expect(listed.TableMetadataList?.map(({ Name }) => Name)).toEqual(["events"]);
    const input = { CatalogName, DatabaseName: DATABASE, TableName: "events" };
    const { TableMetadata } = await client.send(new GetTableMetadataCommand(input));
    expect(TableMetadata?.PartitionKeys?.map(({ Name }) => Name)).toEqual(["year", "month", "day", "hour"]);
    const missing = client.send(new GetTableMetadataCommand({ ...input, TableName: "none" }));
    await expect(missing).rejects.toMatchObject({ name: "MetadataException" });
  });

  test("a workgroup tells its engine", async () => {
    const { WorkGroup } = await client.send(new GetWorkGroupCommand({ WorkGroup: WORKGROUP }));
    expect(WorkGroup?.Configuration).toMatchObject({
      BytesScannedCutoffPerQuery: CUTOFF,
      EngineVersion: { EffectiveEngineVersion: "Athena engine version 3" },
    });
  });

  test.each([
    ["SHOW DATABASES", [DATABASE]],
    ["SHOW TABLES IN defenda_data_lake", ["events"]],
    ["SHOW PARTITIONS events", []],
    ["SHOW CREATE TABLE defenda_data_lake.events", expect.arrayContaining(["PARTITIONED BY ( ", "  `hour` string)"])],
    ["SHOW COLUMNS IN events", expect.arrayContaining(["eventid             ", "hour                "])],
    ["SHOW TBLPROPERTIES events", expect.arrayContaining(["projection.enabled\ttrue"])],
  ])("%s", async (sql, expected) => {
    expect((await rows(sql))?.map((row) => row?.[0])).toEqual(expected);
  });
});

test("the result and its columns lie beside each other in S3", async () => {
  const execution = await run("SELECT '' AS empty, CAST(NULL AS varchar) AS nothing, 'say \"hi\"' AS quoted");
  const [, bucket = "", key = ""] =
    /^s3:\/\/(\w+)\/(.*)$/.exec(execution?.ResultConfiguration?.OutputLocation ?? "") ?? [];
  const csv = await readFile(lab.s3.pathOf(bucket, key), "utf8");
  expect(csv).toBe('"empty","nothing","quoted"\n"",,"say ""hi"""\n');
  const columns = JSON.parse(await readFile(lab.s3.pathOf(bucket, `${key}.metadata`), "utf8"));
  expect(columns).toMatchObject([{ name: "empty", type: "varchar" }, { name: "nothing" }, { name: "quoted" }]);
});

test("a query without a database of the lake has the functions, and finds tables by their full name", async () => {
  const query = `SELECT any_match(tags, t -> t = 'x') AS y FROM ${DATABASE}.events WHERE ${HOUR} AND eventid = 'a'`;
  expect(await rows(query, { QueryExecutionContext: { Database: "default" } })).toEqual([["y"], ["true"]]);
});

test("a failure says what, where and of which kind", async () => {
  const failed = await run("SELECT eventid,\n  string_agg(source, ',') FROM events");
  expect(failed?.Status).toMatchObject({
    State: "FAILED",
    StateChangeReason: "FUNCTION_NOT_FOUND: line 2:3: Function 'string_agg' not registered",
    AthenaError: { ErrorCategory: 2, ErrorType: 1000, Retryable: false },
  });
});
