import type { Json, JsonObject } from "../service.ts";

/** Reading DuckDB's syntax tree of a query, as its function `json_serialize_sql` writes it. */

export interface TableReference {
  readonly catalog: string;
  readonly schema: string;
  readonly table: string;
  /** Offset into the query. */
  readonly at: number;
}

/** Numbers that JavaScript writes otherwise are kept as text with this in front: places of 2^64 - 1, constants as 1.0. */
const LONG = "\u0000";

export function readTree(json: string): Json {
  const whole = json.replace(/"(?:[^"\\]|\\.)*"|-?\d+\.\d+(?:[eE][+-]?\d+)?|-?\d{16,}/g, (token) =>
    token.startsWith('"') ? token : JSON.stringify(`${LONG}${token}`),
  );
  return JSON.parse(whole);
}

export function writeTree(tree: Json): string {
  return JSON.stringify(tree).replace(/"\\u0000(-?[\d.eE+-]+)"/g, "$1");
}

interface Found {
  /** Tables by name, without the names that a WITH of the query defines where they are visible. */
  readonly tables: TableReference[];
  /** Table functions and other sources of rows that are no table and no subquery: `read_text`, `SHOW_REF`. */
  readonly sources: { readonly name: string; readonly at: number }[];
  /** Every name by which a column is referred to, lowercase. */
  readonly columns: Set<string>;
}

const PLAIN_SOURCES = new Set(["SUBQUERY", "JOIN", "EXPRESSION_LIST", "EMPTY"]);

/** Everything a query takes rows from, wherever in it that stands. */
export function findReferences(query: JsonObject): Found {
  const found: Found = { tables: [], sources: [], columns: new Set() };
  visit(query, new Set(), found);
  return found;
}

function visit(node: Json | undefined, names: ReadonlySet<string>, found: Found): void {
  if (Array.isArray(node)) for (const item of node) visit(item, names, found);
  if (!isObject(node)) return;
  note(node, names, found);
  const { cte_map: definitions, ...rest } = node;
  const inner = isObject(definitions) ? visitDefinitions(definitions, names, found) : names;
  for (const child of Object.values(rest)) visit(child, inner, found);
}

/** A definition sees those before it, and itself if it is recursive; the query sees them all. */
function visitDefinitions(definitions: JsonObject, outer: ReadonlySet<string>, found: Found): ReadonlySet<string> {
  const names = new Set(outer);
  for (const definition of asArray(definitions.map)) {
    const key = String(definition.key).toLowerCase();
    const query = isObject(definition.value) && isObject(definition.value.query) ? definition.value.query : {};
    const recursive = isObject(query.node) && query.node.type === "RECURSIVE_CTE_NODE";
    visit(query, recursive ? new Set([...names, key]) : names, found);
    names.add(key);
  }
  return names;
}

function note(node: JsonObject, names: ReadonlySet<string>, found: Found): void {
  const at = Number(node.query_location ?? 0);
  if (node.class === "COLUMN_REF" && Array.isArray(node.column_names))
    for (const name of node.column_names) found.columns.add(String(name).toLowerCase());
  // Every source of rows, and nothing but those and whole SELECTs, can be sampled; a SELECT has no alias.
  if (!("sample" in node && "alias" in node)) return;
  if (node.type === "BASE_TABLE") {
    const [catalog, schema, table] = [node.catalog_name, node.schema_name, node.table_name].map((part) =>
      String(part ?? "").toLowerCase(),
    );
    const defined = catalog === "" && schema === "" && names.has(table ?? "");
    if (!defined) found.tables.push({ catalog: catalog ?? "", schema: schema ?? "", table: table ?? "", at });
  } else if (node.type === "TABLE_FUNCTION") {
    found.sources.push({ name: isObject(node.function) ? String(node.function.function_name).toLowerCase() : "", at });
  } else if (!PLAIN_SOURCES.has(String(node.type))) {
    found.sources.push({ name: String(node.type), at });
  }
}

/**
 * Gives the columns of a result Athena's names: lowercase, and `_col0` by position for an expression without a name.
 *
 * @param given the names that DuckDB made
 */
export function outputNames(query: JsonObject, given: readonly string[]): string[] {
  let select = isObject(query.node) ? query.node : {};
  while (isObject(select.left)) select = select.left;
  const items = asArray(select.select_list);
  const isValues = isObject(select.from_table) && select.from_table.alias === "valueslist";
  const isStar = (item: JsonObject) => item.type === "STAR" && !isValues;
  const first = items.findIndex(isStar);
  const last = items.findLastIndex(isStar);
  return given.map((name, index) => {
    const fromEnd = items.length - (given.length - index);
    const item = first < 0 || index < first ? items[index] : fromEnd > last ? items[fromEnd] : undefined;
    const unnamed = isValues || (item !== undefined && item.alias === "" && item.type !== "COLUMN_REF");
    return unnamed ? `_col${index}` : name.toLowerCase();
  });
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const asArray = (value: Json | undefined): JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);
