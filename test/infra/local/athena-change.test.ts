import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  StartQueryExecutionCommand,
} from "@aws-sdk/client-athena";
import {
  CreateTableCommand,
  DeleteTableCommand,
  GetTableCommand,
  GetTablesCommand,
  GlueClient,
} from "@aws-sdk/client-glue";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openGlue } from "../../../infra/local/glue/service.ts";
import { DATABASE, EVENTS, type Lab, openLab, WORKGROUP } from "./athena-lab.ts";

const HOUR = "year = '2020' AND month = '09' AND day = '07' AND hour = '18'";

let lab: Lab;
let athena: AthenaClient;
let glue: GlueClient;
beforeAll(async () => {
  lab = await openLab();
  const options = {
    endpoint: lab.url,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  };
  [athena, glue] = [new AthenaClient(options), new GlueClient(options)];
  await lab.put("2020/09/07/18", [
    { eventid: "1", source: "okta", tags: ["a", "b"], details: '{"n":1.5}' },
    { eventid: "2", source: "okta", tags: [], details: "{}" },
    { eventid: "3", source: "github", tags: ["c"], details: "{}" },
  ]);
  await lab.put("2020/09/07/19", [{ eventid: "4", source: "okta" }]);
});
afterAll(async () => {
  for (const client of [athena, glue]) client.destroy();
  await lab.close();
});

