import * as sql from "./sql.ts";
import type { GlueColumn, LakeTable } from "./table.ts";
import { trinoType } from "./type-names.ts";
import { duckdbType } from "./types.ts";
import type { LakeView } from "./view.ts";

/** Trino's `information_schema`: what the catalog knows as tables. DuckDB's own tells of DuckDB. */

export const INFORMATION_SCHEMA = "information_schema";

/** Where the tables of it are in DuckDB. */
export const INFORMATION_PLACE = { catalog: "memory", schema: "lake_information" };

const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  schemata: ["catalog_name", "schema_name"],
  tables: ["table_catalog", "table_schema", "table_name", "table_type"],
  columns: [
    ...["table_catalog", "table_schema", "table_name", "column_name", "ordinal_position", "column_default"],
    ...["is_nullable", "data_type"],
  ],
  views: ["table_catalog", "table_schema", "table_name", "view_definition"],
};

export const isInformation = (table: string): boolean => Object.hasOwn(COLUMNS, table);

type Listed = LakeTable | LakeView;
type Value = string | number | null;

/** SQL that fills them anew. @param catalogName Athena's */
export function informationSql(all: readonly Listed[], catalogName: string): string {
  const place = ({ database, name }: Listed): Value[] => [catalogName, database, name];
  const views = all.filter((one) => "sql" in one);
  const rows: Readonly<Record<string, Value[][]>> = {
    schemata: [...new Set(all.map(({ database }) => database))].map((database) => [catalogName, database]),
    tables: all.map((one) => [...place(one), "sql" in one ? "VIEW" : "BASE TABLE"]),
    columns: all.flatMap((one) =>
      [...one.columns, ...one.partitionKeys].map((column, index) => [...place(one), ...describe(column, index)]),
    ),
    views: views.map((one) => [...place(one), one.query]),
  };
  const { catalog, schema } = INFORMATION_PLACE;
  const made = Object.entries(COLUMNS).map(
    ([table, names]) =>
      `CREATE OR REPLACE TABLE ${catalog}.${schema}.${table} AS ${valuesSql(names, rows[table] ?? [])}`,
  );
  return [`CREATE SCHEMA IF NOT EXISTS ${catalog}.${schema}`, ...made].join(";\n");
}

const describe = ({ Name, Type }: GlueColumn, index: number): Value[] => {
  const type = duckdbType(Type);
  return [Name, index + 1, null, "YES", type === "TIMESTAMP" ? "timestamp(3)" : trinoType(type)];
};

function valuesSql(names: readonly string[], rows: readonly (readonly Value[])[]): string {
  const typed = names.map((name) => `${name}::${name === "ordinal_position" ? "BIGINT" : "VARCHAR"} AS ${name}`);
  const cell = (value: Value) => (typeof value === "string" ? sql.text(value) : String(value ?? "NULL"));
  const given = rows.length > 0 ? rows : [names.map(() => null)];
  const values = given.map((row) => `(${row.map(cell).join(", ")})`).join(", ");
  const none = rows.length > 0 ? "" : " WHERE false";
  return `SELECT ${typed.join(", ")} FROM (VALUES ${values}) AS given(${names.join(", ")})${none}`;
}
