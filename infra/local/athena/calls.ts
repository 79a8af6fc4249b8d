import type { Json, JsonObject } from "../service.ts";
import { lineAndColumn, QueryError } from "./error.ts";
import { javaPattern, jodaFormat, mysqlFormat } from "./formats.ts";
import { unknownSpecifiers } from "./java-format.ts";
import { lambdaCall } from "./lambdas.ts";
import { isObject } from "./syntax.ts";
import { isTrinoFunction } from "./trino-functions.ts";

/** Trino's functions that a macro cannot be: what they are called with decides what they become in DuckDB's syntax tree. */

/** Functions that another one of DuckDB's answers rightly, with the same arguments. */
const RENAMED: Readonly<Record<string, string>> = {
  transform: "list_transform",
  "/": "trino_divide",
  "%": "trino_remainder",
  mod: "trino_remainder",
  repeat: "trino_repeat",
  json_value: "lake_json_value",
  json_query: "lake_json_query",
  json_exists: "lake_json_exists",
};

/** What takes their place inside TRY. */
const TRIED: Readonly<Record<string, string>> = {
  "/": "trino_try_divide",
  "%": "trino_try_remainder",
  mod: "trino_try_remainder",
};

/** Functions of Trino's that DuckDB has under the same name with another meaning, or that cannot be had. */
const REFUSED: Readonly<Record<string, string>> = {
  json_array_get: "Trino has deprecated it; use json_extract(x, '$[0]')",
  json_object: "use CAST(map(...) AS json)",
};

/** What a query may not have by this name, though DuckDB would take it: it is not Trino's. */
const NODES: Readonly<Record<string, (node: JsonObject, context: Context) => JsonObject>> = {
  FUNCTION: rewriteFunction,
  CAST: rewriteCast,
  CONSTANT: rewriteConstant,
};

interface Context {
  readonly sql: string;
  /** The node whose child this is. */
  readonly parent: JsonObject | undefined;
  /** Whether TRY makes null of what fails here. */
  readonly isTried: boolean;
}

/**
 * Rewrites the calls of a query's tree for DuckDB.
 *
 * @returns the tree itself where there is nothing to rewrite
 * @throws {QueryError} for a function that would answer otherwise than Trino, naming it
 */
export function rewriteCalls(tree: JsonObject, sql: string): JsonObject {
  findStrangers(tree, sql);
  const rewritten = visit(tree, { sql, parent: undefined, isTried: false });
  return isObject(rewritten) ? rewritten : tree;
}

/** Functions of DuckDB's that Trino has not would work here only. */
function findStrangers(node: Json | undefined, sql: string): void {
  if (Array.isArray(node)) for (const item of node) findStrangers(item, sql);
  if (!isObject(node)) return;
  const name = String(node.function_name).toLowerCase();
  const isCall = node.class === "FUNCTION" && node.is_operator !== true && /^\w/.test(name);
  if (isCall && !isTrinoFunction(name))
    throw new QueryError(`FUNCTION_NOT_FOUND: ${place(node, sql)}Function '${name}' not registered`);
  for (const child of Object.values(node)) findStrangers(child, sql);
}

function visit(node: Json | undefined, context: Context): Json | undefined {
  if (Array.isArray(node)) return keepSame(node, (item) => visit(item, context) ?? null);
  if (!isObject(node)) return node;
  const rewrite = NODES[String(node.class)];
  const changed = rewrite ? rewrite(node, context) : node;
  const isTried = context.isTried || changed.type === "OPERATOR_TRY";
  const inner = { ...context, isTried, parent: changed.class === undefined ? context.parent : changed };
  const entries = Object.entries(changed).map(([key, child]) => [key, visit(child, inner)] as const);
  return entries.every(([key, child]) => changed[key] === child) ? changed : Object.fromEntries(entries);
}

function keepSame(items: Json[], map: (item: Json) => Json): Json[] {
  const mapped = items.map(map);
  return mapped.every((item, index) => item === items[index]) ? items : mapped;
}

