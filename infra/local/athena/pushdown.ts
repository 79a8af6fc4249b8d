import type { Json, JsonObject } from "../service.ts";
import { isObject, type TableReference } from "./syntax.ts";
import type { LakeTable } from "./table.ts";

/**
 * What a query's WHEREs say of a table's partitions, found in its syntax.
 *
 * DuckDB's own pruning loses sight of them where rows meet an UNNEST, and would read every hour. Here only the simplest
 * are taken: comparisons of partition columns with text, AND-ed in the WHERE of the SELECT that names the table.
 *
 * @param references every place that names the table
 * @returns a condition in DuckDB's syntax over bare column names that every file meets which the query needs; undefined if
 *   it may need them all
 */
export function partitionCondition(
  syntax: JsonObject,
  references: readonly TableReference[],
  table: LakeTable,
): JsonObject | undefined {
  const found = new Map<number, JsonObject[]>();
  collect(syntax, new Set(table.partitionKeys.map(({ Name }) => Name.toLowerCase())), found);
  const places = references.map(({ at }) => found.get(at) ?? []);
  if (places.some((conditions) => conditions.length === 0)) return undefined;
  return conjunction(
    "OR",
    places.map((conditions) => conjunction("AND", conditions)),
  );
}

const conjunction = (word: "AND" | "OR", children: JsonObject[]): JsonObject => ({
  class: "CONJUNCTION",
  type: `CONJUNCTION_${word}`,
  alias: "",
  query_location: 0,
  children,
});

function collect(node: Json | undefined, keys: ReadonlySet<string>, found: Map<number, JsonObject[]>): void {
  if (Array.isArray(node)) for (const item of node) collect(item, keys, found);
  if (!isObject(node)) return;
  if (node.type === "SELECT_NODE" && isObject(node.from_table) && isObject(node.where_clause)) {
    const parts = conjuncts(node.where_clause);
    const sources = rowSources(node.from_table);
    for (const { at, alias } of sources) {
      const conditions = parts.map((part) => overKeys(part, { keys, alias, alone: sources.length === 1 }));
      found.set(at, conditions.filter(isObject));
    }
  }
  for (const child of Object.values(node)) collect(child, keys, found);
}

function conjuncts(condition: JsonObject): JsonObject[] {
  if (condition.type !== "CONJUNCTION_AND" || !Array.isArray(condition.children)) return [condition];
  return condition.children.filter(isObject).flatMap(conjuncts);
}

/** The tables whose rows a WHERE can only take away: not those that an outer join fills with nulls. */
function rowSources(from: JsonObject): { at: number; alias: string }[] {
  if (from.type === "BASE_TABLE")
    return [{ at: Number(from.query_location), alias: String(from.alias || from.table_name).toLowerCase() }];
  if (from.type !== "JOIN" || !isObject(from.left) || !isObject(from.right)) return [];
  if (from.join_type === "INNER") return [...rowSources(from.left), ...rowSources(from.right)];
  return from.join_type === "LEFT" ? rowSources(from.left) : [];
}

/** Parts of a condition that mean the same for a file as for a row, whatever they are applied to. */
const TRANSPARENT = new Set(["COMPARISON", "CONJUNCTION", "BETWEEN", "OPERATOR"]);
const FUNCTIONS = new Set(["||", "~~", "!~~", "row", "concat"]);

interface Scope {
  keys: ReadonlySet<string>;
  alias: string;
  /** Whether a bare column name can only be this table's. */
  alone: boolean;
}

/** The condition with bare column names, or undefined if it is about more than partition columns and text. */
function overKeys(node: Json | undefined, scope: Scope): Json | undefined {
  if (Array.isArray(node)) {
    const items = node.map((item) => overKeys(item, scope));
    return items.every((item) => item !== undefined) ? items : undefined;
  }
  if (!isObject(node)) return node;
  if (node.class === "COLUMN_REF") return keyColumn(node, scope);
  if (node.class === "CONSTANT")
    return isObject(node.value) && isObject(node.value.type) && node.value.type.id === "VARCHAR"
      ? placed(node)
      : undefined;
  const isPlain = node.class === undefined || TRANSPARENT.has(String(node.class));
  if (!isPlain && !(node.class === "FUNCTION" && FUNCTIONS.has(String(node.function_name)))) return undefined;
  const copy: JsonObject = {};
  for (const [key, child] of Object.entries(placed(node))) {
    const value = overKeys(child, scope);
    if (value === undefined) return undefined;
    copy[key] = value;
  }
  return copy;
}

function keyColumn(node: JsonObject, { keys, alias, alone }: Scope): JsonObject | undefined {
  const names = Array.isArray(node.column_names) ? node.column_names.map((name) => String(name).toLowerCase()) : [];
  const [name = "", qualifier] = names.toReversed();
  const isOurs = names.length === 1 ? alone : names.length === 2 && qualifier === alias;
  return isOurs && keys.has(name) ? { ...placed(node), column_names: [name] } : undefined;
}

/** Without its place in the query: a place may be 2^64 - 1, which JavaScript cannot write. */
const placed = (node: JsonObject): JsonObject => ({ ...node, query_location: 0 });
