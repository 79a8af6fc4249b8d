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
