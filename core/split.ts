import { type QuarantineCode, undecodable, withoutStacks } from "./error.ts";
import { type Json, parseJson } from "./json.ts";
import { MAX_DOCUMENTS } from "./limits.ts";
import { createReader, extentOf, itemsOf, MAX_LEVELS, MAX_VALUES, type Reader, skipBlanks } from "./reader.ts";

/** A part of a payload that stands for itself: a JSON text, a line of plain text, or what is neither. */
export type Part =
  | { readonly kind: "json"; readonly own: string; readonly value: Json }
  /** A list that is nested too deep to be read as a whole. */
  | { readonly kind: "list"; readonly own: string; readonly items: readonly Part[] }
  | { readonly kind: "text"; readonly own: string }
  | { readonly kind: "bad"; readonly own: string | Uint8Array; readonly code: QuarantineCode };

export interface SplitOptions {
  /** True when a line that is no JSON is text; otherwise it is bad. */
  readonly acceptText: boolean;
  /** True when the text ends before its producer's end: a last part that is not complete is left out. */
  readonly cut: boolean;
  /** More parts than this are refused. */
  readonly max: number;
}

/** Characters that failed attempts to read documents beyond a line may cost; lines are all that is looked for then. */
const PATIENCE = 4 * 1024 * 1024;

