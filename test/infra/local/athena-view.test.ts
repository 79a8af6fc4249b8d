import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LakeDatabase, openDatabase } from "../../../infra/local/athena/lake.ts";
import type { Row } from "../../../infra/local/athena/run.ts";
import type { GlueTable } from "../../../infra/local/athena/table.ts";
import type { GlueView } from "../../../infra/local/athena/view.ts";
import { EVENTS_ONCE } from "../../../infra/sql.ts";
import { viewInput } from "../../../infra/view.ts";

const DATABASE = "defenda_data_lake";
const PARTITIONS = { year: "string", month: "string", day: "string", hour: "string" };
const TEXTS = ["eventid", "utctimestamp", "severity", "summary", "category", "source"];
const COLUMNS = {
  ...Object.fromEntries(TEXTS.map((name) => [name, "string"])),
  tags: "array<string>",
  plugins: "array<string>",
  details: "string",
};

const glueColumns = (columns: object) => Object.entries(columns).map(([Name, Type]) => ({ Name, Type }));

function eventsTable(): GlueTable {
  const integer = (key: string, range: string, digits: string) => ({
    [`projection.${key}.type`]: "integer",
    [`projection.${key}.range`]: range,
    [`projection.${key}.digits`]: digits,
  });
  return {
    DatabaseName: DATABASE,
    TableInput: {
      Name: "events",
      StorageDescriptor: { Columns: glueColumns(COLUMNS), Location: "s3://lake/events/" },
      PartitionKeys: glueColumns(PARTITIONS),
      Parameters: {
        "projection.enabled": "true",
        ...integer("year", "2020,2035", "4"),
        ...integer("month", "1,12", "2"),
        ...integer("day", "1,31", "2"),
        ...integer("hour", "0,23", "2"),
      },
    },
  };
}

function view(sql = EVENTS_ONCE): GlueView {
  const columns = { ...COLUMNS, ...PARTITIONS };
  const { viewOriginalText } = viewInput({ name: "events_unique", description: "", database: DATABASE, columns, sql });
  const StorageDescriptor = { Columns: glueColumns(columns) };
  const TableInput = {
    Name: "events_unique",
    TableType: "VIRTUAL_VIEW",
    ViewOriginalText: viewOriginalText ?? "",
  } as const;
  return { DatabaseName: DATABASE, TableInput: { ...TableInput, StorageDescriptor } };
}

const folder = mkdtempSync(join(tmpdir(), "athena-view-"));
const sizes: Record<string, number> = {};
let database: LakeDatabase;

/** Files of an hour hold one processing each: what a replay would leave. */
function put(hour: string, processed: string, ids: readonly string[]): void {
  const file = join(folder, `s3/lake/events/year=2026/month=11/day=24/hour=${hour}/${processed}.json.gz`);
  const details = JSON.stringify({ _utcprocessedtimestamp: `2026-11-${processed}T00:00:00+00:00` });
  const bytes = gzipSync(
    ids.map((eventid) => JSON.stringify({ eventid, summary: processed, tags: ["a", "b"], details })).join("\n"),
  );
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bytes);
  sizes[hour] = (sizes[hour] ?? 0) + bytes.length;
}

function open(views: readonly GlueView[], scratch: string): Promise<LakeDatabase> {
  return openDatabase({
    tables: [eventsTable(), ...views],
    s3Root: join(folder, "s3"),
    scratch: join(folder, scratch),
    threads: 2,
  });
}

async function query(sql: string) {
  let names: string[] = [];
  const rows: Row[] = [];
  const sink = {
    start() {},
    columns(columns: readonly { name: string }[]) {
      names = columns.map(({ name }) => name);
    },
    rows: (batch: readonly Row[]) => void rows.push(...batch),
  };
  const bytes = await database.run(await database.read(sql, DATABASE), sink, AbortSignal.timeout(20_000));
  return { names, rows, bytes };
}

