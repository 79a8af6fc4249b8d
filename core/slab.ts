/**
 * Where rows are written, one behind another: they are never copied until they are packed. Between `openRow` and `closeRow`
 * the functions of this file write a row's parts; texts of a few characters are copied faster here than by a call.
 */

import { wellFormedJson } from "./json.ts";

const SLAB_BYTES = 512 * 1024;

let slab = Buffer.alloc(0);
/** Where the row at hand starts, and how far it is written. */
let start = 0;
let end = 0;

/** Characters that JSON writes as they are, of one byte each. */
const PLAIN = new Uint8Array(128).fill(1, 0x20, 0x7f);
PLAIN[0x22] = 0;
PLAIN[0x5c] = 0;

/** Most characters that are copied one by one. */
const SHORT = 200;

/** Begins a row. @param bytes that it takes at most */
export function openRow(bytes: number): void {
  if (end + bytes > slab.length) {
    slab = Buffer.allocUnsafeSlow(Math.max(bytes, SLAB_BYTES));
    end = 0;
  }
  start = end;
}

export function closeRow(): Uint8Array {
  return slab.subarray(start, end);
}

/** Bytes that a text takes at most within a JSON string within a JSON string: six for a control character, escaped. */
export function roomFor(text: string): number {
  return text.length * 7 + 4;
}

/** Writes JSON that is in ASCII. */
export function putAscii(text: string): void {
  if (text.length > SHORT) {
    end += slab.write(text, end, "latin1");
    return;
  }
  for (let i = 0; i < text.length; i++) slab[end++] = text.charCodeAt(i);
}

/** Writes JSON. */
export function putJson(json: string): void {
  end += slab.write(json, end);
}

/** Writes a text as a JSON string. */
export function putString(text: string): void {
  const before = end;
  slab[end++] = 0x22;
  if (putPlain(text)) {
    slab[end++] = 0x22;
  } else {
    end = before;
    end += slab.write(wellFormedJson(JSON.stringify(text)), end);
  }
}

/** Writes a text as a JSON string within a JSON string. */
export function putStringWithin(text: string): void {
  const before = end;
  slab[end++] = 0x5c;
  slab[end++] = 0x22;
  if (putPlain(text)) {
    slab[end++] = 0x5c;
    slab[end++] = 0x22;
  } else {
    end = before;
    putWithin(wellFormedJson(JSON.stringify(text)));
  }
}

/** False when some character is not plain, or there are many: then nothing of it counts as written. */
function putPlain(text: string): boolean {
  const { length } = text;
  if (length > SHORT) return false;
  const to = slab;
  let at = end;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7e || PLAIN[code] !== 1) return false;
    to[at++] = code;
  }
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
  const to = slab;
  const length = from.write(json);
  let at = end;
  for (let i = 0; i < length; i++) {
    const byte = from[i] ?? 0;
    if (byte === 0x22 || byte === 0x5c) to[at++] = 0x5c;
    to[at++] = byte;
  }
  end = at;
}

/** Writes bytes as they are. */
export function putBytes(bytes: Buffer, from: number, until: number): void {
  end += bytes.copy(slab, end, from, until);
}

/** Writes one byte. */
export function putByte(byte: number): void {
  slab[end++] = byte;
}
