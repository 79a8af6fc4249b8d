import type { Json, JsonObject } from "../service.ts";
import { call, constant } from "./calls.ts";
import { isObject } from "./syntax.ts";

/** Trino's functions with lambdas in terms of DuckDB's `list_transform`, `list_filter` and `list_reduce`. */

type Build = (children: JsonObject[], node: JsonObject) => JsonObject | undefined;

const matches =
  (of: string): Build =>
  (children, node) =>
    call(of, [call("list_transform", children, plain(node))], node);

const BUILDS: Readonly<Record<string, Build>> = {
  any_match: matches("trino_any"),
  all_match: matches("trino_all"),
  none_match: matches("trino_none"),
  reduce([list, start, step, end], node) {
    if (!list || !start || !step || !end) return undefined;
    const reduced = call("list_reduce", [list, step, start], plain(node));
    return first(call("list_transform", [call("list_value", [reduced], plain(node)), end], plain(node)), node);
  },
  zip_with([left, right, lambda], node) {
    const body = lambda && overPair(lambda, ["1", "2"], node);
    if (!left || !right || !body) return undefined;
    return call("list_transform", [call("trino_zip", [left, right], plain(node)), body], node);
  },
  map_filter([map, lambda], node) {
    const body = lambda && overPair(lambda, ["key", "value"], node);
    if (!map || !body) return undefined;
    const entries = entriesOf(map, node);
    return call("map_from_entries", [call("list_filter", [entries, body], plain(node))], node);
  },
  transform_values: (children, node) => overEntries(children, node, "value"),
  transform_keys: (children, node) => overEntries(children, node, "key"),
};

export function lambdaCall(name: string, children: JsonObject[], node: JsonObject): JsonObject | undefined {
  return children.some((child) => child.class === "LAMBDA") ? BUILDS[name]?.(children, node) : undefined;
}

const plain = (node: JsonObject): JsonObject => ({ ...node, alias: "" });

/** DuckDB's own function, past the macro of that name. */
const entriesOf = (map: JsonObject, node: JsonObject): JsonObject => ({
  ...call("map_entries", [map], plain(node)),
  schema: "main",
  catalog: "system",
});

const first = (list: JsonObject, node: JsonObject): JsonObject => call("list_first", [list], node);

function overEntries([map, lambda]: JsonObject[], node: JsonObject, changed: "key" | "value"): JsonObject | undefined {
  const over = lambda && overPair(lambda, ["key", "value"], node);
  if (!map || !over || !isObject(over.lhs) || !isObject(over.expr)) return undefined;
  const kept = changed === "key" ? "value" : "key";
  const parts = {
    [changed]: { ...over.expr, alias: changed },
    [kept]: { ...fieldOf(over.lhs, kept, node), alias: kept },
  };
  const entry = call("struct_pack", [parts.key ?? {}, parts.value ?? {}], plain(node));
  const entries = entriesOf(map, node);
  return call("map_from_entries", [call("list_transform", [entries, { ...over, expr: entry }], plain(node))], node);
}

const PAIR = "lake_pair";

/** A lambda of two parameters as one over a pair that has them as its fields. */
function overPair(lambda: JsonObject, fields: readonly [string, string], node: JsonObject): JsonObject | undefined {
  const parameters = parameterNames(lambda.lhs);
  if (parameters.length !== 2) return undefined;
  const pair: JsonObject = {
    class: "COLUMN_REF",
    type: "COLUMN_REF",
    alias: "",
    query_location: 0,
    column_names: [PAIR],
  };
  const values = new Map(parameters.map((name, index) => [name, fieldOf(pair, fields[index] ?? "", node)]));
  return { ...lambda, lhs: pair, expr: substitute(lambda.expr, values) ?? null };
}

const fieldOf = (pair: JsonObject, field: string, node: JsonObject): JsonObject =>
  /^\d$/.test(field)
    ? call("trino_part", [pair, constant(field)], plain(node))
    : call("struct_extract", [pair, constant(field)], plain(node));

function parameterNames(parameters: Json | undefined): string[] {
  if (!isObject(parameters)) return [];
  const all =
    parameters.class === "FUNCTION" && Array.isArray(parameters.children) ? parameters.children : [parameters];
  return all.filter(isObject).map((one) => (Array.isArray(one.column_names) ? String(one.column_names[0]) : ""));
}

function substitute(node: Json | undefined, values: ReadonlyMap<string, JsonObject>): Json | undefined {
  if (Array.isArray(node)) return node.map((item) => substitute(item, values) ?? null);
  if (!isObject(node)) return node;
  if (node.class === "COLUMN_REF" && Array.isArray(node.column_names) && node.column_names.length === 1) {
    const value = values.get(String(node.column_names[0]));
    return value ? { ...value, alias: node.alias ?? "" } : node;
  }
  const shadowed = node.class === "LAMBDA" ? parameterNames(node.lhs) : [];
  const inner = new Map([...values].filter(([name]) => !shadowed.includes(name)));
  return Object.fromEntries(Object.entries(node).map(([key, child]) => [key, substitute(child, inner)]));
}
