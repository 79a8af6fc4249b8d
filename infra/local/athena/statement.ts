import type { Json, JsonObject } from "../service.ts";
import { rewriteCalls } from "./calls.ts";
import { type ChangeStatement, readChange } from "./change.ts";
import { lineAndColumn, QueryError } from "./error.ts";
import { INFORMATION_PLACE, INFORMATION_SCHEMA, isInformation } from "./information.ts";
import { DEFAULT_DATABASE } from "./setup.ts";
import { type CatalogStatement, readShow } from "./show.ts";
import { respell } from "./spelling.ts";
import { findReferences, isObject, readTree, type TableReference, writeTree } from "./syntax.ts";
import type { LakeTable } from "./table.ts";
import type { LakeView } from "./view.ts";

/** A query that may run: one statement over tables of the lake and nothing else. */
export type Statement = SelectStatement | CatalogStatement | ChangeStatement | WrongStatement;

/** A query that starts, and fails with this. */
interface WrongStatement {
  readonly kind: "wrong";
  readonly error: QueryError;
}

export interface SelectStatement {
  readonly kind: "select" | "explain";
  readonly database: string;
  /** The database to run it in: its own, or the default one when the lake has no such database. */
  readonly home: string;
  /** The SELECT itself; of EXPLAIN, what stands after it. */
  readonly query: string;
  /** The same for DuckDB. */
  readonly sql: string;
  readonly syntax: JsonObject;
  /** The tables that its rows come from. */
  readonly tables: readonly LakeTable[];
  /** Those of them that a view it names reads. */
  readonly viewed: ReadonlySet<LakeTable>;
  /** Where the SQL names tables and views. */
  readonly references: readonly TableReference[];
  /** Whether it asks for the hidden column `"$path"`. */
  readonly usesPath: boolean;
}

export interface Catalog {
  readonly tables: readonly LakeTable[];
  readonly views: readonly LakeView[];
  /** DuckDB's syntax tree of any SQL, as JSON text. */
  parse(sql: string): Promise<string>;
  /** SQL of such a tree. */
  unparse(tree: string): Promise<string>;
}

const CATALOG_NAME = "awsdatacatalog";
const COMMENT = String.raw`--[^\n]*(?:\n|$)|/\*(?:[^*]|\*(?!/))*\*/`;
const SKIPPED = String.raw`(?:\s|${COMMENT})*`;
const FIRST_WORD = new RegExp(String.raw`^(?:\s|\(|${COMMENT})*([A-Za-z]+)`);
const EXPLAIN = new RegExp(`^${SKIPPED}EXPLAIN\\b`, "i");

/**
 * Reads a query and refuses whatever may not run here.
 *
 * DuckDB could read and write files of this machine from SQL, so this is a list of what is allowed: SELECTs whose rows
 * come from the lake's tables, from UNNEST and from VALUES.
 *
 * @param database the database of unqualified names
 * @throws {QueryError} in Athena's words; `refused` where Athena would not start the query
 */
export async function readStatement(sql: string, database: string, catalog: Catalog): Promise<Statement> {
  const word = FIRST_WORD.exec(sql)?.[1]?.toUpperCase() ?? "";
  const shown = readShow(sql, {
    all: [...catalog.tables, ...catalog.views],
    database,
    find(name) {
      const [table = "", schema = database] = name.split(".").reverse();
      return resolve({ catalog: "", schema, table, at: sql.toLowerCase().indexOf(table) }, sql, database, catalog);
    },
  });
  if (shown) return shown;
  if (word === "EXPLAIN")
    return { ...(await readSelect(sql.replace(EXPLAIN, ""), database, catalog)), kind: "explain" };
  if (["SELECT", "WITH", "VALUES"].includes(word)) return readSelect(sql, database, catalog);
  const command = /^(?:CREATE|ALTER|DROP)(?:\s+(?:EXTERNAL|OR\s+REPLACE))?\s+\w+/i.exec(sql.trim())?.[0] ?? word;
  const change = await readChange(sql, database, (select) => readSelect(select, database, catalog));
  if (change) return change;
  throw new QueryError(
    `Queries of this type are not supported: ${command || "no statement"}. The local lake answers SELECT, WITH, VALUES, SHOW, ` +
      "DESCRIBE, EXPLAIN, CREATE VIEW, CREATE TABLE AS, INSERT INTO and DROP; other tables are made by the template or in Glue.",
    true,
  );
}

