import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { type Definition, openCatalog } from "./catalog.ts";
import type { ChangeStatement } from "./change.ts";
import { type Changes, runChange } from "./change-run.ts";
import { QueryError, translate } from "./error.ts";
import { ownFunctions } from "./own-functions.ts";
import { openPool } from "./pool.ts";
import { answerCatalog, runSelect, type Sink } from "./run.ts";
import { lockSql } from "./setup.ts";
import { readStatement, type SelectStatement, type Statement } from "./statement.ts";
import { type LakeTable, readTable } from "./table.ts";
import { isView, type LakeView } from "./view.ts";

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
   * @param tableFolder `s3://bucket/prefix/` for the objects of a table that the statement makes; without it it makes none
   * @returns bytes of the files that it had to read; undefined where that cannot be told
   * @throws {QueryError} in Athena's words
   */
  run(statement: Statement, sink: Sink, signal: AbortSignal, tableFolder?: string): Promise<number | undefined>;
  /**
   * Makes a table or a view, or makes it anew; queries that run go on with the old one.
   *
   * @throws {Error} when this lake cannot follow it, or its objects are in a bucket that was not there at the start
   */
  putTable(definition: Definition): Promise<void>;
  /** @throws {Error} when there is none, or a view reads it */
  dropTable(database: string, name: string): Promise<void>;
  close(): void;
}

interface DatabaseOptions {
  tables: readonly Definition[];
  /** Keeps what SQL changes of the catalog; without it SQL changes nothing. It calls `putTable` and `dropTable`. */
  changes?: Changes;
  /** The folder where the object `s3://bucket/key` is the file `bucket/key`. */
  s3Root: string;
  /** A folder of this database alone, for what does not fit in memory; emptied now and removed at the end. */
  scratch: string;
  /** As DuckDB writes it; beyond it queries use `scratch`, up to 8 GB. */
  memoryLimit?: string;
  /** Of all queries together; as many as there are cores unless said. */
  threads?: number;
}

/** Each running query keeps one of libuv's four threads; the others are left for the rest of the process. */
const CONCURRENT_QUERIES = 2;
const INTERRUPT_MS = 20;
/** Of DuckDB alone: with the rest of the lake, about 300 MB, the process stays below 1 GiB. */
const MEMORY_LIMIT = "500MB";

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
  rmSync(scratch, { recursive: true, force: true });
  for (const folder of ["spill", "markers"]) mkdirSync(`${scratch}/${folder}`, { recursive: true });
  const markers = `${scratch}/markers`;
  const instance = await DuckDBInstance.create(":memory:", settings(options, scratch));
  const parser = await instance.connect();
  for (const one of ownFunctions()) parser.registerScalarFunction(one);
  const catalog = await openCatalog(options.tables, { connection: parser, s3Root, markers });
  const { tables, views } = catalog;
  const buckets = new Set([...bucketsIn(s3Root), ...tables.map((table) => bucketFolder(table.folder, s3Root))]);
  await parser.run(lockSql([...buckets, markers]));
  const workers = await Promise.all(Array.from({ length: CONCURRENT_QUERIES }, () => instance.connect()));
  const pool = openPool(workers);

  async function change(connection: DuckDBConnection, statement: ChangeStatement, rest: Running) {
    const { changes } = options;
    const { tableFolder } = rest;
    if (!changes || tableFolder === undefined)
      throw new QueryError("NOT_SUPPORTED: the catalog cannot be changed from here");
    return runChange(statement, { connection, catalog, changes, s3Root, ...rest, tableFolder });
  }
  return {
    tables,
    views,
    defaultDatabase: tables[0]?.database ?? "default",
    read: (query, database) => readStatement(query, database.toLowerCase(), catalog),
    async run(statement, sink, signal, tableFolder) {
      if (statement.kind === "wrong") throw statement.error;
      if (statement.kind === "catalog") return answerCatalog(statement, sink);
      const connection = await pool.acquire(signal);
      const uninterrupted = interruptOnAbort(connection, signal);
      try {
        sink.start();
        if (statement.kind === "change") return await change(connection, statement, { sink, signal, tableFolder });
        return await runSelect(connection, statement, sink, signal);
      } catch (error) {
        throw signal.aborted ? signal.reason : translate(error, textOf(statement), s3Root);
      } finally {
        uninterrupted();
        pool.release(connection);
      }
    },
    async putTable(definition) {
      const folder = isView(definition) ? undefined : readTable(definition, s3Root, markers).folder;
      if (folder !== undefined && !buckets.has(bucketFolder(folder, s3Root)))
        throw new Error(`${folder} is outside the buckets that the lake queries`);
      await catalog.put(definition);
    },
    dropTable: (database, name) => catalog.drop(database, name),
    close() {
      for (const connection of [parser, ...workers]) connection.closeSync();
      instance.closeSync();
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}

/** The SQL that places in DuckDB's messages are looked for in. */
const textOf = (statement: SelectStatement | ChangeStatement): string =>
  statement.kind !== "change" ? statement.query : "select" in statement ? statement.select.query : "";

interface Running {
  readonly sink: Sink;
  readonly signal: AbortSignal;
  readonly tableFolder: string | undefined;
}

/** SQL may reach whole buckets, so that a table that is made or changed needs no restart. */
const bucketFolder = (folder: string, s3Root: string): string =>
  `${s3Root}/${folder.slice(s3Root.length + 1).split("/")[0]}`;

function bucketsIn(s3Root: string): string[] {
  if (!existsSync(s3Root)) return [];
  const entries = readdirSync(s3Root, { withFileTypes: true });
  return entries.filter((one) => one.isDirectory() && !one.name.startsWith(".")).map(({ name }) => `${s3Root}/${name}`);
}

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
    memory_limit: memoryLimit ?? MEMORY_LIMIT,
    ...(threads !== undefined && { threads: String(threads) }),
    temp_directory: `${scratch}/spill`,
    max_temp_directory_size: "8GB",
    autoload_known_extensions: "false",
    autoinstall_known_extensions: "false",
    allow_persistent_secrets: "false",
    integer_division: "true", // 7 / 2 is 3 in Trino
  };
}
