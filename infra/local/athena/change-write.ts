import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createGzip } from "node:zlib";
import type { DuckDBConnection } from "@duckdb/node-api";
import { runSelect, type Sink } from "./run.ts";
import { CATALOG, setFiles, USE_PLAIN } from "./setup.ts";
import * as sql from "./sql.ts";
import type { SelectStatement } from "./statement.ts";
import { outputNames } from "./syntax.ts";
import type { GlueColumn } from "./table.ts";

export type StoreObject = (bucket: string, key: string, body: AsyncIterable<Buffer>) => Promise<void>;

export interface SelectedColumn {
  readonly name: string;
  /** As DuckDB writes it. */
  readonly type: string;
}

/** The columns that a SELECT would give; nothing is read. */
export async function selectedColumns(
  connection: DuckDBConnection,
  select: SelectStatement,
): Promise<SelectedColumn[]> {
  for (const table of select.tables) await connection.run(setFiles(table, "[]"));
  await connection.run(`USE ${CATALOG}.${sql.name(select.home)}`);
  const result = await connection.runAndReadAll(`DESCRIBE ${select.sql}`).finally(() => connection.run(USE_PLAIN));
  const rows = result.getRows().map(([name, type]) => ({ name: String(name), type: String(type) }));
  const names = outputNames(
    select.syntax,
    rows.map(({ name }) => name),
  );
  return rows.map(({ type }, index) => ({ name: names[index] ?? "", type }));
}

interface Place {
  readonly connection: DuckDBConnection;
  readonly changes: { readonly s3Put: StoreObject };
  readonly sink: Sink;
  readonly signal: AbortSignal;
}

/**
 * Writes the rows of a SELECT as one object of gzipped JSON lines, whatever their number.
 *
 * @param columns of the table, in the order of the SELECT's
 * @param folder `s3://bucket/prefix/`
 * @returns bytes that the SELECT read; undefined where that cannot be told
 */
export async function writeRows(
  select: SelectStatement,
  columns: readonly GlueColumn[],
  folder: string,
  { connection, changes, sink, signal }: Place,
): Promise<number | undefined> {
  const [, bucket = "", prefix = ""] = /^s3:\/\/([^/]+)\/(.*)$/.exec(folder) ?? [];
  const names = columns.map(({ Name }) => sql.name(Name)).join(", ");
  const lines = `SELECT CAST(to_json(lake_row) AS VARCHAR) FROM (${select.sql.replace(/[;\s]+$/, "")}) AS lake_row(${names})`;
  const gzip = createGzip();
  const stored = changes.s3Put(bucket, `${prefix}${randomUUID()}.json.gz`, gzip);
  stored.catch((error) => gzip.destroy(error));
  let written = 0;
  const writer: Sink = {
    start() {},
    ...(sink.scans && { scans: sink.scans }),
    columns() {},
    async rows(rows) {
      written += rows.length;
      if (!gzip.write(rows.map(([line]) => `${line}\n`).join(""))) await once(gzip, "drain");
    },
  };
  try {
    const bytes = await runSelect(connection, { ...select, sql: lines }, writer, signal);
    gzip.end();
    await stored;
    await sink.columns([{ name: "rows", type: "bigint", precision: 19, scale: 0 }]);
    sink.wrote?.(written);
    return bytes;
  } catch (error) {
    gzip.destroy(error instanceof Error ? error : new Error(String(error)));
    await stored.catch(() => {});
    throw error;
  }
}