beforeAll(async () => {
  put("01", "20", ["a", "b"]);
  put("01", "22", ["a"]);
  put("01", "21", ["a"]);
  put("02", "20", ["c"]);
  put("02", "23", ["b"]);
  database = await open([view()], "scratch");
});

afterAll(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

describe("events_unique", () => {
  test("has each event of an hour once, as it was last processed", async () => {
    const { rows } = await query("SELECT hour, eventid, summary FROM events_unique ORDER BY 1, 2");
    expect(rows).toEqual([
      ["01", "a", "22"],
      ["01", "b", "20"],
      ["02", "b", "23"],
      ["02", "c", "20"],
    ]);
  });

  test.each([
    ["", ["01", "02"]],
    ["WHERE hour = '01'", ["01"]],
    ["WHERE (year = '2026' AND month = '11' AND day = '24' AND hour = '02') OR year = '2025'", ["02"]],
    ["u JOIN events e ON u.eventid = e.eventid WHERE u.hour = '01' AND e.hour = '02'", ["01", "02"]],
    ["WHERE year = date_format(current_timestamp AT TIME ZONE 'UTC', '%Y') AND hour = '03'", []],
  ])("reads only what the hours of a query leave: %s", async (rest, hours) => {
    const { bytes } = await query(`SELECT count(*) FROM events_unique ${rest}`);
    expect(bytes).toBe(hours.reduce((sum, hour) => sum + (sizes[hour] ?? 0), 0));
  });

  test.each([
    ["with UNNEST", "SELECT tag FROM events_unique CROSS JOIN UNNEST(tags) t(tag) WHERE hour = '02' AND tag = 'a'", 2],
    ["beside its table", "SELECT 1 FROM events WHERE eventid NOT IN (SELECT eventid FROM events_unique)", 0],
    ["by its full name", `SELECT 1 FROM "awsdatacatalog"."${DATABASE}"."events_unique" WHERE summary = '20'`, 2],
    ["beside paths", `SELECT e."$path" FROM events e, events_unique u WHERE e.eventid = 'c' AND u.eventid = 'c'`, 1],
  ])("is queried %s", async (_, sql, count) => expect((await query(sql)).rows).toHaveLength(count));

  test("SELECT * has the columns and the partitions, and no path", async () => {
    const { names } = await query("SELECT * FROM events_unique");
    expect(names).toEqual([...Object.keys(COLUMNS), ...Object.keys(PARTITIONS)]);
    await expect(query('SELECT "$path" FROM events_unique')).rejects.toThrow("COLUMN_NOT_FOUND");
  });

  test("SHOW TABLES and DESCRIBE know it", async () => {
    expect((await query("SHOW TABLES")).rows).toEqual([["events"], ["events_unique"]]);
    const { rows } = await query("DESCRIBE events_unique");
    expect(rows.map(([line]) => line?.split(/\s/)[0])).toEqual([...Object.keys(COLUMNS), ...Object.keys(PARTITIONS)]);
  });
});

describe("a view may do what a query may, and nothing else", () => {
  test.each([
    ["reads a file", view("SELECT * FROM read_text('/etc/hostname')"), "Table function 'read_text' not registered"],
    [
      "names no table",
      view("SELECT * FROM nowhere"),
      "Table 'awsdatacatalog.defenda_data_lake.nowhere' does not exist",
    ],
    ["is no SELECT", view("SHOW TABLES"), "its originalSql is no SELECT"],
    ["is Hive's", withText("SELECT 1"), "its ViewOriginalText is not /* Presto View: <base64> */"],
  ])("one that %s is refused by its name", async (_, wrong, message) => {
    await expect(open([wrong], "refused")).rejects.toThrow(`view ${DATABASE}.events_unique: `);
    await expect(open([wrong], "refused")).rejects.toThrow(message);
  });

  function withText(ViewOriginalText: string): GlueView {
    const { DatabaseName, TableInput } = view();
    return { DatabaseName, TableInput: { ...TableInput, ViewOriginalText } };
  }
});
