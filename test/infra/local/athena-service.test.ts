import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import {
  AthenaClient,
  BatchGetNamedQueryCommand,
  GetNamedQueryCommand,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  GetWorkGroupCommand,
  ListNamedQueriesCommand,
  ListQueryExecutionsCommand,
  ListWorkGroupsCommand,
  paginateGetQueryResults,
  StartQueryExecutionCommand,
  type StartQueryExecutionCommandInput,
  StopQueryExecutionCommand,
} from "@aws-sdk/client-athena";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LakeDatabase, openDatabase } from "../../../infra/local/athena/lake.ts";
import { type AthenaService, openAthena } from "../../../infra/local/athena/service.ts";
import { type Endpoint, startEndpoint } from "../../../infra/local/endpoint.ts";

const EVENTS = {
  DatabaseName: "defenda_data_lake",
  TableInput: {
    Name: "events",
    StorageDescriptor: {
      Columns: [
        { Name: "eventid", Type: "string" },
        { Name: "tags", Type: "array<string>" },
      ],
      Location: "s3://lake/events/",
    },
    PartitionKeys: [{ Name: "hour", Type: "string" }],
    Parameters: {
      "projection.enabled": "true",
      "projection.hour.type": "integer",
      "projection.hour.range": "0,23",
      "projection.hour.digits": "2",
      "storage.location.template": `s3://lake/events/hour=\${hour}/`,
    },
  },
};
const WORKGROUP = {
  Name: "defenda_data_lake",
  Description: "for tests",
  WorkGroupConfiguration: {
    EnforceWorkGroupConfiguration: true,
    ResultConfiguration: { OutputLocation: "s3://results/queries" },
  },
};
const SAVED = { Name: "All", Database: "defenda_data_lake", QueryString: "SELECT 1", WorkGroup: WORKGROUP.Name };

/** Enough rows that a query over them squared runs until it is stopped. */
const MANY = 2500;
const ENDLESS = `SELECT count(*) FROM events a, events b, events c WHERE a.eventid || b.eventid || c.eventid = 'never'`;

let folder: string;
let database: LakeDatabase;
let athena: AthenaService;
let endpoint: Endpoint;
let client: AthenaClient;
const stored = new Map<string, string>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "athena-service-"));
  const events = Array.from({ length: MANY }, (_, index) => ({ eventid: `e${index}`, tags: ['say "hi"', "b"] }));
  await mkdir(join(folder, "s3/lake/events/hour=01"), { recursive: true });
  const lines = events.map((event) => JSON.stringify(event)).join("\n");
  await writeFile(join(folder, "s3/lake/events/hour=01/a.json.gz"), gzipSync(lines));
  database = await openDatabase({ tables: [EVENTS], s3Root: join(folder, "s3"), scratch: join(folder, "duckdb") });
  athena = openAthena({
    database,
    workgroups: [WORKGROUP],
    namedQueries: [SAVED],
    dir: join(folder, "athena"),
    s3Put: async (bucket, key, body) => {
      const pieces: Uint8Array[] = body instanceof Uint8Array ? [body] : [];
      if (!(body instanceof Uint8Array)) for await (const piece of body) pieces.push(piece);
      stored.set(`s3://${bucket}/${key}`, Buffer.concat(pieces).toString());
    },
  });
  endpoint = await startEndpoint({
    port: 0,
    services: [athena],
    s3: (_, response) => void response.writeHead(404).end(),
  });
  client = new AthenaClient({
    endpoint: endpoint.url,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
});

afterAll(async () => {
  client.destroy();
  await endpoint.close();
  await athena.close();
  database.close();
  await rm(folder, { recursive: true });
});

async function start(QueryString: string, more: Partial<StartQueryExecutionCommandInput> = {}): Promise<string> {
  const input = { QueryString, WorkGroup: WORKGROUP.Name, ...more };
  const { QueryExecutionId } = await client.send(new StartQueryExecutionCommand(input));
  return QueryExecutionId ?? "";
}

