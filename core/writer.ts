/**
 * Writes a row: between `openRow` and `closeRow` the functions of this file write its parts. There is one row at a time, and
 * the next is written over it.
 */

import { writeAt } from "./buffers.ts";
import { wellFormedJson } from "./json.ts";
import { scanned } from "./scanned.ts";
import { bytesAt, constant, scanner } from "./scanner.ts";

/** Where rows are written, in the scanner's memory, which has what they are mostly made of; larger ones have their own. */
const usual = bytesAt(constant("ROW"), constant("MAX_ROW_BYTES"));
const memory = usual.buffer;

let row = usual;
let isUsual = true;
/** How far the row is written. */
let end = 0;

/** Bytes that JSON has an escape sequence for: quotes, backslashes and control characters. */
const ESCAPED = new Uint8Array(256).fill(1, 0, 0x20);
ESCAPED[0x22] = 1;
ESCAPED[0x5c] = 1;

/** Most characters that are copied one by one: a call takes longer, above all for a text that was put together. */
const SHORT = 24;

/** Begins a row. @param bytes that it takes at most */
export function openRow(bytes: number): void {
  isUsual = bytes <= usual.length;
  row = isUsual ? usual : Buffer.allocUnsafeSlow(bytes);
  end = 0;
}

/** @returns the row, which is good until the next is opened */
export function closeRow(): Uint8Array {
  return isUsual ? new Uint8Array(memory, usual.byteOffset, end) : row.subarray(0, end);
}

/** Bytes that a text takes at most within a JSON string within a JSON string: six for a control character, escaped. */
export function roomFor(text: string): number {
  return text.length * 7 + 4;
}

/** Writes JSON. */
export function putJson(json: string): void {
  if (!putShort(json)) end += writeAt(row, json, end);
}

/** Writes bytes of JSON, all of them. */
export function putAll(bytes: Uint8Array): void {
  row.set(bytes, end);
  end += bytes.length;
}

/** Writes a text as a JSON string. */
export function putString(text: string): void {
  const before = end;
  row[end++] = 0x22;
  if (putPlain(text)) {
    row[end++] = 0x22;
  } else {
    end = before;
    end += writeAt(row, wellFormedJson(JSON.stringify(text)), end);
  }
}

/** Writes a text as a JSON string within a JSON string. */
export function putStringWithin(text: string): void {
  const before = end;
  row[end++] = 0x5c;
  row[end++] = 0x22;
  if (putPlain(text)) {
    row[end++] = 0x5c;
    row[end++] = 0x22;
  } else {
    end = before;
    putWithin(wellFormedJson(JSON.stringify(text)));
  }
}

/** False when some character needs an escape sequence: then nothing of it counts as written. */
function putPlain(text: string): boolean {
  if (text.length <= SHORT) return putShort(text);
  const bytes = writeAt(row, text, end);
  if (!isPlain(bytes)) return false;
  end += bytes;
  return true;
}

/** True when none of the bytes that come next needs an escape sequence. */
function isPlain(bytes: number): boolean {
  if (isUsual) return scanner.isPlain(end, bytes) !== 0;
  return row.subarray(end, end + bytes).every((byte) => ESCAPED[byte] === 0);
}

/** The same for few characters, which are copied faster here than by a call; false for those beyond ASCII, too. */
function putShort(text: string): boolean {
  const to = row;
  let at = end;
  let escaped = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    escaped |= code > 0x7e ? 1 : (ESCAPED[code] ?? 0);
    to[at++] = code;
  }
  if (escaped !== 0) return false;
  end = at;
  return true;
}

/** Working space, reused: JSON text as bytes. */
let plain = Buffer.alloc(1 << 16);

/**
 * Writes JSON text as the inside of a JSON string: being without a line end, it needs nothing escaped but quotes and
 * backslashes, which UTF-8 has in no other character.
 */
export function putWithin(json: string): void {
  if (json.length * 3 > plain.length) plain = Buffer.alloc(json.length * 3);
  const from = plain;
  const to = row;
  const length = from.write(json);
  let at = end;
  for (let i = 0; i < length; i++) {
    const byte = from[i] ?? 0;
    if (byte === 0x22 || byte === 0x5c) to[at++] = 0x5c;
    to[at++] = byte;
  }
  end = at;
}

/** Writes what the scanner wrote, from one place to another. */
export function putEscaped(from: number, until: number): void {
  if (isUsual) scanner.copyEscaped(from, end, until - from);
  else scanned.escaped.copy(row, end, from, until);
  end += until - from;
}

/** Writes one byte. */
export function putByte(byte: number): void {
  row[end++] = byte;
}
