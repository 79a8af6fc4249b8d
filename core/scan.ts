/**
 * Reads a JSON object as bytes, without making it: one pass checks it, lower-cases its keys, finds the fields that
 * plugins ask for, and writes it as it stands in a row, where `details` is a JSON string.
 *
 * It understands what producers usually write. Whatever is odd (a key with an escape or beyond ASCII, twice in one
 * object, or all digits; `NaN`; 16 levels; what is no JSON at all) it leaves to the parser, and what it does write is
 * byte for byte what the parser's way would write: test/fuzz/paths.test.ts.
 */

import { isUtf8 } from "node:buffer";
import { createNames, MAX_SCANNED_DEPTH, mixIn, type Names, prepareNames, slotOf } from "./names.ts";

/** Larger documents are parsed. The working space is kept for good, and never replaced: V8 compiles its place in. */
const MAX_BYTES = 256 * 1024;

/** Asked-for fields beyond which a document is parsed. */
const MAX_FOUND = 64;

/** A place that the scanner gave up at. */
const ODD = -1;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BLANK = 0x20;

/** Bytes that stand for themselves within a string. */
const PLAIN = new Uint8Array(256).fill(1).fill(0, 0, BLANK);
PLAIN[QUOTE] = 0;
PLAIN[BACKSLASH] = 0;

/** The lower case of the bytes that a key may hold, and 0 for all others. */
const LOWER = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte > 0x7f || PLAIN[byte] === 0 ? 0 : String.fromCharCode(byte).toLowerCase().charCodeAt(0),
);

/** What stands behind a backslash and stays as it is; JSON.stringify writes the characters of `\/` and `\u0041` themselves. */
const ESCAPES = new Uint8Array(256);
for (const byte of Buffer.from('"\\bfnrt')) ESCAPES[byte] = 1;

/** A field that a plugin asks for. */
export interface Found {
  /** Its place in the asked-for names. */
  readonly name: number;
  /** The number of the object that holds it: in document order, an object before those within it. */
  readonly object: number;
  /** Which of the fields it is, from 0, when the object is `base`. */
  readonly field: number;
  /** Where its value stands in `text`. */
  readonly start: number;
  readonly end: number;
}

/** What one scan found; it is overwritten by the next. */
export interface Scanned {
  /** The document with lower-case keys, as it was written otherwise; from 0 to `textEnd`. */
  readonly text: Buffer;
  textEnd: number;
  /** The same as JSON.stringify would write it, within a JSON string; from 0 to `end`. */
  readonly escaped: Buffer;
  end: number;
  /** Numbers of the document, and of the object whose fields become those of `details`: itself, or its `details`. */
  root: number;
  base: number;
  /** Where each field of the base starts in `escaped`; one entry more, as if another followed. */
  readonly starts: Int32Array;
  fields: number;
  /** Fields of the document that nobody asks for. */
  others: number;
  found: Found[];
  /** False when some number may not print as it was written. */
  hasPlainNumbers: boolean;
}

const text = Buffer.alloc(MAX_BYTES + 1);

/** An escape sequence is at most twice as long within a string, and so is a quote. */
const escaped = Buffer.alloc(2 * MAX_BYTES + 2);

const scanned: Scanned = {
  text,
  textEnd: 0,
  escaped,
  end: 0,
  root: 0,
  base: 0,
  starts: new Int32Array(1 << 10),
  fields: 0,
  others: 0,
  found: [],
  hasPlainNumbers: true,
};

/** How far `escaped` is written, and the names of the scan at hand. */
let end = 0;
let names: Names = createNames([]);

/**
 * Scans one JSON object, with nothing but blanks behind it. The bytes are left as they are.
 *
 * @returns undefined for what the parser must see
 */
export function scan(bytes: Uint8Array, known: Names): Scanned | undefined {
  const { length } = bytes;
  if (bytes[0] !== 0x7b || length > MAX_BYTES || !isUtf8(bytes)) return undefined;
  prepareNames(known);
  names = known;
  text.set(bytes);
  text[length] = 0; // a byte that no token holds: nothing reads beyond it
  end = 0;
  scanned.root = known.object + 1;
  scanned.base = scanned.root;
  scanned.fields = 0;
  scanned.others = 0;
  scanned.found = [];
  scanned.hasPlainNumbers = true;
  const place = object(0, 0);
  if (place === ODD || afterBlanks(place) !== length) return undefined;
  scanned.textEnd = length;
  scanned.end = end;
  return scanned;
}