async function execution(QueryExecutionId: string) {
  return (await client.send(new GetQueryExecutionCommand({ QueryExecutionId }))).QueryExecution;
}

/** What every client does: ask until the query has ended. */
async function ended(QueryExecutionId: string) {
  for (;;) {
    const found = await execution(QueryExecutionId);
    if (!["QUEUED", "RUNNING"].includes(found?.Status?.State ?? "")) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe("a query by any Athena client", () => {
  test("succeeds, says what it read, and its rows begin with the column names", async () => {
    const id = await start("SELECT eventid, tags, NULL AS nothing, hour FROM events WHERE hour = '01' LIMIT 1");
    const found = await ended(id);
    expect(found).toMatchObject({
      StatementType: "DML",
      Status: { State: "SUCCEEDED", SubmissionDateTime: expect.any(Date), CompletionDateTime: expect.any(Date) },
      QueryExecutionContext: { Database: "defenda_data_lake" },
      ResultConfiguration: { OutputLocation: `s3://results/queries/${id}.csv` },
      WorkGroup: "defenda_data_lake",
    });
    expect(found?.Statistics?.DataScannedInBytes).toBeGreaterThan(1000);
    const { ResultSet } = await client.send(new GetQueryResultsCommand({ QueryExecutionId: id }));
    const [header, row] = ResultSet?.Rows ?? [];
    expect(header?.Data?.map(({ VarCharValue }) => VarCharValue)).toEqual(["eventid", "tags", "nothing", "hour"]);
    expect(row?.Data).toEqual([{ VarCharValue: "e0" }, { VarCharValue: '[say "hi", b]' }, {}, { VarCharValue: "01" }]);
    expect(ResultSet?.ResultSetMetadata?.ColumnInfo?.map(({ Type }) => Type)).toEqual([
      "varchar",
      "array",
      "integer",
      "varchar",
    ]);
    expect(stored.get(`s3://results/queries/${id}.csv`)).toBe(
      '"eventid","tags","nothing","hour"\n"e0","[say ""hi"", b]",,"01"\n',
    );
  });

  test("pages hold what was asked for and together every row once", async () => {
    const id = await start("SELECT eventid FROM events");
    await ended(id);
    const sizes: number[] = [];
    const seen = new Set<string>();
    for await (const { ResultSet } of paginateGetQueryResults({ client, pageSize: 999 }, { QueryExecutionId: id })) {
      sizes.push(ResultSet?.Rows?.length ?? 0);
      for (const row of ResultSet?.Rows ?? []) seen.add(row.Data?.[0]?.VarCharValue ?? "");
    }
    expect(sizes).toEqual([999, 999, 503]);
    expect(seen.size).toBe(MANY + 1);
  });

  test("SHOW TABLES and DESCRIBE answer lines without a header", async () => {
    const lines = async (sql: string) => {
      const id = await start(sql);
      expect(await ended(id)).toMatchObject({ StatementType: "UTILITY", Status: { State: "SUCCEEDED" } });
      const { ResultSet } = await client.send(new GetQueryResultsCommand({ QueryExecutionId: id }));
      return ResultSet?.Rows?.map(({ Data }) => Data?.[0]?.VarCharValue?.trim());
    };
    expect(await lines("SHOW TABLES")).toEqual(["events"]);
    expect(await lines("DESCRIBE defenda_data_lake.events")).toContain("tags                \tarray<string>");
    expect((await lines("EXPLAIN SELECT count(*) FROM events"))?.join("")).toContain("READ_JSON");
  });

  test("the same token starts one query; with another query it is refused", async () => {
    const ClientRequestToken = "t".repeat(32);
    const [id, again] = await Promise.all([1, 2].map(() => start("SELECT 1", { ClientRequestToken })));
    expect(again).toBe(id);
    await expect(start("SELECT 2", { ClientRequestToken })).rejects.toThrow("Idempotent parameters do not match");
  });
});

describe("a query that does not succeed", () => {
  test("fails with a reason, and has no results", async () => {
    const id = await start("SELECT * FROM nowhere");
    expect(await ended(id)).toMatchObject({
      StatementType: "DML",
      Status: {
        State: "FAILED",
        StateChangeReason:
          "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.defenda_data_lake.nowhere' does not exist",
        AthenaError: { ErrorCategory: 2, Retryable: false },
      },
    });
    await expect(client.send(new GetQueryResultsCommand({ QueryExecutionId: id }))).rejects.toThrow(
      "Query did not finish successfully. Final query state: FAILED",
    );
  });

  test("is stopped while it runs and while it waits, and others answer meanwhile", async () => {
    const running = [await start(ENDLESS), await start(ENDLESS)];
    const waiting = await start(ENDLESS);
    while ((await execution(running[1] ?? ""))?.Status?.State !== "RUNNING")
      await new Promise((done) => setTimeout(done, 5));
    expect((await execution(waiting))?.Status?.State).toBe("QUEUED");
    await expect(client.send(new GetQueryResultsCommand({ QueryExecutionId: waiting }))).rejects.toThrow(
      "Query has not yet finished. Current state: QUEUED",
    );
    for (const QueryExecutionId of [waiting, ...running])
      await client.send(new StopQueryExecutionCommand({ QueryExecutionId }));
    for (const id of [waiting, ...running]) expect((await ended(id))?.Status?.State).toBe("CANCELLED");
    expect((await ended(await start("SELECT 1")))?.Status?.State).toBe("SUCCEEDED");
  });

  test.each([
    ["no SQL at all", start.bind(null, "SELEC 1"), /not supported: SELEC\. The local lake answers SELECT/],
    ["a broken one", () => start("SELECT FROM WHERE"), /^line 1:13: syntax error/],
    [
      "a statement that changes something",
      () => start("ALTER TABLE events ADD COLUMNS (x int)"),
      /not supported: ALTER/,
    ],
    ["an unknown workgroup", () => start("SELECT 1", { WorkGroup: "x" }), "WorkGroup x is not found."],
    ["no place for results", () => start("SELECT 1", { WorkGroup: "primary" }), "No output location provided"],
    ["an unknown query", () => execution("nothing"), "QueryExecution nothing was not found"],
    [
      "too large a page",
      async () =>
        client.send(new GetQueryResultsCommand({ QueryExecutionId: await start("SELECT 1"), MaxResults: 1001 })),
      /MaxResults is 1001|not yet finished/,
    ],
  ])("is refused: %s", async (_, ask, message) => {
    await expect(ask()).rejects.toMatchObject({ name: "InvalidRequestException" });
    await expect(ask()).rejects.toThrow(message);
  });
});

test("workgroups, saved queries and past queries are listed", async () => {
  const { WorkGroups } = await client.send(new ListWorkGroupsCommand({}));
  expect(WorkGroups?.map(({ Name }) => Name)).toEqual(["defenda_data_lake", "primary"]);
  const { WorkGroup } = await client.send(new GetWorkGroupCommand({ WorkGroup: WORKGROUP.Name }));
  expect(WorkGroup).toMatchObject({ State: "ENABLED", Configuration: WORKGROUP.WorkGroupConfiguration });

  const { NamedQueryIds = [] } = await client.send(new ListNamedQueriesCommand({ WorkGroup: WORKGROUP.Name }));
  expect(NamedQueryIds).toHaveLength(1);
  const [NamedQueryId = ""] = NamedQueryIds;
  expect((await client.send(new GetNamedQueryCommand({ NamedQueryId }))).NamedQuery).toEqual({
    ...SAVED,
    NamedQueryId,
  });
  const batch = await client.send(new BatchGetNamedQueryCommand({ NamedQueryIds: [NamedQueryId, "x"] }));
  expect([batch.NamedQueries?.length, batch.UnprocessedNamedQueryIds]).toEqual([1, [{ NamedQueryId: "x" }]]);

  const id = await start("SELECT 1");
  const list = new ListQueryExecutionsCommand({ WorkGroup: WORKGROUP.Name, MaxResults: 1 });
  expect(await client.send(list)).toMatchObject({ QueryExecutionIds: [id], NextToken: "1" });
});
