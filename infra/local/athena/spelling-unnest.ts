import { QueryError } from "./error.ts";
import { closingRound, type Found, join, next, splitAtCommas, type Token, tokenize, word } from "./tokens.ts";

/** Calls whose value is a map. */
const MAP_CALL =
  /^(map|map_agg|histogram|map_concat|map_filter|map_from_entries|transform_values|transform_keys|map_union|multimap_agg|split_to_map)\s*\(/i;
const CAST_TYPE = /\bAS\s+((?:map|array)\s*\([\s\S]*\))\s*\)$/i;
const ROWS = /^array\s*\(\s*row\s*\(([\s\S]*)\)\s*\)$/i;
/** More than a macro is made for. */
const MOST = 5;

/**
 * `UNNEST` of several arrays, of maps and of arrays of rows, of which each gives a column or more. DuckDB's takes one list and
 * gives one: here the lists are zipped, and a SELECT beside it takes the parts.
 *
 * @param respell for the SQL inside
 * @returns undefined for one array, which DuckDB knows
 */
export function unnest(tokens: readonly Token[], at: number, respell: (sql: string) => string): Found {
  const open = next(tokens, at);
  if (tokens[open]?.text !== "(") return undefined;
  const end = closingRound(tokens, open);
  const given = splitAtCommas(join(tokens.slice(open + 1, end)));
  const [only = ""] = given;
  const rows = given.map(rowFields);
  if (given.length === 1 && !isMap(only) && !rows[0]) return undefined;
  if (given.length > 1 && rows.some((fields) => fields !== undefined))
    throw new QueryError("NOT_SUPPORTED: UNNEST of an array of rows beside others; the local lake takes it alone");
  const ordinality = /^\s*WITH\s+ORDINALITY\b/i.exec(join(tokens.slice(end + 1)))?.[0] ?? "";
  const { list, fields } = rows[0] ? { list: respell(only), fields: rows[0] } : zipped(given, respell);
  const columns = fields.map((field) => `lake_unnested.item.${field}`);
  if (ordinality !== "") columns.push("lake_unnested.n");
  const names = ordinality === "" ? "item" : "item, n";
  const source = `UNNEST(${list})${ordinality} AS lake_unnested(${names})`;
  const taken = tokenize(ordinality).length;
  return { tokens: [word(`LATERAL (SELECT ${columns.join(", ")} FROM ${source})`)], end: end + 1 + taken };
}

function isMap(sql: string): boolean {
  if (MAP_CALL.test(sql)) return closes(sql);
  return /^(?:try_)?cast\s*\(/i.test(sql) && /^map\b/i.test(CAST_TYPE.exec(sql)?.[1] ?? "");
}

/** Whether the bracket that the call opens is closed by its last character. */
function closes(sql: string): boolean {
  const tokens = tokenize(sql);
  return closingRound(tokens, next(tokens, 0)) === tokens.length - 1;
}

/** Names of the fields of an array of rows; undefined for what is none as far as its text tells. */
function rowFields(sql: string): string[] | undefined {
  if (!/^(?:try_)?cast\s*\(/i.test(sql)) return undefined;
  const inside = ROWS.exec(CAST_TYPE.exec(sql)?.[1] ?? "")?.[1];
  if (inside === undefined) return undefined;
  const names = splitAtCommas(inside).map((field) => /^("(?:[^"]|"")*"|\w+)\s+\S/.exec(field)?.[1] ?? "");
  if (names.includes("")) throw new QueryError("NOT_SUPPORTED: UNNEST of rows whose fields have no names");
  return names;
}

function zipped(given: readonly string[], respell: (sql: string) => string) {
  const lists = given.flatMap((one) => {
    const sql = respell(one);
    return isMap(one) ? [`map_keys(${sql})`, `map_values(${sql})`] : [sql];
  });
  if (lists.length > MOST)
    throw new QueryError(`NOT_SUPPORTED: UNNEST of ${lists.length} columns; the local lake takes up to ${MOST}`);
  return { list: `zip(${lists.join(", ")})`, fields: lists.map((_, index) => `field${index}`) };
}
