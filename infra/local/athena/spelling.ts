import { QueryError } from "./error.ts";
import { jsonFunction } from "./spelling-json.ts";
import { unnest } from "./spelling-unnest.ts";
import {
  closing,
  closingRound,
  type Found,
  isCall,
  isWord,
  join,
  next,
  splitAtCommas,
  symbol,
  type Token,
  tokenize,
  word,
} from "./tokens.ts";

/**
 * Trino's SQL where DuckDB's parser has another spelling for the same: array types, `VALUES 1, 2`, `X'61'`, typed literals,
 * IF of two, LISTAGG, a sample's percentage.
 *
 * @throws {QueryError} for what cannot be said, naming it
 */
export function respell(sql: string): string {
  return join(respellAll(tokenize(sql)));
}

function respellAll(tokens: readonly Token[]): Token[] {
  const out: Token[] = [];
  for (let at = 0; at < tokens.length; ) {
    const token = tokens[at] ?? symbol("");
    const found = token.kind === "word" ? respellWord(tokens, at, out) : undefined;
    out.push(...(found?.tokens ?? [token]));
    at = found?.end ?? at + 1;
  }
  return out;
}

function respellWord(tokens: readonly Token[], at: number, out: Token[]): Found {
  const after = next(tokens, at);
  const following = tokens[after];
  switch (tokens[at]?.text.toUpperCase()) {
    case "ARRAY":
      return arrayType(tokens, at);
    case "UNNEST":
      return unnest(tokens, at, respell);
    case "JSON_VALUE":
    case "JSON_QUERY":
    case "JSON_EXISTS":
      return isCall(tokens, at) ? jsonFunction(tokens, at, respell) : undefined;
    case "CAST":
    case "TRY_CAST":
      return isCall(tokens, at) ? castToLength(tokens, at) : undefined;
    case "VARCHAR":
    case "CHAR":
      return refuseLength(tokens, at);
    case "VALUES":
      return values(tokens, at);
    case "IF":
      return isCall(tokens, at) ? ifOfTwo(tokens, at) : undefined;
    case "X":
      return literal(following, after, at, (text) => `unhex(${text})`);
    case "JSON":
      return literal(following, after, at, (text) => `json_parse(${text})`);
    case "DECIMAL":
      return literal(following, after, at, (text) => text.slice(1, -1));
    case "TIMESTAMP":
      return zoned(following, after);
    case "BERNOULLI":
    case "SYSTEM":
      return isCall(tokens, at) ? percentage(tokens, at) : undefined;
    case "WITHIN":
      return isWord(following, "GROUP") ? withinGroup(tokens, after, out) : undefined;
    default:
      return undefined;
  }
}

/** `ARRAY(T)`, `array<T>` are types, written `T[]`; `ARRAY[...]` is a value and stays. */
function arrayType(tokens: readonly Token[], at: number): Found {
  const open = next(tokens, at);
  if (tokens[open]?.text !== "(" && tokens[open]?.text !== "<") return undefined;
  if (tokens[next(tokens, open)]?.kind !== "word") return undefined;
  if (isWord(tokens[next(tokens, open)], "SELECT")) return undefined;
  const end = tokens[open]?.text === "<" ? closing(tokens, open) : closingRound(tokens, open);
  return { tokens: [...respellAll(tokens.slice(open + 1, end)), symbol("[]")], end: end + 1 };
}

/** A cast to varchar(n) cuts; elsewhere lengths are not kept. */
function castToLength(tokens: readonly Token[], at: number): Found {
  const open = next(tokens, at);
  const end = closingRound(tokens, open);
  const inside = tokens.slice(open + 1, end);
  const [, whole, length] = /(\bAS\s+VARCHAR)\s*\(\s*(\d+)\s*\)\s*$/i.exec(join(inside)) ?? [];
  if (whole === undefined || length === undefined) return undefined;
  const value = join(inside).replace(/\s+AS\s+VARCHAR\s*\(\s*\d+\s*\)\s*$/i, "");
  return { tokens: [word(`substr(${tokens[at]?.text}(${respell(value)} AS VARCHAR), 1, ${length})`)], end: end + 1 };
}

function refuseLength(tokens: readonly Token[], at: number): Found {
  const open = next(tokens, at);
  if (tokens[open]?.text !== "(" || tokens[next(tokens, open)]?.kind !== "number") return undefined;
  const type = join(tokens.slice(at, closingRound(tokens, open) + 1));
  throw new QueryError(
    `NOT_SUPPORTED: ${type}: the local lake keeps lengths only in CAST(x AS varchar(n)); use varchar`,
  );
}

/** Each value of a VALUES in brackets of its own. */
function values(tokens: readonly Token[], at: number): Found {
  const start = next(tokens, at);
  const end = endOfList(tokens, start);
  const rows = splitAtCommas(join(tokens.slice(start, end)));
  if (rows.every((row) => row.startsWith("(")) || rows.length === 0) return undefined;
  const written = rows.map((row) => (row.startsWith("(") ? row : `(${respell(row)})`)).join(", ");
  return { tokens: [word("VALUES "), word(`${written} `)], end };
}

const ENDS = new Set(["ORDER", "LIMIT", "OFFSET", "FETCH", "UNION", "EXCEPT", "INTERSECT", ";"]);

function endOfList(tokens: readonly Token[], start: number): number {
  let depth = 0;
  for (let at = start; at < tokens.length; at++) {
    const text = tokens[at]?.text ?? "";
    if (depth === 0 && (text === ")" || ENDS.has(text.toUpperCase()))) return at;
    if (text === "(" || text === "[") depth++;
    if (text === ")" || text === "]") depth--;
  }
  return tokens.length;
}

function ifOfTwo(tokens: readonly Token[], at: number): Found {
  const open = next(tokens, at);
  const end = closingRound(tokens, open);
  const parts = splitAtCommas(join(tokens.slice(open + 1, end)));
  if (parts.length !== 2) return undefined;
  return { tokens: [word(`IF(${parts.map(respell).join(", ")}, NULL)`)], end: end + 1 };
}

function literal(token: Token | undefined, index: number, at: number, write: (text: string) => string): Found {
  if (token?.kind !== "text" || index > at + 2) return undefined;
  return { tokens: [word(write(token.text))], end: index + 1 };
}

/** A time with a zone in its text is of another type. */
function zoned(token: Token | undefined, index: number): Found {
  if (token?.kind !== "text" || !/\d:\d\d.*(?:[A-Za-z]|[+-]\d\d:?\d*)'$/.test(token.text)) return undefined;
  return { tokens: [word("TIMESTAMPTZ "), token], end: index + 1 };
}

function percentage(tokens: readonly Token[], at: number): Found {
  const open = next(tokens, at);
  const end = closingRound(tokens, open);
  const [method = symbol("")] = tokens.slice(at);
  return { tokens: [method, word(` (${join(tokens.slice(open + 1, end))} PERCENT)`)], end: end + 1 };
}

/** `LISTAGG(x, ',') WITHIN GROUP (ORDER BY x)`: the order goes into the brackets of the call before. */
function withinGroup(tokens: readonly Token[], group: number, out: Token[]): Found {
  const open = next(tokens, group);
  const end = closingRound(tokens, open);
  while (out.at(-1)?.kind === "space") out.pop();
  if (out.pop()?.text !== ")") return undefined;
  return { tokens: [word(` ${join(tokens.slice(open + 1, end))})`)], end: end + 1 };
}