async function run(QueryString: string) {
  const QueryExecutionContext = { Database: DATABASE };
  const { QueryExecutionId } = await athena.send(
    new StartQueryExecutionCommand({ QueryString, WorkGroup: WORKGROUP, QueryExecutionContext }),
  );
  for (;;) {
    const { QueryExecution } = await athena.send(new GetQueryExecutionCommand({ QueryExecutionId }));
    if (!["QUEUED", "RUNNING"].includes(QueryExecution?.Status?.State ?? "")) return QueryExecution;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
async function answer(sql: string) {
  const execution = await run(sql);
  expect(execution?.Status).toMatchObject({ State: "SUCCEEDED" });
  const { QueryExecutionId } = execution ?? {};
  return { execution, ...(await athena.send(new GetQueryResultsCommand({ QueryExecutionId }))) };
}
async function rows(sql: string) {
  const { ResultSet } = await answer(sql);
  return ResultSet?.Rows?.slice(1).map(({ Data }) => Data?.map(({ VarCharValue }) => VarCharValue ?? null));
}
const reason = async (sql: string) => (await run(sql))?.Status?.StateChangeReason;
const table = async (Name: string) => (await glue.send(new GetTableCommand({ DatabaseName: DATABASE, Name }))).Table;

describe("a view", () => {
  test("is made, used, shown, replaced and dropped", async () => {
    const { execution } = await answer(
      `CREATE VIEW logins AS SELECT eventid, tags, hour FROM events WHERE source = 'okta'`,
    );
    expect(execution).toMatchObject({ StatementType: "DDL", SubstatementType: "CREATE_VIEW" });
    expect(await rows("SELECT eventid FROM logins WHERE hour = '18' ORDER BY eventid")).toEqual([["1"], ["2"]]);
    const shown = await answer("SHOW CREATE VIEW logins");
    expect(shown.ResultSet?.Rows?.[0]?.Data?.[0]?.VarCharValue).toBe(`CREATE VIEW ${DATABASE}.logins AS`);
    expect(await reason("CREATE VIEW logins AS SELECT 1 AS x")).toMatch(/^ALREADY_EXISTS: View already exists/);

    await answer(`CREATE OR REPLACE VIEW "${DATABASE}"."logins" AS SELECT count(*) AS n FROM events WHERE ${HOUR}`);
    expect(await rows("SELECT n FROM logins")).toEqual([["3"]]);
    await answer("DROP VIEW logins");
    expect(await reason("SELECT * FROM logins")).toMatch(/^TABLE_NOT_FOUND/);
    await answer("DROP VIEW IF EXISTS logins");
    expect(await reason("DROP VIEW logins")).toMatch(/^VIEW_NOT_FOUND/);
  });

  test("is in Glue as Athena stores it", async () => {
    await answer("CREATE VIEW typed AS SELECT tags, cardinality(tags) AS many, 1.5e0 AS d FROM events");
    const found = await table("typed");
    expect(found).toMatchObject({ TableType: "VIRTUAL_VIEW", Parameters: { presto_view: "true" } });
    expect(found?.StorageDescriptor?.Columns).toEqual([
      { Name: "tags", Type: "array<string>" },
      { Name: "many", Type: "bigint" },
      { Name: "d", Type: "double" },
    ]);
    const [, text = ""] = /^\/\* Presto View: (\S+) \*\/$/.exec(found?.ViewOriginalText ?? "") ?? [];
    expect(JSON.parse(Buffer.from(text, "base64").toString())).toMatchObject({
      originalSql: "SELECT tags, cardinality(tags) AS many, 1.5e0 AS d FROM events",
      columns: [{ name: "tags", type: "array(varchar)" }, { type: "bigint" }, { type: "double" }],
    });
  });

  test("reads another view, which then cannot be dropped", async () => {
    await answer("CREATE VIEW below AS SELECT eventid, year, month, day, hour FROM events");
    await answer("CREATE VIEW above AS SELECT eventid, hour FROM below");
    expect(await rows("SELECT eventid FROM above WHERE hour = '19'")).toEqual([["4"]]);
    expect(await reason("DROP VIEW below")).toMatch(/view defenda_data_lake\.above reads/);
  });

  test.each([
    [
      "a column without a name",
      "CREATE VIEW v AS SELECT count(*) FROM events",
      /Column name not specified at position 1/,
    ],
    ["a mistake, with its place", "CREATE VIEW v AS\nSELECT nope FROM events", /COLUMN_NOT_FOUND.*'nope'/],
    ["a table's name", "CREATE OR REPLACE VIEW events AS SELECT 1 AS x", /TABLE_ALREADY_EXISTS/],
    ["a table", "DROP VIEW events", /is a table: use DROP TABLE/],
  ])("is refused for %s", async (_, sql, message) => {
    expect(await reason(sql)).toMatch(message);
  });
});

describe("a table", () => {
  test("is made of a query, added to, and dropped", async () => {
    const made = await answer(
      `CREATE TABLE kept WITH (format = 'JSON') AS SELECT eventid, tags, cardinality(tags) AS n, DATE '2020-01-02' AS d,
        CAST(NULL AS varchar) AS nothing FROM events WHERE ${HOUR}`,
    );
    expect(made).toMatchObject({ UpdateCount: 3, execution: { SubstatementType: "CREATE_TABLE_AS_SELECT" } });
    expect(made.execution?.Statistics?.DataScannedInBytes).toBeGreaterThan(0);
    expect(await rows("SELECT * FROM kept ORDER BY eventid")).toEqual([
      ["1", "[a, b]", "2", "2020-01-02", null],
      ["2", "[]", "0", "2020-01-02", null],
      ["3", "[c]", "1", "2020-01-02", null],
    ]);
    const inserted = await answer("INSERT INTO kept (eventid, n) VALUES ('9', 7), ('10', 8)");
    expect(inserted).toMatchObject({ UpdateCount: 2, execution: { StatementType: "DML", SubstatementType: "INSERT" } });
    expect(await rows("SELECT count(*), sum(n) FROM kept")).toEqual([["5", "18"]]);
    expect((await table("kept"))?.StorageDescriptor?.Location).toMatch(
      /^s3:\/\/results\/queries\/tables\/[0-9a-f-]{36}\/$/,
    );
    await answer("DROP TABLE kept");
    expect(await reason("SELECT * FROM kept")).toMatch(/^TABLE_NOT_FOUND/);
  });

  test("may lie where its query says", async () => {
    await answer("CREATE TABLE there WITH (format = 'JSON', external_location = 's3://lake/made/') AS SELECT 1 AS x");
    expect(await rows('SELECT x, "$path" FROM there')).toEqual([["1", expect.stringMatching(/^s3:\/\/lake\/made\//)]]);
    const again = "CREATE TABLE other WITH (format = 'JSON', external_location = 's3://lake/made/') AS SELECT 1 AS x";
    expect(await reason(again)).toMatch(/^HIVE_PATH_ALREADY_EXISTS/);
  });

  test.each([
    ["Athena's own format", "CREATE TABLE t AS SELECT 1 AS x", /format PARQUET: the local lake writes JSON/],
    [
      "partitions",
      "CREATE TABLE t WITH (format='JSON', partitioned_by = ARRAY['y']) AS SELECT 1 AS x",
      /partitioned_by/,
    ],
    ["a table of the template", "DROP TABLE events", /is a table of the template/],
    ["rows for the stream", "INSERT INTO events VALUES ('1')", /put events on the stream/],
    ["JSON in a column", "CREATE TABLE t WITH (format='JSON') AS SELECT json_parse('1') AS j", /Unsupported Hive type/],
  ])("is refused for %s", async (_, sql, message) => {
    expect(await reason(sql)).toMatch(message);
  });

  test("that a client of Glue makes is found, and gone when it is deleted", async () => {
    const { Name: _, ...rest } = EVENTS.TableInput;
    const TableInput = { ...rest, Name: "copy" } as CreateTableCommand["input"]["TableInput"];
    await glue.send(new CreateTableCommand({ DatabaseName: DATABASE, TableInput }));
    const twice = glue.send(new CreateTableCommand({ DatabaseName: DATABASE, TableInput }));
    await expect(twice).rejects.toMatchObject({ name: "AlreadyExistsException" });
    expect(await rows(`SELECT count(*) FROM copy WHERE ${HOUR}`)).toEqual([["3"]]);
    const { TableList } = await glue.send(new GetTablesCommand({ DatabaseName: DATABASE, Expression: "copy" }));
    expect(TableList).toHaveLength(1);
    await glue.send(new DeleteTableCommand({ DatabaseName: DATABASE, Name: "copy" }));
    expect(await reason("SELECT * FROM copy")).toMatch(/^TABLE_NOT_FOUND/);
  });
});

test("information_schema knows tables, views and columns", async () => {
  await answer("CREATE VIEW listed AS SELECT tags, eventid FROM events");
  const where = `WHERE table_schema = '${DATABASE}' AND table_name IN ('events', 'listed')`;
  expect(await rows(`SELECT table_name, table_type FROM information_schema.tables ${where} ORDER BY 1`)).toEqual([
    ["events", "BASE TABLE"],
    ["listed", "VIEW"],
  ]);
  const columns = `SELECT column_name, data_type FROM awsdatacatalog.information_schema.columns
    WHERE table_name = 'listed' ORDER BY ordinal_position`;
  expect(await rows(columns)).toEqual([
    ["tags", "array(varchar)"],
    ["eventid", "varchar"],
  ]);
  expect(await reason("SELECT * FROM information_schema.settings")).toMatch(/^TABLE_NOT_FOUND/);
});

test("what was made is there after a restart", async () => {
  await answer("CREATE VIEW lasting AS SELECT eventid FROM events");
  const again = openGlue({ tables: [EVENTS], databases: [], file: `${lab.folder}/glue.json` });
  expect(again.tables().map(({ TableInput }) => TableInput.Name)).toContain("lasting");
});
