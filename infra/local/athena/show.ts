import { QueryError } from "./error.ts";
import type { GlueColumn, LakeTable } from "./table.ts";
import type { LakeView } from "./view.ts";

/** An answer out of the catalog: lines of text, as Hive's commands give them. */
export interface CatalogStatement {
  readonly kind: "catalog";
  /** Athena's name for it, such as `SHOW_TABLES`. */
  readonly command: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

type Listed = LakeTable | LakeView;

interface Known {
  readonly all: readonly Listed[];
  /** The database of names without one. */
  readonly database: string;
  /** @throws {QueryError} when there is no such table */
  find(name: string): Listed;
}

type Answer = (known: Known, argument: string) => Pick<CatalogStatement, "columns" | "rows">;

/** A name of one part or more, each bare or in quotes. */
export const NAME = String.raw`((?:[\w$]+|"[^"]+"|${"`[^`]+`"})(?:\.(?:[\w$]+|"[^"]+"|${"`[^`]+`"}))*)`;
const IN = String.raw`(?:\s+(?:IN|FROM)\s+${NAME})?`;

/** What may follow each command, with the one name or pattern that it is about. */
const COMMANDS: readonly (readonly [command: string, syntax: string, answer: Answer])[] = [
  ["SHOW_DATABASES", String.raw`SHOW\s+(?:DATABASES|SCHEMAS)`, databases],
  ["SHOW_TABLES", String.raw`SHOW\s+TABLES${IN}`, (known, name) => names("tab_name", inDatabase(known, name))],
  [
    "SHOW_VIEWS",
    String.raw`SHOW\s+VIEWS${IN}`,
    (known, name) => names("views", inDatabase(known, name).filter(isView)),
  ],
  ["SHOW_COLUMNS", String.raw`SHOW\s+COLUMNS\s+(?:IN|FROM)\s+${NAME}`, columns],
  ["SHOW_PARTITIONS", String.raw`SHOW\s+PARTITIONS\s+${NAME}`, partitions],
  ["SHOW_CREATE_TABLE", String.raw`SHOW\s+CREATE\s+TABLE\s+${NAME}`, createTable],
  ["SHOW_CREATE_VIEW", String.raw`SHOW\s+CREATE\s+VIEW\s+${NAME}`, createView],
  ["SHOW_TBLPROPERTIES", String.raw`SHOW\s+TBLPROPERTIES\s+${NAME}`, properties],
  ["DESCRIBE", String.raw`DESC(?:RIBE)?(?:\s+(?:FORMATTED|EXTENDED))?\s+${NAME}`, describe],
];

/** @returns undefined for a query that is no such command */
export function readShow(sql: string, known: Known): CatalogStatement | undefined {
  for (const [command, syntax, answer] of COMMANDS) {
    const found = new RegExp(String.raw`^(?:\s|--[^\n]*\n|/\*[\s\S]*?\*/)*${syntax}\s*;?\s*$`, "i").exec(sql);
    if (found) return { kind: "catalog", command, ...answer(known, unquote(found[1] ?? "")) };
  }
  return undefined;
}

export const unquote = (name: string): string => name.replace(/["`]/g, "").toLowerCase();

const isView = (one: Listed): one is LakeView => "sql" in one;

function inDatabase({ all, database }: Known, name: string): Listed[] {
  const wanted = name === "" ? database : name;
  const found = all.filter((one) => one.database === wanted);
  if (found.length === 0) throw new QueryError(`SCHEMA_NOT_FOUND: Schema '${wanted}' does not exist`);
  return found;
}

const names = (column: string, listed: readonly Listed[]) => ({
  columns: [column],
  rows: listed.map(({ name }) => [name]).sort(),
});

function databases({ all }: Known) {
  return {
    columns: ["database_name"],
    rows: [...new Set(all.map(({ database }) => database))].sort().map((one) => [one]),
  };
}

function columns(known: Known, name: string) {
  const found = known.find(name);
  return {
    columns: ["field"],
    rows: [...found.columns, ...found.partitionKeys].map(({ Name }) => [Name.padEnd(20)]),
  };
}

/** Projected partitions are nowhere registered: Athena lists none either. */
function partitions(known: Known, name: string) {
  const { partitionKeys } = known.find(name);
  if (partitionKeys.length === 0)
    throw new QueryError(`FAILED: SemanticException Table ${name} is not a partitioned table`);
  return { columns: ["partition"], rows: [] };
}

function createTable(known: Known, name: string) {
  const found = known.find(name);
  if (isView(found)) throw new QueryError(`SYNTAX_ERROR: ${name} is a view: use SHOW CREATE VIEW`);
  const list = (of: readonly GlueColumn[]) =>
    of.map(({ Name, Type }, index) => `  \`${Name}\` ${Type}${index < of.length - 1 ? ", " : ")"}`);
  const keys = found.partitionKeys.length > 0 ? ["PARTITIONED BY ( ", ...list(found.partitionKeys)] : [];
  const parameters = Object.entries(found.parameters).map(([key, value]) => `  '${key}'='${value}'`);
  const lines = [
    `CREATE EXTERNAL TABLE \`${found.database}.${found.name}\`(`,
    ...list(found.columns),
    ...keys,
    "ROW FORMAT SERDE ",
    "  'org.openx.data.jsonserde.JsonSerDe' ",
    "LOCATION",
    `  '${found.location}'`,
    "TBLPROPERTIES (",
    `${parameters.join(", \n")})`,
  ];
  return { columns: ["createtab_stmt"], rows: lines.flatMap((line) => line.split("\n")).map((line) => [line]) };
}

function createView(known: Known, name: string) {
  const found = known.find(name);
  if (!isView(found)) throw new QueryError(`SYNTAX_ERROR: ${name} is a table: use SHOW CREATE TABLE`);
  const lines = [`CREATE VIEW ${found.database}.${found.name} AS`, ...found.query.split("\n")];
  return { columns: ["Create View"], rows: lines.map((line) => [line]) };
}

function properties(known: Known, name: string) {
  const found = known.find(name);
  const all = Object.entries(isView(found) ? { presto_view: "true" } : found.parameters);
  return { columns: ["prpt_name", "prpt_value"], rows: all.map(([key, value]) => [`${key}\t${value}`]) };
}

/** A described column is one text with tabs between. */
function describe(known: Known, name: string) {
  const { columns: own, partitionKeys } = known.find(name);
  const line = (parts: readonly string[]) => [parts.map((part) => part.padEnd(20)).join("\t")];
  const column = ({ Name, Type, Comment }: GlueColumn) => line([Name, Type, Comment ?? ""]);
  const heading = [["\t \t "], ["# Partition Information\t \t "], line(["# col_name", "data_type", "comment"])];
  const keys = partitionKeys.map(column);
  const rows = [...own.map(column), ...keys, ...(keys.length > 0 ? [...heading, ...keys] : [])];
  return { columns: ["col_name", "data_type", "comment"], rows };
}
