/**
 * Reads a JSON object as bytes, without making it: one pass checks it, lower-cases its keys, finds the fields that
 * plugins ask for and the texts that may hold an indicator, and writes it as it stands in a row, where `details` is a
 * JSON string. It is AssemblyScript: core/scan.ts is its host.
 */

import { BACKSLASH, QUOTE, readEscape, written } from "./escape";
import { ESCAPED, FOUND, MAX_FIELDS, MAX_FOUND, MAX_TEXTS, REPORT, STARTS, TEXT, TEXTS } from "./memory";
import {
  askedAt,
  closeTable,
  finished,
  firstLanes,
  isName,
  isRepeated,
  MAX_DEPTH,
  mixIn,
  nextObject,
  object as objectNumber,
  openTable,
  slotOf,
} from "./names";
import { ANY, kindOf, NAME, NOTHING, nameLength } from "./text";

export {
  ESCAPED,
  FOUND,
  MAX_BYTES,
  MAX_FIELDS,
  MAX_FOUND,
  MAX_ROW_BYTES,
  MAX_TEXTS,
  REPORT,
  ROW,
  STARTS,
  TEXT,
  TEXTS,
  UUID,
} from "./memory";
export { addName, clearTable, isFull, MAX_TABLES, USUAL_TOPS } from "./names";
export { copyEscaped, isPlain } from "./row";
export { ANY, ARN, IPV4, NAME, WORDS } from "./text";
export { MAX_NAME_BYTES, NAME_BYTES, uuid } from "./uuid";

/** A place that the scanner gave up at. */
const ODD: usize = 0;

const BLANK: u8 = 0x20;

/** How far the escaped bytes are written. */
let end: usize = ESCAPED;
/** The objects whose fields are the document's and those of `details`: the same, unless the document has the shell's form. */
let root: u32 = 0;
let base: u32 = 0;
let shell: i32 = 0;
let fields: i32 = 0;
let others: i32 = 0;
let found: i32 = 0;
let texts: i32 = 0;
/** How many texts there were at the end of `details`, of a document in the shell's form. */
let detailsTexts: i32 = 0;
let hasPlainNumbers: bool = true;
let isAscii: bool = true;
/** Whether some text has an escape sequence. */
let hasEscapes: bool = false;

/**
 * Scans one JSON object, with nothing but blanks behind it.
 *
 * @param length of the document in `TEXT`, whose keys become lower case; a 0 must follow it
 * @param details the place of `details` among the asked-for names, or -1
 * @returns false for what the parser must see
 */
export function scan(table: i32, length: i32, details: i32): bool {
  openTable(table);
  shell = details;
  reset(objectNumber + 1);
  const place = object(TEXT, 0);
  closeTable();
  if (place === ODD || afterBlanks(place) !== <usize>TEXT + length) return false;
  report();
  return true;
}

function reset(first: u32): void {
  end = ESCAPED;
  root = first;
  base = first;
  fields = 0;
  others = 0;
  found = 0;
  texts = 0;
  hasPlainNumbers = true;
  isAscii = true;
  hasEscapes = false;
}

function report(): void {
  store<i32>(REPORT, <i32>(end - ESCAPED));
  store<u32>(REPORT, root, 4);
  store<u32>(REPORT, base, 8);
  store<i32>(REPORT, fields, 12);
  store<i32>(REPORT, others, 16);
  store<i32>(REPORT, found, 20);
  store<i32>(REPORT, base === root ? texts : detailsTexts, 24);
  store<i32>(REPORT, hasPlainNumbers ? 1 : 0, 28);
  store<i32>(REPORT, isAscii ? 1 : 0, 32);
  store<i32>(REPORT, hasEscapes ? 1 : 0, 36);
}

// Each of these reads what starts at a place and answers with the place behind it, or with ODD.

function value(at: usize, depth: i32): usize {
  const byte = load<u8>(at);
  if (byte === QUOTE) return string(at + 1);
  if (byte === 0x7b) return object(at, depth + 1);
  if (byte === 0x5b) return list(at, depth + 1);
  if (byte === 0x74) return word(at, 0x65757274, 4); // true
  if (byte === 0x6e) return word(at, 0x6c6c756e, 4); // null
  if (byte === 0x66) return load<u8>(at, 4) === 0x65 ? word(at, 0x736c6166, 5) : ODD; // false
  return number(at);
}

function object(at: usize, depth: i32): usize {
  if (depth === MAX_DEPTH) return ODD;
  const own = nextObject();
  put(0x7b);
  let place = afterBlanks(at + 1);
  if (load<u8>(place) === 0x7d) return own === base ? ODD : closed(place);
  for (;;) {
    if (load<u8>(place) !== QUOTE) return ODD;
    place = field(place + 1, own, depth);
    if (place === ODD) return ODD;
    const byte = load<u8>(place);
    if (byte === 0x7d) break;
    if (byte !== 0x2c) return ODD;
    put(byte);
    place = afterBlanks(place + 1);
  }
  place = closed(place);
  if (own === base) store<i32>(STARTS + (fields << 2), <i32>(end - ESCAPED));
  return place;
}

