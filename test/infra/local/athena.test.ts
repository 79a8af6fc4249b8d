import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LakeDatabase, openDatabase } from "../../../infra/local/athena/lake.ts";
import type { Row } from "../../../infra/local/athena/run.ts";
import type { GlueTable } from "../../../infra/local/athena/table.ts";

const KEYS = ["year", "month", "day", "hour"];

function glueTable(name: string, columns: Record<string, string>, serde: Record<string, string> = {}): GlueTable {
  const location = `s3://lake/${name}/`;
  const integer = (key: string, range: string, digits: number) => ({
    [`projection.${key}.type`]: "integer",
    [`projection.${key}.range`]: range,
    [`projection.${key}.digits`]: String(digits),
  });
  return {
    DatabaseName: "defenda_data_lake",
    TableInput: {
      Name: name,
      StorageDescriptor: {
        Columns: Object.entries(columns).map(([Name, Type]) => ({ Name, Type })),
        Location: location,
        SerdeInfo: { Parameters: serde },
      },
      PartitionKeys: KEYS.map((Name) => ({ Name, Type: "string" })),
      Parameters: {
        "projection.enabled": "true",
        ...integer("year", "2020,2035", 4),
        ...integer("month", "1,12", 2),
        ...integer("day", "1,31", 2),
        ...integer("hour", "0,23", 2),
        "storage.location.template": `${location}${KEYS.map((key) => `${key}=\${${key}}`).join("/")}/`,
      },
    },
  };
}

const EVENT = {
  eventid: "string",
  utctimestamp: "string",
  summary: "string",
  source: "string",
  tags: "array<string>",
  details: "string",
};
const LENIENT = { "ignore.malformed.json": "true" };
const TABLES = [
  glueTable("events", EVENT, LENIENT),
  glueTable("quarantine", { payload: "string" }, LENIENT),
  glueTable("odd", EVENT, LENIENT),
  glueTable("strict", { eventid: "string" }),
];

let folder: string;
let database: LakeDatabase;
const sizes: Record<string, number> = {};

async function put(table: string, hour: string, lines: readonly (string | object)[], name = "a.json.gz") {
  const path = join(folder, "s3/lake", table, hour, name);
  const bytes = gzipSync(lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n"));
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
  if (table === "events" && name === "a.json.gz") sizes[hour] = bytes.length;
}

async function query(sql: string) {
  let names: string[] = [];
  const rows: Row[] = [];
  const sink = {
    start() {},
    columns: (columns: readonly { name: string }[]) => {
      names = columns.map(({ name }) => name);
    },
    rows: (batch: readonly Row[]) => {
      rows.push(...batch);
    },
  };
  const statement = await database.read(sql, "defenda_data_lake");
  const bytes = await database.run(statement, sink, AbortSignal.timeout(20_000));
  return { names, rows, bytes };
}

const rowsOf = async (sql: string) => (await query(sql)).rows;

const DETAILS =
  '{"eventname":"ConsoleLogin","_ipaddresses":["7.1.14.12"],"amount":1.10,"id":12345678901234567,"big":1e400}';

function event(eventid: string, details = DETAILS) {
  return {
    eventid,
    utctimestamp: "2020-06-19T00:30:00Z",
    summary: "s",
    source: "cloudtrail",
    tags: ["a", "b"],
    details,
  };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "athena-"));
  await put("events", "year=2020/month=06/day=19/hour=00", [event("e1"), event("e2", '{"eventname":"Other"}')]);
  await put("events", "year=2020/month=06/day=19/hour=01", [event("e3")]);
  await put("events", "year=2020/month=06/day=19/hour=02", [event("e4", "not json")]);
  await put("events", "year=2020/month=09/day=07/hour=18", [event("e5"), event("e6", '{"_ipaddresses":["8.8.8.8"]}')]);
  await put("events", "year=2020/month=8/day=01/hour=00", [event("unpadded")]);
  await put("events", "year=2019/month=06/day=19/hour=00", [event("before the range")]);
  await put("events", "year=2020/month=13/day=01/hour=00", [event("no such month")]);
  await put("events", "year=2020/month=06/day=19/hour=00", ["x"], "_hidden.json.gz");
  await put("odd", "year=2020/month=06/day=19/hour=00", [
    event("o1"),
    "not json",
    '{"eventid":"o2","tags":"none","more":1}',
  ]);
  await put("strict", "year=2020/month=06/day=19/hour=00", [{ eventid: "s1" }, "not json"]);
  await writeFile(join(folder, "secret.json"), '{"secret":1}');
  database = await openDatabase({
    tables: TABLES,
    s3Root: join(folder, "s3"),
    scratch: join(folder, "scratch"),
    threads: 2,
  });
});

