import { QueryError } from "./error.ts";
import { join, splitAtCommas, type Token, tokenize } from "./tokens.ts";

/**
 * Trino's SQL where DuckDB's parser has another spelling for the same: array types, `VALUES 1, 2`, `X'61'`, typed literals,
 * IF of two, LISTAGG, a sample's percentage.
 *
 * @throws {QueryError} for what cannot be said, naming it
 */
export function respell(sql: string): string {
  return join(respellAll(tokenize(sql)));
}

const word = (text: string): Token => ({ kind: "word", text, at: 0 });
const symbol = (text: string): Token => ({ kind: "symbol", text, at: 0 });
const is = (token: Token | undefined, text: string): boolean => token?.text.toUpperCase() === text;
const isCall = (tokens: readonly Token[], index: number): boolean => tokens[next(tokens, index)]?.text === "(";

/** The index of the first token after `index` that is no space. */
function next(tokens: readonly Token[], index: number): number {
  let at = index + 1;
  while (tokens[at]?.kind === "space") at++;
  return at;
}

/** The index of the bracket that closes the one at `open`. */
function closing(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let at = open; at < tokens.length; at++) {
    const { kind, text } = tokens[at] ?? symbol("");
    if (kind === "symbol" && "([<".includes(text)) depth++;
    if (kind === "symbol" && ")]>".includes(text) && --depth === 0) return at;
    if (kind === "symbol" && text === "<>") continue;
  }
  return tokens.length;
}

/** The index of the bracket that closes the round one at `open`; `<` and `>` are comparisons. */
function closingRound(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let at = open; at < tokens.length; at++) {
    if (tokens[at]?.text === "(") depth++;
    if (tokens[at]?.text === ")" && --depth === 0) return at;
  }
  return tokens.length;
}

/** What takes the place of some tokens, and how many they are. */
type Found = { readonly tokens: readonly Token[]; readonly end: number } | undefined;

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
      return is(following, "GROUP") ? withinGroup(tokens, after, out) : undefined;
    default:
      return undefined;
  }
}

/** `ARRAY(T)`, `array<T>` are types, written `T[]`; `ARRAY[...]` is a value and stays. */
function arrayType(tokens: readonly Token[], at: number): Found {
  const open = next(tokens, at);
  if (tokens[open]?.text !== "(" && tokens[open]?.text !== "<") return undefined;
  if (tokens[next(tokens, open)]?.kind !== "word") return undefined;
  if (is(tokens[next(tokens, open)], "SELECT")) return undefined;
  const end = tokens[open]?.text === "<" ? closing(tokens, open) : closingRound(tokens, open);
  return { tokens: [...respellAll(tokens.slice(open + 1, end)), symbol("[]")], end: end + 1 };
}

function refuseLength(tokens: readonly Token[], at: number): Found {
  const open = next(tokens, at);
  if (tokens[open]?.text !== "(" || tokens[next(tokens, open)]?.kind !== "number") return undefined;
  const type = join(tokens.slice(at, closingRound(tokens, open) + 1));
  throw new QueryError(`NOT_SUPPORTED: ${type}: the local lake keeps no lengths; use varchar, and substr to cut`);
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