function rewriteFunction(node: JsonObject, context: Context): JsonObject {
  const name = String(node.function_name).toLowerCase();
  const reason = REFUSED[name];
  if (reason !== undefined) throw notSupported(name, reason, node, context);
  const children = Array.isArray(node.children) ? node.children.filter(isObject) : [];
  const special = SPECIAL[name]?.(children, node, context) ?? lambdaCall(name, children, node);
  if (special) return special;
  const renamed = (context.isTried ? TRIED[name] : undefined) ?? RENAMED[name];
  return renamed === undefined || renamed === name ? node : { ...node, function_name: renamed, is_operator: false };
}

type Special = (children: JsonObject[], node: JsonObject, context: Context) => JsonObject | undefined;

const SPECIAL: Readonly<Record<string, Special>> = {
  concat: (children, node) => (children.length > 2 ? chain(children, node) : undefined),
  contains: ([set, item], node) =>
    set && item && (isAddress(item) || isText(set)) ? call("trino_in_network", [set, item], node) : undefined,
  date_part: ([part, ...rest], node) =>
    part &&
    textOf(part)
      ?.toLowerCase()
      .match(/^(dow|day_of_week)$/)
      ? call("date_part", [constant("isodow"), ...rest], node)
      : undefined,
  date_parse: (children, node, context) => formatted("strptime", mysqlFormat, children, node, context),
  date_format: (children, node, context) => formatted("strftime", mysqlFormat, children, node, context),
  format_datetime: (children, node, context) => formatted("strftime", jodaFormat, children, node, context),
  parse_datetime(children, node, context) {
    const parsed = formatted("strptime", jodaFormat, children, node, context);
    return { ...cast({ ...parsed, alias: "" }, "TIMESTAMP WITH TIME ZONE"), alias: node.alias ?? "" };
  },
  timezone: ([zone, time], node, context) => inZone(time, zone, node, context),
  at_timezone: ([time, zone], node, context) => inZone(time, zone, node, context),
  "+": (children, node) => shifted(children, node),
  "-": (children, node) => shifted(children, node),
  regexp_like: pattern,
  regexp_extract: pattern,
  regexp_extract_all: pattern,
  regexp_replace: pattern,
  regexp_split: pattern,
  regexp_count: pattern,
  row: (children, node, { parent }) => (parent === undefined ? namedRow(children, node) : undefined),
  typeof: ([value], node) => (value ? typeName(value, node) : undefined),
  format: (children, node, context) => formattedText(children, node, context),
  cardinality: ([set], node) => (set && isMap(set) ? call("trino_map_size", [set], node) : undefined),
};

export function call(name: string, children: JsonObject[], like: JsonObject): JsonObject {
  return {
    ...like,
    function_name: name,
    children,
    schema: "",
    catalog: "",
    is_operator: false,
    class: "FUNCTION",
    type: "FUNCTION",
  };
}

export const constant = (value: string): JsonObject => ({
  class: "CONSTANT",
  type: "VALUE_CONSTANT",
  alias: "",
  query_location: 0,
  value: { type: { id: "VARCHAR", type_info: null }, is_null: false, value },
});

const cast = (child: JsonObject, id: string): JsonObject => ({
  class: "CAST",
  type: "OPERATOR_CAST",
  alias: "",
  query_location: 0,
  child,
  cast_type: { id, type_info: null },
  try_cast: false,
});

function textOf(node: JsonObject | undefined): string | undefined {
  const value = isObject(node?.value) ? node.value : undefined;
  return typeof value?.value === "string" ? value.value : undefined;
}

const isText = (node: JsonObject): boolean => textOf(node) !== undefined;

/** The name of the type that a cast is to, where DuckDB has none of that name. */
function foreignType(node: JsonObject): string {
  const info = isObject(node.cast_type) && isObject(node.cast_type.type_info) ? node.cast_type.type_info : {};
  return String(info.name ?? "").toLowerCase();
}

const isAddress = (node: JsonObject): boolean =>
  (node.class === "CAST" && foreignType(node) === "ipaddress") ||
  /^trino_(try_)?address$/.test(String(node.function_name));