async function readSelect(query: string, database: string, catalog: Catalog): Promise<SelectStatement> {
  const sql = respell(query);
  const word = FIRST_WORD.exec(sql)?.[1]?.toUpperCase() ?? "";
  if (!["SELECT", "WITH", "VALUES"].includes(word))
    throw new QueryError(`Queries of this type are not supported: EXPLAIN ${word}; explain a SELECT.`, true);
  const parsed = readTree(await catalog.parse(sql));
  const tree = isObject(parsed) ? parsed : {};
  if (tree.error)
    throw new QueryError(`line ${lineAndColumn(sql, Number(tree.position ?? 0))}: ${tree.error_message}`, true);
  const statements = Array.isArray(tree.statements) ? tree.statements.filter(isObject) : [];
  const [syntax] = statements;
  if (statements.length !== 1 || !syntax)
    throw new QueryError(`Only one sql statement is allowed. Got: ${sql.trim().slice(0, 120)}`, true);
  const { tables, sources, columns } = findReferences(syntax);
  const foreign = sources.find(({ name }) => name !== "unnest");
  if (foreign) {
    const at = lineAndColumn(sql, foreign.at);
    throw new QueryError(`SYNTAX_ERROR: line ${at}: Table function '${foreign.name}' not registered`);
  }
  const lakeTables = tables.filter(({ schema, table }) => !(schema === INFORMATION_SCHEMA && isInformation(table)));
  const named = lakeTables.map((reference) => resolve(reference, sql, database, catalog));
  const viewed = new Set(named.flatMap((one) => ("sql" in one ? one.tables : [])));
  const used = new Set([...viewed, ...named.flatMap((one) => ("sql" in one ? [] : one))]);
  const called = rewriteCalls(tree, sql);
  const rewritten = lakeTables.length < tables.length ? moveInformation(called) : called;
  return {
    kind: "select",
    query,
    database,
    home: catalog.tables.some((one) => one.database === database) ? database : DEFAULT_DATABASE,
    sql: rewritten === tree ? sql : await catalog.unparse(writeTree(rewritten)),
    syntax,
    tables: [...used],
    viewed,
    references: lakeTables,
    usesPath: columns.has("$path"),
  };
}

/** The query with `information_schema` meant as Trino has it. */
function moveInformation(node: JsonObject): JsonObject {
  const move = (child: Json): Json => {
    if (Array.isArray(child)) return child.map(move);
    if (!isObject(child)) return child;
    const isOurs = child.type === "BASE_TABLE" && String(child.schema_name).toLowerCase() === INFORMATION_SCHEMA;
    const { catalog: catalog_name, schema: schema_name } = INFORMATION_PLACE;
    const moved = isOurs ? { ...child, catalog_name, schema_name } : child;
    return Object.fromEntries(Object.entries(moved).map(([key, value]) => [key, move(value ?? null)]));
  };
  const moved = move(node);
  return isObject(moved) ? moved : node;
}

function resolve(
  reference: TableReference,
  sql: string,
  database: string,
  { tables, views }: Catalog,
): LakeTable | LakeView {
  const { catalog, schema, table, at } = reference;
  const name = schema === "" ? database : schema;
  const found = [...tables, ...views].find((one) => one.database === name && one.name === table);
  if (found && ["", CATALOG_NAME].includes(catalog)) return found;
  const full = `${catalog || CATALOG_NAME}.${name}.${table}`;
  throw new QueryError(`TABLE_NOT_FOUND: line ${lineAndColumn(sql, at)}: Table '${full}' does not exist`);
}