/** A `{"` that cannot stand within a document: an object within one follows `:`, `,` or `[`. */
const ANOTHER = /\{(?<![:,[]\s*\{)(?=\s*")/g;

/** In a line that does not start as a document: where one follows the end of another. */
const FOLLOWING = /\{(?<=\}\s*\{)(?=\s*")/g;

/** How a list of objects starts, and the envelope that is one (core/envelope.ts). */
const OPENING = /(?:\{\s*"Records"\s*:\s*)?\[(?=\s*\{)/y;

/** What no text holds: control characters but for blanks, bell, backspace and escape (as file(1) decides). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const BINARY = /[\0-\x06\x0e-\x1a\x1c-\x1f\x7f]/;

/** The start of JSON, however it goes on; `[error] ...` and `[2020-...` are how lines of text start. */
const JSON_START = /^(?:\{|\[\s*[[{"\]])/;

/**
 * Takes a text apart into JSON texts, one a line or one after another, over as many lines as they like, with or without
 * a comma between them. What is no JSON is one part, from its start to the next line that is indented no deeper and
 * starts with no closing bracket, or to the next `{"` before that which starts a document and cannot be its own. Of a
 * list that does not end, only the bracket and what follows the last whole item are bad.
 *
 * Takes linear time, whatever the text: each line is parsed once, and attempts beyond a line have a budget.
 *
 * @throws {PipelineError} `expansion_limit` for too many parts
 */
export function split(text: string, options: SplitOptions): Part[] {
  if (skipBlanks(text, 0) === text.length) return [];
  const isLines = startsWithLines(text);
  const whole = isLines ? undefined : jsonIn(text.trim());
  if (whole && whole.kind !== "bad") return [whole];
  return partsOf({
    text,
    reader: createReader(text),
    options,
    patience: PATIENCE,
    badUntil: 0,
    isDoubtful: !isLines,
  });
}

/** True for lines of objects: within one JSON text, `}` and `{` on the next line have a comma between them. */
function startsWithLines(text: string): boolean {
  const newline = text.indexOf("\n");
  return newline > 0 && text.slice(0, newline).trimEnd().endsWith("}") && text[skipBlanks(text, newline)] === "{";
}

interface Scan {
  readonly text: string;
  readonly reader: Reader;
  readonly options: SplitOptions;
  patience: number;
  /** Where the bad lines end that were looked at last. */
  badUntil: number;
  /** True after what is no JSON: reading first is slower for good lines, but failing is cheaper than in JSON.parse. */
  isDoubtful: boolean;
}

interface Place {
  readonly at: number;
  /** True for the first of a line. */
  readonly isFresh: boolean;
  readonly indent: number;
}

interface Found {
  readonly part: Part;
  readonly end: number;
  /** True for the start of a list that does not end. */
  readonly isOpening?: boolean;
}

function partsOf(scan: Scan): Part[] {
  const { text, options } = scan;
  const parts: Part[] = [];
  let found: Found | undefined;
  for (let place = placeAfter(text); place.at < text.length; place = placeAfter(text, found)) {
    found = partAt(scan, place);
    scan.isDoubtful = found.part.kind !== "json";
    if (found.isOpening && options.cut) continue;
    if (parts.push(found.part) > options.max)
      throw undecodable("expansion_limit", `more than the ${options.max} documents that are left`);
  }
  if (options.cut && found && mayGoOn(found, text)) parts.pop();
  return parts;
}

function placeAfter(text: string, found?: Found): Place {
  const end = found?.end ?? 0;
  let at = skipBlanks(text, end);
  if (found?.part.kind !== "text" && text[at] === ",") at = skipBlanks(text, at + 1);
  const gap = text.slice(end, at);
  const newline = gap.lastIndexOf("\n");
  const isFresh = found === undefined || newline >= 0;
  return { at, isFresh, indent: isFresh ? gap.length - newline - 1 : 0 };
}

/** Whether the last part of a text might have gone on: objects and lists say where they end, lines of text end too. */
function mayGoOn({ part, end }: Found, text: string): boolean {
  if (part.kind === "bad") return true;
  return end === text.length && part.kind !== "list" && (part.kind === "text" || !/[}\]]$/.test(part.own));
}

function partAt(scan: Scan, place: Place): Found {
  const { text, reader, options } = scan;
  const { at, isFresh, indent } = place;
  const lineEnd = reader.lineEnd(at);
  const line = isFresh && !scan.isDoubtful && jsonIn(text.slice(at, lineEnd).trimEnd());
  if (line && line.kind !== "bad") return { part: line, end: lineEnd };
  const isOpen = text[at] === "{" || text[at] === "[";
  const reading = reader.read(at, isOpen && scan.patience > 0 ? text.length : lineEnd);
  if (reading.end !== undefined) {
    if (isOpen || (isFresh && text.slice(reading.end, lineEnd).trim() === ""))
      return { part: jsonIn(text.slice(at, reading.end)), end: reading.end };
  } else {
    scan.patience -= reading.stop - at;
    const opening = reading.stop === text.length && openingAt(text, at);
    if (opening) return opening;
  }
  const own = options.acceptText && isFresh && text.slice(at - indent, lineEnd);
  if (own && isText(own)) return { part: { kind: "text", own: withoutEnds(own) }, end: lineEnd };
  if (at >= scan.badUntil) scan.badUntil = isOpen ? endOfBadLines(scan, place) : lineEnd;
  const from = reading.end === undefined ? Math.max(at + 1, reading.token) : at + 1;
  const end = documentWithin(scan, at, from, isFresh && !isOpen ? FOLLOWING : ANOTHER) ?? scan.badUntil;
  return { part: { kind: "bad", own: text.slice(at, end).trimEnd(), code: "invalid_json" }, end };
}

/** The start of a list of objects that does not end: its items are read as documents that follow each other. */
function openingAt(text: string, at: number): Found | undefined {
  OPENING.lastIndex = at;
  if (!OPENING.test(text)) return undefined;
  const end = OPENING.lastIndex;
  return { part: { kind: "bad", own: text.slice(at, end), code: "invalid_json" }, end, isOpening: true };
}

function isText(line: string): boolean {
  return !JSON_START.test(line.trimStart()) && !BINARY.test(line);
}

/** A line without its byte order mark and its carriage return, but with its indentation. */
function withoutEnds(line: string): string {
  return (line.startsWith("\ufeff") ? line.slice(1) : line).trimEnd();
}

function endOfBadLines({ text, reader }: Scan, { at, indent }: Place): number {
  for (let end = reader.lineEnd(at); ; ) {
    const next = skipBlanks(text, end);
    const depth = next - text.lastIndexOf("\n", next - 1) - 1;
    const isItsOwn = next < text.length && (depth > indent || text[next] === "}" || text[next] === "]");
    if (!isItsOwn) return end;
    end = reader.lineEnd(next);
  }
}

/** Where a document starts within what is bad, if one does. */
function documentWithin(scan: Scan, at: number, from: number, pattern: RegExp): number | undefined {
  const { text, reader } = scan;
  const bad = text.slice(at, scan.badUntil); // the pattern must not look any further, time and again
  pattern.lastIndex = from - at;
  for (let match = pattern.exec(bad); match && scan.patience > 0; match = pattern.exec(bad)) {
    const start = at + match.index;
    const { end, stop } = reader.read(start);
    if (end !== undefined && jsonIn(text.slice(start, end)).kind !== "bad") return start;
    scan.patience -= (end ?? stop) - start;
  }
  return undefined;
}

/** Of a text that is too short to be large. */
const SMALL = { levels: 0, values: 0 };

/** A text as the one JSON text that it ought to be. */
function jsonIn(own: string): Part {
  const { levels, values } = own.length > MAX_LEVELS ? extentOf(own) : SMALL;
  if (levels > MAX_LEVELS) return { kind: "bad", own, code: "too_deep" };
  if (values > MAX_VALUES) return { kind: "bad", own, code: "expansion_limit" };
  try {
    return { kind: "json", own, value: withoutStacks(() => parseJson(own)) };
  } catch (error) {
    if (!(error instanceof RangeError)) return { kind: "bad", own, code: "invalid_json" };
    // The parser's stack: the numbers of a text nested thousands deep cannot be kept exact.
    const items = own.trimStart().startsWith("[") ? itemsOf(own, MAX_DOCUMENTS) : [];
    return items.length > 0 ? { kind: "list", own, items: items.map(itemIn) } : { kind: "bad", own, code: "too_deep" };
  }
}

function itemIn(own: string): Part {
  return own.startsWith("[") ? { kind: "bad", own, code: "not_an_object" } : jsonIn(own);
}
