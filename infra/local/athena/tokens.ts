/** The smallest parts of SQL that mean something: what is in quotes or in a comment is one token, and left alone. */
export interface Token {
  readonly kind: "space" | "text" | "name" | "word" | "number" | "symbol";
  readonly text: string;
  /** Offset into the SQL. */
  readonly at: number;
}

const TOKEN = new RegExp(
  [
    String.raw`(?<space>\s+|--[^\n]*|/\*(?:[^*]|\*(?!/))*\*/)`,
    "(?<text>'(?:[^']|'')*')",
    '(?<name>"(?:[^"]|"")*")',
    String.raw`(?<word>[A-Za-z_][\w$@]*)`,
    String.raw`(?<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)`,
    String.raw`(?<symbol>->|<=|>=|<>|!=|\|\||[^])`,
  ].join("|"),
  "gy",
);

export function tokenize(sql: string): Token[] {
  return [...sql.matchAll(TOKEN)].map(({ 0: text, index, groups = {} }) => {
    const kind = Object.keys(groups).find((name) => groups[name] !== undefined);
    return { kind: isKind(kind) ? kind : "symbol", text, at: index };
  });
}

const isKind = (kind: string | undefined): kind is Token["kind"] =>
  ["space", "text", "name", "word", "number", "symbol"].includes(kind ?? "");

export const join = (tokens: readonly Token[]): string => tokens.map(({ text }) => text).join("");

/** Splits at the commas that stand outside all brackets; the parts are trimmed. */
export function splitAtCommas(sql: string): string[] {
  const parts = [""];
  let depth = 0;
  for (const { kind, text } of tokenize(sql)) {
    if (kind === "symbol" && "([".includes(text)) depth++;
    if (kind === "symbol" && ")]".includes(text)) depth--;
    if (kind === "symbol" && text === "," && depth === 0) parts.push("");
    else parts[parts.length - 1] += text;
  }
  return parts.map((part) => part.trim()).filter((part) => part !== "");
}

export const word = (text: string): Token => ({ kind: "word", text, at: 0 });
export const symbol = (text: string): Token => ({ kind: "symbol", text, at: 0 });
export const isWord = (token: Token | undefined, text: string): boolean => token?.text.toUpperCase() === text;
export const isCall = (tokens: readonly Token[], index: number): boolean => tokens[next(tokens, index)]?.text === "(";

/** What takes the place of some tokens, and where the rest goes on. */
export type Found = { readonly tokens: readonly Token[]; readonly end: number } | undefined;

/** The index of the first token after `index` that is no space. */
export function next(tokens: readonly Token[], index: number): number {
  let at = index + 1;
  while (tokens[at]?.kind === "space") at++;
  return at;
}

/** The index of the bracket that closes the one at `open`. */
export function closing(tokens: readonly Token[], open: number): number {
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
export function closingRound(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let at = open; at < tokens.length; at++) {
    if (tokens[at]?.text === "(") depth++;
    if (tokens[at]?.text === ")" && --depth === 0) return at;
  }
  return tokens.length;
}