/** Each of these reads what starts at a place and answers with the place behind it, or with ODD. */
function value(at: number, depth: number): number {
  const byte = text[at] ?? 0;
  if (byte === QUOTE) return string(at + 1);
  if (byte === 0x7b) return object(at, depth + 1);
  if (byte === 0x5b) return list(at, depth + 1);
  if (byte === 0x74 || byte === 0x66 || byte === 0x6e) return word(at, byte);
  return number(at);
}

function object(at: number, depth: number): number {
  if (depth === MAX_SCANNED_DEPTH) return ODD;
  const own = ++names.object;
  escaped[end++] = 0x7b;
  let place = afterBlanks(at + 1);
  if (text[place] === 0x7d) return own === scanned.base ? ODD : closed(place);
  for (;;) {
    if (text[place] !== QUOTE) return ODD;
    place = field(place + 1, own, depth);
    if (place === ODD) return ODD;
    const byte = text[place];
    if (byte === 0x7d) break;
    if (byte !== 0x2c) return ODD;
    escaped[end++] = byte;
    place = afterBlanks(place + 1);
  }
  place = closed(place);
  if (own === scanned.base) scanned.starts[scanned.fields] = end;
  return place;
}

function list(at: number, depth: number): number {
  if (depth === MAX_SCANNED_DEPTH) return ODD;
  escaped[end++] = 0x5b;
  let place = afterBlanks(at + 1);
  if (text[place] === 0x5d) return closed(place);
  for (;;) {
    place = value(place, depth);
    if (place === ODD) return ODD;
    place = afterBlanks(place);
    const byte = text[place];
    if (byte === 0x5d) return closed(place);
    if (byte !== 0x2c) return ODD;
    escaped[end++] = byte;
    place = afterBlanks(place + 1);
  }
}

function closed(at: number): number {
  escaped[end++] = text[at] ?? 0;
  return at + 1;
}

/** A key, whose opening quote is behind us, its value, and the blanks that follow. */
function field(at: number, own: number, depth: number): number {
  if (own === scanned.base && !startField()) return ODD;
  const place = key(at);
  const slot = place === ODD ? ODD : slotOf(names, hash);
  const seen = slot * MAX_SCANNED_DEPTH + depth;
  if (slot === ODD || names.objects[seen] === own) return ODD;
  names.objects[seen] = own;
  const asked = names.places[slot] ?? 0;
  if (asked > 0 && !isName(names.asked[asked - 1], at, place - 1)) return ODD;
  const colon = afterBlanks(place);
  if (text[colon] !== 0x3a) return ODD;
  escaped[end++] = 0x3a;
  const start = afterBlanks(colon + 1);
  if (asked > 0) return askedValue(asked - 1, own, start, depth);
  if (depth === 0) scanned.others++;
  const behind = value(start, depth);
  return behind === ODD ? ODD : afterBlanks(behind);
}

function askedValue(name: number, own: number, start: number, depth: number): number {
  const field = scanned.fields - 1;
  if (depth === 0 && name === names.shell && text[start] === 0x7b) enterDetails();
  const behind = value(start, depth);
  if (behind === ODD || scanned.found.length === MAX_FOUND) return ODD;
  scanned.found.push({ name, object: own, field, start, end: behind });
  return afterBlanks(behind);
}

/** The next object is the `details` of a document in the shell's form: its fields count, not the document's. */
function enterDetails(): void {
  scanned.base = names.object + 1;
  scanned.fields = 0;
}

/** False for another name of the same hash. */
function isName(name: Uint8Array | undefined, at: number, until: number): boolean {
  if (name?.length !== until - at) return false;
  for (let i = 0; i < name.length; i++) if (name[i] !== text[at + i]) return false;
  return true;
}

function startField(): boolean {
  scanned.starts[scanned.fields++] = end;
  return scanned.fields < scanned.starts.length;
}

/** Of the key that was read last. */
let hash = 0;

function key(at: number): number {
  const from = text;
  const to = escaped;
  let place = at;
  let free = end;
  let mixed = 0;
  to[free++] = BACKSLASH;
  to[free++] = QUOTE;
  for (;;) {
    const byte = LOWER[from[place] ?? 0] ?? 0;
    if (byte === 0) break;
    from[place++] = byte;
    to[free++] = byte;
    mixed = mixIn(mixed, byte);
  }
  if (from[place] !== QUOTE || isAllDigits(at, place)) return ODD;
  to[free++] = BACKSLASH;
  to[free++] = QUOTE;
  end = free;
  hash = mixed;
  return place + 1;
}

