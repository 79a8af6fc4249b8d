/** How far a JSON value reaches: to `end`; or to `stop`, where the text is no JSON, after its last good `token`. */
export type Reading =
  | { readonly end: number; readonly stop?: undefined }
  | { readonly end?: undefined; readonly stop: number; readonly token: number };

export interface Reader {
  /** Where the line of a place ends: at its newline or the end of the text. */
  lineEnd(at: number): number;
  /**
   * Finds the end of the JSON value that starts at a place, in one pass, without recursion and without making it.
   *
   * A string ends with its line at the latest; its escapes are not checked: `JSON.parse` does that.
   */
  read(at: number, until?: number): Reading;
}

/** Levels of nesting that are read at all: each costs JSON.parse some 200 bytes. Far fewer are stored (core/keys.ts). */
export const MAX_LEVELS = 1_000_000;

/** Values of one JSON text: each is some 40 bytes when it is parsed, and as much again for what becomes of it. */
export const MAX_VALUES = 4_000_000;

/** By what may come next: the kinds of token that do. `*` is a number or a word. */
const ALLOWED = { value: '"{[*', item: '"{[*]', key: '"', first: '"}', colon: ":", comma: ",}]" };

const PUNCTUATION = '"{}[],:';

const SCALAR = /-?(?:(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|NaN|Infinity)|true|false|null/y;

/** Makes the reader of a text; it remembers one line, so that a long line's end is looked for once. */
export function createReader(text: string): Reader {
  let line = { from: 0, to: -1 };

  function lineEnd(at: number): number {
    if (at < line.from || at > line.to) {
      const newline = text.indexOf("\n", at);
      line = { from: at, to: newline < 0 ? text.length : newline };
    }
    return line.to;
  }

  function read(at: number, until = text.length): Reading {
    const closers: string[] = [];
    let expected: keyof typeof ALLOWED = "value";
    let token = at;
    for (let i = skipBlanks(text, at); i < until; i = skipBlanks(text, i)) {
      const kind = kindOf(text[i] ?? "");
      if (!ALLOWED[expected].includes(kind) || closers.length > MAX_LEVELS) return { stop: i, token };
      const end = tokenEnd(kind, i, until);
      if (end === undefined) return { stop: kind === '"' ? Math.min(lineEnd(i), until) : i, token: i };
      if (kind === "{") closers.push("}");
      if (kind === "[") closers.push("]");
      if ((kind === "}" || kind === "]") && closers.pop() !== kind) return { stop: i, token };
      if (closers.length === 0) return { end };
      expected = expectedAfter(kind, expected, closers.at(-1));
      token = i;
      i = end;
    }
    return { stop: until, token };
  }

  function tokenEnd(kind: string, at: number, until: number): number | undefined {
    if (kind === '"') return stringEnd(at, Math.min(lineEnd(at), until));
    if (kind !== "*") return at + 1;
    SCALAR.lastIndex = at;
    return SCALAR.test(text) ? SCALAR.lastIndex : undefined;
  }

  function stringEnd(at: number, until: number): number | undefined {
    let quote = text.indexOf('"', at + 1);
    while (quote >= 0 && quote < until && isEscaped(text, quote)) quote = text.indexOf('"', quote + 1);
    return quote >= 0 && quote < until ? quote + 1 : undefined;
  }

  return { lineEnd, read };
}

/** The texts of a list's items, as they were written; at most one more than `max`. */
export function itemsOf(list: string, max: number): string[] {
  const { read } = createReader(list);
  const items: string[] = [];
  let at = skipBlanks(list, 0);
  do {
    at = skipBlanks(list, at + 1);
    const { end } = read(at);
    if (end === undefined || items.length > max) break;
    items.push(list.slice(at, end));
    at = skipBlanks(list, end);
  } while (list[at] === ",");
  return items;
}

/** How deep and how large a JSON text is at most. What stands in strings is counted too, which is quick and nearly the same. */
export function extentOf(text: string): { readonly levels: number; readonly values: number } {
  let level = 0;
  let levels = 0;
  let values = 1;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const bracket = code | 0x20; // "[" is "{" but for this bit, and "]" is "}"
    if (code === 0x2c || bracket === 0x7b) values++;
    if (bracket === 0x7b && ++level > levels) levels = level;
    if (bracket === 0x7d && level > 0) level--;
  }
  return { levels, values };
}

/** The next place that is no blank, line end or byte order mark, which some tools write at the start of each line. */
export function skipBlanks(text: string, at: number): number {
  let i = at;
  while (isBlank(text.charCodeAt(i))) i++;
  return i;
}

function isBlank(code: number): boolean {
  return code === 32 || (code > 8 && code < 14) || code === 0xfeff;
}

function kindOf(character: string): string {
  return PUNCTUATION.includes(character) ? character : "*";
}

function expectedAfter(kind: string, expected: keyof typeof ALLOWED, closer: string | undefined) {
  if (kind === "{") return "first";
  if (kind === "[") return "item";
  if (kind === ":") return "value";
  if (kind === ",") return closer === "}" ? "key" : "value";
  return kind === '"' && (expected === "key" || expected === "first") ? "colon" : "comma";
}

/** True when an odd number of backslashes stands before the quote. */
function isEscaped(text: string, quote: number): boolean {
  let first = quote;
  while (text.charCodeAt(first - 1) === 0x5c) first--;
  return (quote - first) % 2 === 1;
}
