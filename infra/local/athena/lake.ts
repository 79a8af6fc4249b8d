import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { translate } from "./error.ts";
import { ownFunctions } from "./own-functions.ts";
import { openPool } from "./pool.ts";
import { answerCatalog, runSelect, type Sink } from "./run.ts";
import { lockSql, setupSql, tableSql, viewsSql } from "./setup.ts";
import * as sql from "./sql.ts";
import { readStatement, type Statement } from "./statement.ts";
import { type GlueTable, type LakeTable, readTable } from "./table.ts";
import { type GlueView, isView, type LakeView, readView } from "./view.ts";

export interface LakeDatabase {
  readonly tables: readonly LakeTable[];
  readonly views: readonly LakeView[];
  /** The database of unqualified names where the caller names none. */
  readonly defaultDatabase: string;
  /**
   * Reads a query and refuses what may not run; nothing is executed.
   * @throws {QueryError}
   */
  read(query: string, database: string): Promise<Statement>;
  /**
   * Runs a query that was read and hands its rows over in batches of at most 2,048.
   *
   * Files that are there when it starts are read, later ones are not. `signal` ends it early, with the signal's reason.
   * @returns bytes of the files that it had to read; undefined where that cannot be told
   * @throws {QueryError} in Athena's words
   */
  run(statement: Statement, sink: Sink, signal: AbortSignal): Promise<number | undefined>;
  /**
   * Changes a table; queries that run go on with the old one.
   *
   * @throws {Error} when this lake cannot follow it, or its objects are in a bucket that held none of the lake's tables
   */
  replaceTable(table: GlueTable | GlueView): Promise<void>;
  close(): void;
}

interface DatabaseOptions {
  tables: readonly (GlueTable | GlueView)[];
  /** The folder where the object `s3://bucket/key` is the file `bucket/key`. */
  s3Root: string;
  /** A folder of this database alone, for what does not fit in memory; emptied now and removed at the end. */
  scratch: string;
  /** As DuckDB writes it, `1GB` unless said; beyond it queries use `scratch`, up to 8 GB. */
  memoryLimit?: string;
  /** Of all queries together; as many as there are cores unless said. */
  threads?: number;
}

/** Each running query keeps one of libuv's four threads; the others are left for the rest of the process. */
const CONCURRENT_QUERIES = 2;
const INTERRUPT_MS = 20;

/**
 * Opens DuckDB over the tables of a lake.
 *
 * SQL reaches nothing of this machine but the tables' folders: external access is off, extensions are not loaded and the
 * configuration is locked; and `read` lets only SELECTs over the lake's tables through.
 *
 * @throws {Error} for a table or a view that this lake cannot follow, naming it
 */
export async function openDatabase(options: DatabaseOptions): Promise<LakeDatabase> {
  const s3Root = resolve(options.s3Root);
  const scratch = resolve(options.scratch);
  const givenViews = options.tables.filter(isView);
  const folders = (table: LakeTable) => bucketFolder(table, s3Root);
  const tables = options.tables.flatMap((table) => (isView(table) ? [] : readTable(table, s3Root, scratch)));
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(`${scratch}/spill`, { recursive: true });
  for (const { marker } of tables) writeFileSync(marker, "");

  const instance = await DuckDBInstance.create(":memory:", settings(options, scratch));
  const parser = await instance.connect();
  for (const one of ownFunctions()) parser.registerScalarFunction(one);
  await parser.run(setupSql(tables));
  const readViews = () => Promise.all(givenViews.map((view) => readView(view, { tables, views: [], parse, unparse })));
  const views = await readViews();
  if (views.length > 0) await parser.run(viewsSql(views));
  const allowed = new Set(tables.map(folders));
  await parser.run(lockSql([...allowed], tables));
  const workers = await Promise.all(Array.from({ length: CONCURRENT_QUERIES }, () => instance.connect()));
  const pool = openPool(workers);

  async function parse(query: string): Promise<string> {
    const result = await parser.runAndReadAll(`SELECT json_serialize_sql(${sql.text(query)})`);
    return String(result.getRows()[0]?.[0]);
  }
  async function unparse(tree: string): Promise<string> {
    const result = await parser.runAndReadAll(`SELECT json_deserialize_sql(${sql.text(tree)})`);
    return String(result.getRows()[0]?.[0]);
  }
  return {
    tables,
    views,
    defaultDatabase: tables[0]?.database ?? "default",
    read: (query, database) => readStatement(query, database.toLowerCase(), { tables, views, parse, unparse }),
    async run(statement, sink, signal) {
      if (statement.kind === "wrong") throw statement.error;
      if (!("sql" in statement)) return answerCatalog(statement, sink);
      const connection = await pool.acquire(signal);
      const uninterrupted = interruptOnAbort(connection, signal);
      try {
        sink.start();
        return await runSelect(connection, statement, sink, signal);
      } catch (error) {
        throw signal.aborted ? signal.reason : translate(error, statement.query, s3Root);
      } finally {
        uninterrupted();
        pool.release(connection);
      }
    },
    async replaceTable(given) {
      const [table, ...others] = isView(given) ? [] : [readTable(given, s3Root, scratch)];
      const index = tables.findIndex((one) => one.database === table?.database && one.name === table.name);
      if (!table || index < 0 || others.length > 0)
        throw new Error("only tables of the lake can be changed, not views");
      if (!allowed.has(folders(table))) throw new Error(`${table.folder} is outside the buckets that the lake queries`);
      await parser.run(tableSql([table]));
      tables[index] = table;
      views.splice(0, views.length, ...(await readViews()));
    },
    close() {
      for (const connection of [parser, ...workers]) connection.closeSync();
      instance.closeSync();
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}

/** SQL may reach a table's whole bucket, so that a change of its location needs no restart. */
const bucketFolder = ({ folder }: LakeTable, s3Root: string): string =>
  `${s3Root}/${folder.slice(s3Root.length + 1).split("/")[0]}`;

/**
 * Interrupts a connection from the abort on, again and again: a query is several statements, and DuckDB forgets an
 * interrupt that comes just before one begins.
 *
 * @returns ends it
 */
function interruptOnAbort(connection: DuckDBConnection, signal: AbortSignal): () => void {
  let timer: NodeJS.Timeout | undefined;
  const interrupt = () => {
    connection.interrupt();
    timer = setTimeout(interrupt, INTERRUPT_MS);
  };
  signal.addEventListener("abort", interrupt);
  return () => {
    signal.removeEventListener("abort", interrupt);
    clearTimeout(timer);
  };
}

function settings({ memoryLimit, threads }: DatabaseOptions, scratch: string): Record<string, string> {
  return {
    memory_limit: memoryLimit ?? "1GB",
    ...(threads !== undefined && { threads: String(threads) }),
    temp_directory: `${scratch}/spill`,
    max_temp_directory_size: "8GB",
    autoload_known_extensions: "false",
    autoinstall_known_extensions: "false",
    allow_persistent_secrets: "false",
    integer_division: "true", // 7 / 2 is 3 in Trino
  };
}
