import type { DuckDBConnection } from "@duckdb/node-api";
import type { JsonObject } from "../service.ts";
import { narrow } from "./prune.ts";
import { partitionCondition } from "./pushdown.ts";
import { CATALOG, PATH_CATALOG, setFiles, USE_PLAIN } from "./setup.ts";
import type { CatalogStatement } from "./show.ts";
import * as sql from "./sql.ts";
import type { SelectStatement } from "./statement.ts";
import { findReferences, outputNames } from "./syntax.ts";
import type { LakeTable } from "./table.ts";
import { athenaText, type Column, describeColumn } from "./values.ts";

/** Values in Athena's text; null is null. */
export type Row = readonly (string | null)[];

export interface Sink {
  /** Called when the query's turn has come. */
  start(): void;
  /** Called before anything is read, where the bytes can be told; it may throw to keep the query from running. */
  scans?(bytes: number): void;
  columns(columns: readonly Column[]): void | Promise<void>;
  rows(rows: readonly Row[]): void | Promise<void>;
  /** Told how many rows went into a table. */
  wrote?(rows: number): void;
}

/** Runs a SELECT or explains it. @returns bytes of the files it reads; undefined where that cannot be told */
export async function runSelect(
  connection: DuckDBConnection,
  statement: SelectStatement,
  sink: Sink,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { tables } = statement;
  const useDatabase = `USE ${CATALOG}.${sql.name(statement.home)}`;
  await connection.run(USE_PLAIN);
  for (const table of tables) await listFiles(connection, statement, table);
  const query = statement.usesPath ? await withPaths(connection, statement) : statement.sql;
  await connection.run(useDatabase);
  if (statement.kind === "explain") return explain(await firstRow(connection, `EXPLAIN ${query}`), sink);
  const [, plan = "[]"] = await firstRow(connection, `EXPLAIN (FORMAT json) ${query}`);
  await connection.run(USE_PLAIN);
  const bytes = await narrow(connection, tables, plan);
  await connection.run(useDatabase);
  if (bytes !== undefined) sink.scans?.(bytes);
  signal.throwIfAborted();
  await stream(connection, query, statement, sink, signal);
  return bytes;
}

/** Sets the files of a table that the query may need, as they are now. */
async function listFiles(connection: DuckDBConnection, statement: SelectStatement, table: LakeTable): Promise<void> {
  const references = statement.references.filter(({ schema, table: name }) => {
    return name === table.name && (schema || statement.database) === table.database;
  });
  const isViewed = statement.viewed.has(table); // what the view asks of it is DuckDB's to find out
  const condition = isViewed ? undefined : partitionCondition(statement.syntax, references, table);
  const where = condition ? `WHERE ${await conditionSql(connection, condition)}` : "";
  const paths = `SELECT coalesce(list(${sql.sqlLiteralPath("file")}), []) FROM (${table.filesSql}) ${where}`;
  await connection.run(setFiles(table, `(${paths})`));
}

async function conditionSql(connection: DuckDBConnection, condition: JsonObject): Promise<string> {
  const [tree = ""] = await firstRow(connection, "SELECT json_serialize_sql('SELECT true')");
  const selected = tree.replace(
    /"select_list":\[.*?\](?=,"from_table")/,
    () => `"select_list":[${JSON.stringify(condition)}]`,
  );
  const [select = ""] = await firstRow(connection, `SELECT json_deserialize_sql(${sql.text(selected)})`);
  return select.replace(/^SELECT /, "");
}

async function stream(
  connection: DuckDBConnection,
  query: string,
  statement: SelectStatement,
  sink: Sink,
  signal: AbortSignal,
): Promise<void> {
  const result = await connection.stream(query);
  const names = outputNames(statement.syntax, result.columnNames());
  await sink.columns(names.map((name, index) => describeColumn(name, result.columnType(index))));
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    signal.throwIfAborted();
    await sink.rows(chunk.convertRows(athenaText));
  }
}

/** The query with its tables taken from the catalog that has `"$path"`. */
async function withPaths(connection: DuckDBConnection, statement: SelectStatement): Promise<string> {
  const [tree = ""] = await firstRow(connection, `SELECT json_serialize_sql(${sql.text(statement.sql)})`);
  const references = findReferences(JSON.parse(tree)).tables;
  const places = new Map(references.map(({ at, schema }) => [String(at), schema || statement.database]));
  const moved = tree.replace(
    /"query_location":(\d+),"schema_name":"[^"]*"(,"table_name":"[^"]*","column_name_alias":\[[^\]]*\]),"catalog_name":"[^"]*"/g,
    (whole, at: string, rest: string) => {
      const database = places.get(at);
      const place = `"query_location":${at},"schema_name":${JSON.stringify(database)}${rest}`;
      return database === undefined ? whole : `${place},"catalog_name":"${PATH_CATALOG}"`;
    },
  );
  const [query = ""] = await firstRow(connection, `SELECT json_deserialize_sql(${sql.text(moved)})`);
  return query;
}

async function firstRow(connection: DuckDBConnection, query: string): Promise<string[]> {
  const result = await connection.runAndReadAll(query);
  return (result.getRows()[0] ?? []).map(String);
}

const textColumn = (name: string): Column => ({ name, type: "varchar", precision: 0, scale: 0 });

async function explain([, plan = ""]: readonly string[], sink: Sink): Promise<number> {
  await sink.columns([textColumn("Query Plan")]);
  await sink.rows(plan.split("\n").map((line) => [line]));
  return 0;
}

/** Answers what the catalog knows. */
export async function answerCatalog({ columns, rows }: CatalogStatement, sink: Sink): Promise<number> {
  sink.start();
  await sink.columns(columns.map(textColumn));
  await sink.rows(rows);
  return 0;
}
