/**
 * Reads a JSON object as bytes, without making it: one pass checks it, lower-cases its keys, finds the fields that
 * plugins ask for and the texts that may hold an indicator, and writes it as it stands in a row, where `details` is a
 * JSON string.
 *
 * It understands what producers usually write. Whatever is odd (a key with an escape or beyond ASCII, twice in one
 * object, or all digits; `NaN`; 16 levels; what is no JSON at all) it leaves to the parser, and what it does write is
 * byte for byte what the parser's way would write: test/fuzz/paths.test.ts.
 */

import { isAscii, isUtf8 } from "node:buffer";
import {
  BACKSLASH,
  BLANK,
  COLON,
  DOT,
  ESCAPES,
  GAP,
  isDigit,
  KINDS,
  LOWER,
  NO_HEX,
  QUOTE,
  STOP,
  unescapedAt,
} from "./bytes.ts";
import { createNames, MAX_SCANNED_DEPTH, mixIn, type Names, prepareNames, slotOf } from "./names.ts";
import { createScanned, MAX_FIELDS, MAX_FOUND, MAX_TEXTS, type Scanned } from "./scanned.ts";

/** Larger documents are parsed. The working space is kept for good, and never replaced: V8 compiles its place in. */
const MAX_BYTES = 256 * 1024;

/** A place that the scanner gave up at. */
const ODD = -1;

const scanned = createScanned(MAX_BYTES);
const { text, escaped, found, texts } = scanned;

/** How far `escaped` is written, and the names of the scan at hand. */
let end = 0;
let names: Names = createNames([]);

/** How many texts there were at the end of `details`, of a document in the shell's form. */
let detailsTexts = 0;

/**
 * Scans one JSON object, with nothing but blanks behind it. The bytes are left as they are.
 *
 * @returns undefined for what the parser must see
 */
export function scan(bytes: Uint8Array, known: Names): Scanned | undefined {
  const { length } = bytes;
  if (bytes[0] !== 0x7b || length > MAX_BYTES) return undefined;
  scanned.isAscii = isAscii(bytes);
  if (!scanned.isAscii && !isUtf8(bytes)) return undefined;
  prepareNames(known);
  names = known;
  text.set(bytes);
  text[length] = 0; // a byte that no token holds: nothing reads beyond it
  reset(known.object + 1);
  const place = object(0, 0);
  if (place === ODD || afterBlanks(place) !== length) return undefined;
  if (scanned.base !== scanned.root) texts.count = detailsTexts;
  scanned.textEnd = length;
  scanned.end = end;
  return scanned;
}

function reset(root: number): void {
  end = 0;
  scanned.root = root;
  scanned.base = root;
  scanned.fields = 0;
  scanned.others = 0;
  found.count = 0;
  texts.count = 0;
  scanned.hasPlainNumbers = true;
  scanned.string = undefined;
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
  const isDetails = depth === 0 && name === names.shell && text[start] === 0x7b;
  if (isDetails) enterDetails();
  const inner = names.object + 1;
  const behind = value(start, depth);
  const { count } = found;
  if (behind === ODD || count === MAX_FOUND) return ODD;
  found.name[count] = name;
  found.object[count] = own;
  found.field[count] = field;
  found.inner[count] = inner;
  found.start[count] = start;
  found.end[count] = behind;
  found.count = count + 1;
  if (isDetails) detailsTexts = texts.count;
  return afterBlanks(behind);
}

/** The next object is the `details` of a document in the shell's form: its fields and texts count, not the document's. */
function enterDetails(): void {
  scanned.base = names.object + 1;
  scanned.fields = 0;
  texts.count = 0;
}

/** False for another name of the same hash. */
function isName(name: Uint8Array | undefined, at: number, until: number): boolean {
  if (name?.length !== until - at) return false;
  for (let i = 0; i < name.length; i++) if (name[i] !== text[at + i]) return false;
  return true;
}

function startField(): boolean {
  scanned.starts[scanned.fields++] = end;
  return scanned.fields < MAX_FIELDS;
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
  let kinds = 0;
  to[free++] = BACKSLASH;
  to[free++] = QUOTE;
  for (;;) {
    let byte = from[place] ?? 0;
    let kind = KINDS[byte] ?? STOP;
    while (kind !== STOP) {
      kinds |= kind;
      to[free++] = byte;
      byte = from[++place] ?? 0;
      kind = KINDS[byte] ?? STOP;
    }
    if (byte !== BACKSLASH) break;
    kinds |= STOP;
    byte = from[place + 1] ?? 0;
    if (ESCAPES[byte] === 1) {
      // Within a string, the backslash has one before it, and so has a quote or a backslash that it stands before.
      to[free++] = BACKSLASH;
      to[free++] = BACKSLASH;
      if (byte === QUOTE || byte === BACKSLASH) to[free++] = BACKSLASH;
      to[free++] = byte;
      place += 2;
    } else {
      const character = unescapedAt(from, place + 1);
      if (!character) return ODD;
      free += to.write(character.json, free);
      ({ place } = character);
    }
  }
  if (from[place] !== QUOTE) return ODD;
  to[free++] = BACKSLASH;
  to[free++] = QUOTE;
  end = free;
  return mayTell(kinds, place - at) && !noteText(at, place) ? ODD : place + 1;
}

/** False for a text in which no address, name or digest can stand (core/indicators.ts): most texts are such. */
function mayTell(kinds: number, length: number): boolean {
  if ((kinds & (DOT | COLON | STOP)) !== 0) return length > 2;
  if (length < 32) return false;
  return (kinds & GAP) !== 0 || ((kinds & NO_HEX) === 0 && (length === 32 || length === 40 || length === 64));
}

/** False when there are too many. */
function noteText(start: number, end: number): boolean {
  const { count } = texts;
  if (count === MAX_TEXTS) return false;
  texts.field[count] = scanned.fields - 1;
  texts.start[count] = start;
  texts.end[count] = end;
  texts.count = count + 1;
  return true;
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

/**
 * A number as JSON's grammar has it. Those with at most 15 digits print as they were written, and so do those of nine
 * digits, a point and six digits, the last not zero.
 */
function number(at: number): number {
  const start = text[at] === 0x2d ? at + 1 : at;
  let place = digits(start);
  const whole = place - start;
  if (whole === 0 || (text[start] === 0x30 && whole > 1)) return ODD;
  let isPlain = whole <= 15 && (start === at || text[start] !== 0x30);
  if (text[place] === 0x2e) {
    const fraction = place + 1;
    place = digits(fraction);
    if (place === fraction) return ODD;
    isPlain = whole <= 9 && place - fraction <= 6 && text[place - 1] !== 0x30;
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
