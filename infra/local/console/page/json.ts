// Reading and showing JSON without damage to numbers: 17 digits, `1.10` and `1e400` stay as they were written.

type Source = { readonly source?: string } | undefined;

/** Parses; a number that JavaScript would write differently is kept as its text, where the browser can. */
export function parseJson<T>(text: string): T {
  const raw = (JSON as { rawJSON?: (text: string) => unknown }).rawJSON;
  return JSON.parse(text, (_key: string, value: unknown, context?: Source) => {
    const source = context?.source;
    if (typeof value !== "number" || !raw || source === undefined || source === String(value)) return value;
    return raw(source);
  });
}

/** An object whose fields can be shown one by one; no list, no number kept as its text. */
export function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !("rawJSON" in value);
}

/** JSON text on one line for a value; strings as they are. */
export function valueText(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

/** Whether a text looks like a JSON object or list. Looking is enough: `indentJson` takes any text. */
export function looksLikeJson(text: string): boolean {
  return /^\s*[[{]/.test(text) && /[\]}]\s*$/.test(text);
}

const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+|"/g;

/** Breaks JSON text into indented lines without parsing it, so every value stays as it was written. */
export function indentJson(text: string): string {
  const tokens = text.match(TOKENS) ?? [];
  let out = "";
  let depth = 0;
  const line = () => `\n${"  ".repeat(depth)}`;
  tokens.forEach((token, i) => {
    const opens = token === "{" || token === "[";
    const closes = token === "}" || token === "]";
    const empty = closes && (tokens[i - 1] === "{" || tokens[i - 1] === "[");
    if (closes) depth = Math.max(0, depth - 1);
    if (closes && !empty) out += line();
    out += token === ":" ? ": " : token;
    if (opens) depth++;
    const next = tokens[i + 1];
    if (token === "," || (opens && next !== "}" && next !== "]")) out += line();
    else if (closes && depth === 0 && next !== undefined) out += "\n";
  });
  return out;
}