/** JavaScript puts such keys before all others. */
function isAllDigits(at: number, until: number): boolean {
  for (let place = at; place < until; place++) if (!isDigit(text[place] ?? 0)) return false;
  return until > at;
}

function string(at: number): number {
  const from = text;
  const to = escaped;
  let place = at;
  let free = end;
  to[free++] = BACKSLASH;
  to[free++] = QUOTE;
  for (;;) {
    let byte = from[place] ?? 0;
    while (PLAIN[byte] === 1) {
      to[free++] = byte;
      byte = from[++place] ?? 0;
    }
    if (byte !== BACKSLASH) break;
    byte = from[place + 1] ?? 0;
    if (ESCAPES[byte] === 1) {
      // Within a string, the backslash has one before it, and so has a quote or a backslash that it stands before.
      to[free++] = BACKSLASH;
      to[free++] = BACKSLASH;
      if (byte === QUOTE || byte === BACKSLASH) to[free++] = BACKSLASH;
      to[free++] = byte;
      place += 2;
    } else {
      end = free;
      place = needlessEscape(place + 1);
      if (place === ODD) return ODD;
      free = end;
    }
  }
  if (from[place] !== QUOTE) return ODD;
  to[free++] = BACKSLASH;
  to[free++] = QUOTE;
  end = free;
  return place + 1;
}

/** `\/` and `\u0041`, for which JSON.stringify writes the character itself. */
function needlessEscape(at: number): number {
  const byte = text[at];
  if (byte === 0x75) return unicode(at + 1);
  if (byte !== 0x2f) return ODD;
  escaped[end++] = byte;
  return at + 1;
}

/** The digits behind `\u`, and those of the second half of a pair: JSON.stringify writes the character itself. */
function unicode(at: number): number {
  let code = hexAt(at);
  let place = at + 4;
  if (code === undefined) return ODD;
  if (code >= 0xd800 && code < 0xdc00 && text[place] === BACKSLASH && text[place + 1] === 0x75) {
    const low = hexAt(place + 2) ?? 0;
    if (low >= 0xdc00 && low < 0xe000) {
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      place += 6;
    }
  }
  const json = JSON.stringify(String.fromCodePoint(code).toWellFormed()).slice(1, -1);
  end += escaped.write(json.replace(/["\\]/g, "\\$&"), end);
  return place;
}

function hexAt(at: number): number | undefined {
  const digits = text.toString("latin1", at, at + 4);
  return /^[0-9a-fA-F]{4}$/.test(digits) ? Number.parseInt(digits, 16) : undefined;
}

function word(at: number, first: number): number {
  const letters = first === 0x74 ? TRUE : first === 0x66 ? FALSE : NULL;
  for (let i = 0; i < letters.length; i++) {
    if (text[at + i] !== letters[i]) return ODD;
    escaped[end++] = letters[i] ?? 0;
  }
  return at + letters.length;
}

const TRUE = Buffer.from("true");
const FALSE = Buffer.from("false");
const NULL = Buffer.from("null");

/** A number as JSON's grammar has it. Those with at most 15 digits and no more than digits print as they were written. */
function number(at: number): number {
  const start = text[at] === 0x2d ? at + 1 : at;
  let place = digits(start);
  if (place === start || (text[start] === 0x30 && place > start + 1)) return ODD;
  let isPlain = place - start <= 15 && (start === at || text[start] !== 0x30);
  if (text[place] === 0x2e) {
    isPlain = false;
    const fraction = place + 1;
    place = digits(fraction);
    if (place === fraction) return ODD;
  }
  if (((text[place] ?? 0) | 0x20) === 0x65) {
    isPlain = false;
    const sign = text[place + 1];
    const exponent = sign === 0x2b || sign === 0x2d ? place + 2 : place + 1;
    place = digits(exponent);
    if (place === exponent) return ODD;
  }
  if (!isPlain) scanned.hasPlainNumbers = false;
  for (let i = at; i < place; i++) escaped[end++] = text[i] ?? 0;
  return place;
}

function digits(at: number): number {
  let place = at;
  while (isDigit(text[place] ?? 0)) place++;
  return place;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function afterBlanks(at: number): number {
  return (text[at] ?? 0) > BLANK ? at : skipBlanks(at);
}

function skipBlanks(at: number): number {
  let place = at;
  for (let byte = text[place] ?? 0; byte <= BLANK; byte = text[++place] ?? 0) {
    if (byte !== BLANK && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break;
  }
  return place;
}