afterAll(async () => {
  database.close();
  expect(existsSync(join(folder, "scratch"))).toBe(false);
  await rm(folder, { recursive: true });
});

describe("the original data lake's queries run as they are written", () => {
  test("console logins of two hours", async () => {
    const { names, rows } = await query(`SELECT utctimestamp,
         summary,
         source,
         details

FROM "defenda_data_lake"."events"
    where
    source='cloudtrail' AND json_extract_scalar(details,'$.eventname') = 'ConsoleLogin'
    AND (
            (year='2020'
            AND month='06'
            AND day='19'
            AND hour='01')
            OR
            (year='2020'
            AND month='06'
            AND day='19'
            AND hour='00')
    )
    limit 100`);
    expect(names).toEqual(["utctimestamp", "summary", "source", "details"]);
    expect(rows).toEqual([1, 2].map(() => ["2020-06-19T00:30:00Z", "s", "cloudtrail", DETAILS]));
  });

  test("events with an address", async () => {
    const rows = await rowsOf(`SELECT
    utctimestamp,
    summary,
    source,
    details,
    tags
FROM defenda_data_lake.events
    where
        source ='cloudtrail'
    AND json_array_contains(json_extract(details,'$._ipaddresses'),'7.1.14.12')
    AND year='2020'
    AND month='09'
    AND day='07'
    AND hour='18'
    LIMIT 100;`);
    expect(rows).toEqual([["2020-06-19T00:30:00Z", "s", "cloudtrail", DETAILS, "[a, b]"]]);
  });
});

describe("a table is what its projection says", () => {
  test.each([
    [
      "every projected hour, and no other",
      "SELECT eventid FROM events ORDER BY 1",
      ["e1", "e2", "e3", "e4", "e5", "e6"],
    ],
    ["an unpadded month finds nothing", "SELECT eventid FROM events WHERE month='8'", []],
    ["a year out of range finds nothing", "SELECT eventid FROM events WHERE year='2019'", []],
    ["a table without files has no rows", "SELECT payload FROM quarantine", []],
    [
      "every way to name it",
      'SELECT eventid FROM "awsdatacatalog"."defenda_data_lake"."events" WHERE hour=\'01\'',
      ["e3"],
    ],
  ])("%s", async (_, sql, expected) => expect((await rowsOf(sql)).flat()).toEqual(expected));

  test("SELECT * shows the columns and the partitions, not the hidden $path", async () => {
    expect((await query("SELECT * FROM events")).names).toEqual([...Object.keys(EVENT), ...KEYS]);
    expect(await rowsOf(`SELECT "$path", year, hour FROM events WHERE eventid = 'e3'`)).toEqual([
      ["s3://lake/events/year=2020/month=06/day=19/hour=01/a.json.gz", "2020", "01"],
    ]);
  });

  test("a file is there for the next query", async () => {
    const count = "SELECT count(*) FROM quarantine WHERE hour = '05'";
    expect(await rowsOf(count)).toEqual([["0"]]);
    await put("quarantine", "year=2021/month=01/day=02/hour=05", [{ payload: "p" }], "odd [name]*.json.gz");
    expect(await rowsOf(count)).toEqual([["1"]]);
  });

  test("a damaged line is a row of nulls where the table says so, and fails the query where not", async () => {
    expect(await rowsOf("SELECT eventid, tags FROM odd")).toEqual([
      ["o1", "[a, b]"],
      [null, null],
      ["o2", null],
    ]);
    await expect(query("SELECT eventid FROM strict")).rejects.toThrow(/^HIVE_CURSOR_ERROR: .*s3:\/\/lake\/strict/);
  });
});