function list(at: usize, depth: i32): usize {
  if (depth === MAX_DEPTH) return ODD;
  put(0x5b);
  let place = afterBlanks(at + 1);
  if (load<u8>(place) === 0x5d) return closed(place);
  for (;;) {
    place = value(place, depth);
    if (place === ODD) return ODD;
    place = afterBlanks(place);
    const byte = load<u8>(place);
    if (byte === 0x5d) break;
    if (byte !== 0x2c) return ODD;
    put(byte);
    place = afterBlanks(place + 1);
  }
  return closed(place);
}

function put(byte: i32): void {
  store<u8>(end++, byte);
}

function closed(at: usize): usize {
  put(load<u8>(at));
  return at + 1;
}

/** A key, whose opening quote is behind us, its value, and the blanks that follow. */
function field(at: usize, own: u32, depth: i32): usize {
  if (own === base && !startField()) return ODD;
  const place = key(at);
  if (place === ODD) return ODD;
  const slot = slotOf(hash);
  if (slot === 0 || isRepeated(slot, depth, own)) return ODD;
  const asked = askedAt(slot);
  if (asked > 0 && !isName(asked, at, <i32>(place - 1 - at))) return ODD;
  const colon = afterBlanks(place);
  if (load<u8>(colon) !== 0x3a) return ODD;
  put(0x3a);
  const start = afterBlanks(colon + 1);
  if (asked > 0) return askedValue(asked - 1, own, start, depth);
  if (depth === 0) others++;
  const behind = value(start, depth);
  return behind === ODD ? ODD : afterBlanks(behind);
}

function startField(): bool {
  store<i32>(STARTS + (fields << 2), <i32>(end - ESCAPED));
  return ++fields < MAX_FIELDS;
}

function askedValue(name: i32, own: u32, start: usize, depth: i32): usize {
  const ofField = fields - 1;
  const isDetails = depth === 0 && name === shell && load<u8>(start) === 0x7b;
  if (isDetails) enterDetails();
  const inner = objectNumber + 1;
  const behind = value(start, depth);
  if (behind === ODD || found === MAX_FOUND) return ODD;
  const entry = <usize>FOUND + (found << 2);
  store<i32>(entry, name);
  store<u32>(entry, own, MAX_FOUND * 4);
  store<i32>(entry, ofField, MAX_FOUND * 8);
  store<u32>(entry, inner, MAX_FOUND * 12);
  store<i32>(entry, <i32>(start - TEXT), MAX_FOUND * 16);
  store<i32>(entry, <i32>(behind - TEXT), MAX_FOUND * 20);
  found++;
  if (isDetails) detailsTexts = texts;
  return afterBlanks(behind);
}

/** The next object is the `details` of a document in the shell's form: its fields and texts count, not the document's. */
function enterDetails(): void {
  base = objectNumber + 1;
  fields = 0;
  texts = 0;
}

/** Of the key that was read last. */
let hash: u32 = 0;

/** A key becomes lower case; one with an escape, beyond ASCII, or of digits only (JavaScript puts those first) is odd. */
function key(at: usize): usize {
  let place = at;
  let free = end;
  let mixed: u64 = 0;
  store<u16>(free, 0x225c);
  free += 2;
  for (;;) {
    const bytes = v128.load(place);
    const ends = v128.or(i8x16.eq(bytes, i8x16.splat(<i8>QUOTE)), i8x16.eq(bytes, i8x16.splat(<i8>BACKSLASH)));
    const stops = i8x16.bitmask(v128.or(ends, i8x16.lt_s(bytes, i8x16.splat(<i8>BLANK)))); // bytes beyond ASCII are negative
    const upper = v128.and(i8x16.gt_s(bytes, i8x16.splat(0x40)), i8x16.lt_s(bytes, i8x16.splat(0x5b)));
    const lower = v128.or(bytes, v128.and(upper, i8x16.splat(0x20)));
    const count = ctz(stops | 0x10000);
    const lanes = firstLanes(count);
    const own = v128.and(lower, lanes);
    v128.store(place, v128.or(own, v128.andnot(bytes, lanes)));
    v128.store(free, lower);
    mixed = mixIn(mixed, own);
    place += count;
    free += count;
    if (count < 16) break;
  }
  if (load<u8>(place) !== QUOTE || isAllDigits(at, place)) return ODD;
  store<u16>(free, 0x225c);
  end = free + 2;
  hash = finished(mixed);
  return place + 1;
}

function isAllDigits(at: usize, until: usize): bool {
  for (let place = at; place < until; place++) if (!isDigit(load<u8>(place))) return false;
  return until > at;
}

function isDigit(byte: i32): bool {
  return <u32>(byte - 0x30) < 10;
}