const MAPS = /^(map|map_agg|histogram|map_concat|map_filter|map_from_entries|transform_values|transform_keys)$/;
const isMap = (node: JsonObject): boolean => MAPS.test(String(node.function_name));

function chain(children: JsonObject[], node: JsonObject): JsonObject {
  const both = (left: JsonObject, right: JsonObject) => call("||", [left, right], { ...node, alias: "" });
  return { ...children.reduce(both), alias: node.alias ?? "" };
}

const CLOCK =
  /^(strftime|date_format|format_datetime|date_part|year|quarter|month|week|day|hour|minute|second|dow|day_of_week)$/;

/** DuckDB has no times that carry a zone: another one than UTC is for reading the clock there. */
function inZone(time: JsonObject | undefined, zone: JsonObject | undefined, node: JsonObject, context: Context) {
  if (!time || !zone) return undefined;
  if (/^(utc|gmt|z|\+00:00)$/i.test(textOf(zone) ?? ""))
    return { ...cast(time, "TIMESTAMP WITH TIME ZONE"), alias: node.alias ?? "" };
  const { parent } = context;
  const isDate = parent?.class === "CAST" && isObject(parent.cast_type) && parent.cast_type.id === "DATE";
  if (!isDate && !CLOCK.test(String(parent?.function_name)))
    throw notSupported(
      "AT TIME ZONE",
      "other zones than UTC only right inside date_format, hour or CAST AS date",
      node,
      context,
    );
  return call("timezone", [zone, cast(time, "TIMESTAMP WITH TIME ZONE")], node);
}

/** A date stays a date when an interval is added to it. */
function shifted(children: JsonObject[], node: JsonObject): JsonObject | undefined {
  if (node.is_operator !== true || children.length !== 2 || done.has(node)) return undefined;
  const [first, second] = children;
  const isInterval = (one: JsonObject | undefined) => /^to_\w+s$/.test(String(one?.function_name));
  if (isInterval(first) === isInterval(second)) return undefined;
  const base = isInterval(first) ? second : first;
  const sum = { ...node, alias: "", is_operator: true, function_name: String(node.function_name) };
  done.add(sum);
  return base && call("cast_to_type", [sum, base], node);
}

/** Sums that stand in a cast of their own already. */
const done = new WeakSet<JsonObject>();

function namedRow(children: JsonObject[], node: JsonObject): JsonObject {
  const named = children.map((child, index) => ({ ...child, alias: `field${index}` }));
  return call("struct_pack", named, node);
}

function formatted(
  name: string,
  translate: (format: string) => string | undefined,
  [value, format]: JsonObject[],
  node: JsonObject,
  context: Context,
): JsonObject {
  const given = textOf(format);
  const translated = given === undefined ? undefined : translate(given);
  if (!value || translated === undefined) {
    const reason =
      given === undefined ? "its format must be a literal" : `the format ${given} has a part that is unknown here`;
    throw notSupported(String(node.function_name), reason, node, context);
  }
  return call(name, [value, constant(translated)], node);
}

function pattern([value, given, ...rest]: JsonObject[], node: JsonObject, context: Context): JsonObject | undefined {
  const name = String(node.function_name);
  if (rest[0]?.class === "LAMBDA") throw notSupported(name, "it takes no lambda here", node, context);
  if (rest.some((one) => textOf(one)?.includes("${")))
    throw notSupported(name, "use $1, not a group's name", node, context);
  const text = textOf(given);
  if (text === undefined || !value) return undefined;
  const translated = javaPattern(text);
  if (translated === undefined)
    throw notSupported(
      name,
      "lookaround, back references and possessive quantifiers are not known here",
      node,
      context,
    );
  return translated === text ? undefined : call(name, [value, constant(translated), ...rest], node);
}