describe("only the files that partition conditions leave are read", () => {
  const JUNE = ["00", "01", "02"].map((hour) => `year=2020/month=06/day=19/hour=${hour}`);
  const SEPTEMBER = "year=2020/month=09/day=07/hour=18";
  test.each([
    ["", [...JUNE, SEPTEMBER]],
    ["WHERE hour = '01'", [JUNE[1]]],
    ["WHERE month IN ('06') AND hour BETWEEN '01' AND '05'", [JUNE[1], JUNE[2]]],
    ["WHERE (day, hour) IN (('19', '00'), ('07', '18'))", [JUNE[0], SEPTEMBER]],
    ["WHERE hour <> '00' AND source = 'cloudtrail'", [JUNE[1], JUNE[2], SEPTEMBER]],
    ["WHERE year || month || day || hour >= '2020061902'", [JUNE[2], SEPTEMBER]],
    ["WHERE hour LIKE '0%' AND NOT hour = '02'", [JUNE[0], JUNE[1]]],
    ["WHERE \"$path\" LIKE '%/hour=02/%'", [JUNE[2]]],
    ["CROSS JOIN UNNEST(tags) AS t(tag) WHERE hour = '02' AND tag <> ')'", [JUNE[2]]],
    ["e JOIN events x ON e.eventid = x.eventid WHERE e.hour = '01' AND x.hour = '02'", [JUNE[1], JUNE[2]]],
    ["e LEFT JOIN events x ON e.eventid = x.eventid WHERE e.hour = '01'", [JUNE[1], ...JUNE, SEPTEMBER]],
    ["WHERE year = date_format(current_timestamp AT TIME ZONE 'UTC', '%Y')", []],
  ])("%s", async (rest, files) => {
    const { bytes } = await query(`SELECT count(*) FROM events ${rest.replace("WHERE", "WHERE true AND")}`);
    expect(bytes).toBe(files.reduce((total, hour) => total + (sizes[hour ?? ""] ?? 0), 0));
  });

  test("a condition on one side of a join takes no rows from the other", async () => {
    const sql = `SELECT e.eventid, x.eventid FROM events e LEFT JOIN events x ON e.eventid = x.eventid AND x.hour = '00'
      WHERE e.month = '06' AND coalesce(x.hour, '00') = '00' ORDER BY 1`;
    expect(await rowsOf(sql)).toEqual([
      ["e1", "e1"],
      ["e2", "e2"],
      ["e3", null],
      ["e4", null],
    ]);
  });
});

describe("values are written as Athena writes them", () => {
  test("details is the stored text, its numbers untouched", async () => {
    expect(await rowsOf("SELECT details FROM events WHERE eventid = 'e1'")).toEqual([[DETAILS]]);
  });
  test.each([
    ["json_extract_scalar(details, '$.id')", "12345678901234567"],
    ["json_extract(details, '$._ipaddresses')", '["7.1.14.12"]'],
    ["json_extract_scalar('not json', '$.a')", null],
    ["json_extract_scalar('{\"a\":{}}', '$.a')", null],
    ["json_extract('not json', '$.a')", null],
    ["json_array_contains('[1, 2.5, \"x\", true]', 2.5)", "true"],
    ["json_array_contains('{}', 1)", null],
    ["json_array_length('{}')", null],
    ["json_size('{\"a\": [1, 2]}', '$.a')", "2"],
    ["json_format(json_parse('{\"a\": 1}'))", '{"a":1}'],
    ["cardinality(tags)", "2"],
    ["element_at(tags, -1)", "b"],
    ["element_at(tags, 9)", null],
    ["contains(tags, 'a')", "true"],
    ["filter(tags, tag -> tag > 'a')", "[b]"],
    ["array[1, null]", "[1, null]"],
    ["map(array['k'], array[1])", "{k=1}"],
    ["cast('[\"x\"]' AS json)", '"[\\"x\\"]"'],
    ["cast(json_extract(details, '$._ipaddresses') AS array(varchar))", "[7.1.14.12]"],
    ["from_iso8601_timestamp(utctimestamp)", "2020-06-19 00:30:00.000 UTC"],
    ["date_trunc('hour', from_iso8601_timestamp(utctimestamp))", "2020-06-19 00:00:00.000 UTC"],
    ["date_add('day', 1, timestamp '2020-01-01 00:00:00')", "2020-01-02 00:00:00.000"],
    ["date_diff('hour', timestamp '2020-01-01 00:30:00', timestamp '2020-01-01 02:00:00')", "1"],
    ["date '2020-01-01'", "2020-01-01"],
    ["7 / 2", "3"],
    ["1e10", "1.0E10"],
    ["cast(1 AS double)", "1.0"],
    ["1.50", "1.50"],
    ["to_utf8('hi')", "68 69"],
    ["regexp_like(source, 'trail$')", "true"],
    ["regexp_replace('a1b2', '(\\d)', '<$1>')", "a<1>b<2>"],
    ["split_part('a,b', ',', 3)", null],
    ["/* it's */ 'array(varchar)' -- it's", "array(varchar)"],
  ])("%s", async (expression, expected) => {
    expect(await rowsOf(`SELECT ${expression}\n FROM events WHERE eventid = 'e1'`)).toEqual([[expected]]);
  });
  test("a column without a name gets one by its position", async () => {
    expect((await query("SELECT count(*), max(Source) AS Latest, 1 FROM events")).names).toEqual([
      "_col0",
      "latest",
      "_col2",
    ]);
    expect((await query("SELECT 1, *, 2 FROM odd")).names).toEqual(["_col0", ...Object.keys(EVENT), ...KEYS, "_col11"]);
    expect((await query("VALUES (1, 'a')")).names).toEqual(["_col0", "_col1"]);
  });
});