function string(at: usize): usize {
  let place = at;
  let free = end;
  let isTold = false; // whether there is a dot or a colon
  let isPlain = true; // whether all is in ASCII and nothing is escaped
  store<u16>(free, 0x225c);
  free += 2;
  for (;;) {
    const bytes = v128.load(place);
    v128.store(free, bytes);
    const ends = v128.or(i8x16.eq(bytes, i8x16.splat(<i8>QUOTE)), i8x16.eq(bytes, i8x16.splat(<i8>BACKSLASH)));
    const stops = i8x16.bitmask(v128.or(ends, i8x16.lt_u(bytes, i8x16.splat(<i8>BLANK))));
    const marks = i8x16.bitmask(v128.or(i8x16.eq(bytes, i8x16.splat(0x2e)), i8x16.eq(bytes, i8x16.splat(0x3a))));
    const count = ctz(stops | 0x10000);
    const lanes = (1 << count) - 1;
    if ((marks & lanes) !== 0) isTold = true;
    if ((i8x16.bitmask(bytes) & lanes) !== 0) {
      isAscii = false;
      isPlain = false;
    }
    place += count;
    free += count;
    if (count === 16) continue;
    const byte = load<u8>(place);
    if (byte === QUOTE) break;
    if (byte !== BACKSLASH) return ODD;
    isPlain = false;
    hasEscapes = true;
    place = readEscape(place, free);
    if (place === ODD) return ODD;
    free = written;
  }
  store<u16>(free, 0x225c);
  end = free + 2;
  return isNoted(at, <i32>(place - at), isTold, isPlain) ? place + 1 : ODD;
}

/** Notes a text that may hold an indicator; false when there are too many. Its kind is told when it is asked for. */
function isNoted(at: usize, length: i32, isTold: bool, isPlain: bool): bool {
  if (isPlain && !isTold && length < 32) return true;
  if (texts === MAX_TEXTS) return false;
  const entry = <usize>TEXTS + (texts << 2);
  store<i32>(entry, fields - 1);
  store<i32>(entry, <i32>(at - TEXT), MAX_TEXTS * 4);
  store<i32>(entry, <i32>(at - TEXT) + length, MAX_TEXTS * 8);
  store<i32>(entry, isPlain ? (isTold ? TOLD : UNTOLD) : ANY, MAX_TEXTS * 12);
  texts++;
  return true;
}

/** Kinds of texts that are not known yet: with a dot or a colon, and without. */
const TOLD: i32 = -1;
const UNTOLD: i32 = -2;

/**
 * Tells the kind of each of the first noted texts, and leaves out those that hold nothing.
 *
 * @returns how many are left
 */
export function tellTexts(count: i32): i32 {
  let left: usize = TEXTS;
  for (let entry: usize = TEXTS; entry < <usize>TEXTS + (count << 2); entry += 4) {
    const at = load<i32>(entry, MAX_TEXTS * 4);
    let end = load<i32>(entry, MAX_TEXTS * 8);
    let kind = load<i32>(entry, MAX_TEXTS * 12);
    if (kind < 0) kind = kindOf(<usize>TEXT + at, end - at, kind === TOLD);
    if (kind === NOTHING) continue;
    if (kind === NAME) end = at + nameLength;
    store<i32>(left, load<i32>(entry));
    store<i32>(left, at, MAX_TEXTS * 4);
    store<i32>(left, end, MAX_TEXTS * 8);
    store<i32>(left, kind, MAX_TEXTS * 12);
    left += 4;
  }
  return <i32>(left - TEXTS) >> 2;
}

/** @param letters the first four */
function word(at: usize, letters: u32, length: i32): usize {
  if (load<u32>(at) !== letters) return ODD;
  store<u64>(end, load<u64>(at));
  end += length;
  return at + length;
}

/**
 * A number as JSON's grammar has it. Those with at most 15 digits print as they were written, and so do those of nine
 * digits, a point and six digits, the last not zero.
 */
function number(at: usize): usize {
  const start = load<u8>(at) === 0x2d ? at + 1 : at;
  let place = digits(start);
  const whole = place - start;
  const isZero = load<u8>(start) === 0x30;
  if (whole === 0 || (isZero && whole > 1)) return ODD;
  let isPlain = whole <= 15 && (start === at || !isZero);
  if (load<u8>(place) === 0x2e) {
    const fraction = place + 1;
    place = digits(fraction);
    if (place === fraction) return ODD;
    isPlain = whole <= 9 && place - fraction <= 6 && load<u8>(place - 1) !== 0x30;
  }
  if ((load<u8>(place) | 0x20) === 0x65) {
    isPlain = false;
    const sign: i32 = load<u8>(place, 1);
    const exponent = sign === 0x2b || sign === 0x2d ? place + 2 : place + 1;
    place = digits(exponent);
    if (place === exponent) return ODD;
  }
  if (!isPlain) hasPlainNumbers = false;
  for (let i = at; i < place; i += 16) v128.store(end + (i - at), v128.load(i));
  end += place - at;
  return place;
}

function digits(at: usize): usize {
  let place = at;
  while (isDigit(load<u8>(place))) place++;
  return place;
}

function afterBlanks(at: usize): usize {
  return load<u8>(at) > BLANK ? at : skipBlanks(at);
}

function skipBlanks(at: usize): usize {
  let place = at;
  for (let byte = load<u8>(place); byte <= BLANK; byte = load<u8>(++place)) {
    if (byte !== BLANK && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break;
  }
  return place;
}