/** Lengths are part of a type in Trino: of literals and what is made of them, and of decimals that were reckoned with. */
function typeName(value: JsonObject, node: JsonObject): JsonObject {
  const text = isVarchar(value) ? textOf(value) : undefined;
  if (text !== undefined) return { ...constant(`varchar(${[...text].length})`), alias: node.alias ?? "" };
  const isPlain = ["CAST", "CONSTANT", "COLUMN_REF"].includes(String(value.class));
  const isOverColumns = JSON.stringify(value).includes('"COLUMN_REF"');
  const unsure = isPlain ? "^$" : isOverColumns ? "DECIMAL" : "DECIMAL|VARCHAR";
  return call("trino_typeof", [value, constant(unsure)], node);
}

const isVarchar = (node: JsonObject): boolean =>
  isObject(node.value) && isObject(node.value.type) && node.value.type.id === "VARCHAR";

function formattedText([format, ...values]: JsonObject[], node: JsonObject, context: Context): JsonObject {
  const text = textOf(format);
  if (!format || text === undefined) throw notSupported("format", "its format must be a literal", node, context);
  const [unknown] = unknownSpecifiers(text);
  if (unknown !== undefined) throw notSupported("format", `${unknown} is unknown here`, node, context);
  const plain = { ...node, alias: "" };
  const texts = values.map((value) => call("trino_format_text", [value], plain));
  return call("lake_format", [format, call("list_value", texts, plain)], node);
}

function rewriteCast(node: JsonObject, context: Context): JsonObject {
  const isTry = node.try_cast === true;
  const child = isObject(node.child) ? node.child : {};
  const like = { ...FUNCTION, alias: node.alias ?? "", query_location: node.query_location ?? 0 };
  const type = isObject(node.cast_type) ? node.cast_type.id : undefined;
  const foreign = foreignType(node);
  if (foreign === "ipaddress") {
    if (!isPlaceForAddress(context.parent))
      throw notSupported(
        "IPADDRESS",
        "an address can be compared by = and IN, looked for by contains, and cast to varchar",
        node,
        context,
      );
    return call(isTry || context.isTried ? "trino_try_address" : "trino_address", [child], like);
  }
  if (foreign === "ipprefix") throw notSupported("IPPREFIX", "use contains('10.0.0.0/8', address)", node, context);
  if (foreign === "json" && !isTry) return call("to_json", [child], like);
  if (type === "VARCHAR" && !isText(child))
    return call(isTry || context.isTried ? "trino_try_text" : "trino_text", [child], like);
  return node;
}

/** DuckDB writes a double as `1.5`, and reads that as a decimal. */
function rewriteConstant(node: JsonObject): JsonObject {
  const { type, value } = isObject(node.value) ? node.value : {};
  if (!isObject(type) || type.id !== "DOUBLE") return node;
  return { ...cast(constant(String(value).replace("\u0000", "")), "DOUBLE"), alias: node.alias ?? "" };
}

/** Addresses are text here, which sorts otherwise than addresses do. */
function isPlaceForAddress(parent: JsonObject | undefined): boolean {
  if (parent === undefined) return false;
  if (parent.class === "CAST") return true;
  if (parent.class === "FUNCTION")
    return /^(contains|trino_in_network|trino_(try_)?text|try)$/.test(String(parent.function_name));
  return /^(COMPARE_EQUAL|COMPARE_NOTEQUAL|COMPARE_IN|COMPARE_NOT_IN|OPERATOR_IS_(NOT_)?NULL|OPERATOR_TRY)$/.test(
    String(parent.type),
  );
}

const FUNCTION: JsonObject = {
  filter: null,
  order_bys: { type: "ORDER_MODIFIER", orders: [] },
  distinct: false,
  export_state: false,
};

function place(node: JsonObject, sql: string): string {
  const at = Number(node.query_location ?? 0);
  return at < sql.length ? `line ${lineAndColumn(sql, at)}: ` : "";
}

function notSupported(name: string, reason: string, node: JsonObject, context: Context): QueryError {
  return new QueryError(
    `NOT_SUPPORTED: ${place(node, context.sql)}${name} is not supported by the local lake: ${reason}`,
  );
}