describe("mistakes are told in Athena's words", () => {
  test.each([
    ["SELECT 1 WHERE", "line 1:15: syntax error at end of input"],
    ["SELECT 1; SELECT 2", "Only one sql statement is allowed. Got: SELECT 1; SELECT 2"],
    [
      "SELECT x\nFROM nowhere",
      "TABLE_NOT_FOUND: line 2:6: Table 'awsdatacatalog.defenda_data_lake.nowhere' does not exist",
    ],
    ["SELECT nothing FROM events", "COLUMN_NOT_FOUND: line 1:8: Column 'nothing' cannot be resolved"],
    ["SELECT nofunction(1)", "FUNCTION_NOT_FOUND: line 1:8: Function 'nofunction' not registered"],
    ["SELECT cast('x' AS bigint)", "INVALID_CAST_ARGUMENT: Could not convert string 'x' to INT64"],
    ["SHOW TABLES IN nowhere", "SCHEMA_NOT_FOUND: Schema 'nowhere' does not exist"],
  ])("%s", async (sql, message) => expect(query(sql)).rejects.toThrow(message));
});

describe("SQL reaches nothing but the lake's tables", () => {
  const secret = () => join(folder, "secret.json");
  const inLake = () => join(folder, "s3/lake/events/year=2020/month=06/day=19/hour=00/a.json.gz");
  test.each([
    "SELECT * FROM read_text('FILE')",
    "SELECT * FROM read_json('FILE')",
    "SELECT * FROM 'FILE'",
    'SELECT * FROM "FILE"',
    'SELECT * FROM (WITH "FILE" AS (SELECT 1) SELECT 1), "FILE"',
    'WITH "FILE" AS (SELECT * FROM "FILE") SELECT * FROM "FILE"',
    "SELECT (SELECT count(*) FROM glob('FILE'))",
    "SELECT 1 WHERE EXISTS (SELECT 1 FROM read_csv('FILE'))",
    "SELECT * FROM query('SELECT * FROM read_text(''FILE'')')",
    "SELECT * FROM enable_profiling(save_location := 'FILE.out')",
    "SELECT * FROM enable_logging(storage := 'file', storage_config := {'path': 'FILE.out'})",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM pg_catalog.pg_class",
    "SELECT * FROM (SHOW TABLES)",
    "EXPLAIN ANALYZE SELECT * FROM read_text('FILE')",
    "EXPLAIN SELECT * FROM read_text('FILE')",
    "COPY (SELECT 1) TO 'FILE.out'",
    "/* SELECT */ COPY (SELECT 1) TO 'FILE.out'",
    "SELECT 1; COPY (SELECT 1) TO 'FILE.out'",
    "WITH x AS (DELETE FROM events RETURNING *) SELECT * FROM x",
    "ATTACH 'FILE.out' AS x",
    "INSTALL httpfs",
    "LOAD httpfs",
    "PRAGMA database_list",
    "SET memory_limit = '8GB'",
    "CALL pragma_version()",
    "DROP VIEW events",
    "EXPORT DATABASE 'FILE.out'",
    "FROM read_text('FILE')",
    "",
  ])("%s", async (sql) => {
    for (const file of [secret(), inLake()]) {
      await expect(query(sql.replaceAll("FILE", file))).rejects.toThrow();
      expect(existsSync(`${file}.out`)).toBe(false);
    }
    expect(await readFile(secret(), "utf8")).toBe('{"secret":1}');
  });
});
