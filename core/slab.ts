/**
 * Where rows are written, one behind another: they are never copied until they are packed. Between `openRow` and `closeRow`
 * the functions of this file write a row's parts.
 */

import { wellFormedJson } from "./json.ts";

const SLAB_BYTES = 512 * 1024;

let slab = Buffer.alloc(0);
/** What it is a view of: asking it each time takes longer. */
let memory = slab.buffer;
/** The row that was closed last. */
let last: Uint8Array = slab;
/** Where the row at hand starts, and how far it is written. */
let start = 0;
let end = 0;

/** Bytes that JSON has an escape sequence for: quotes, backslashes and control characters. */
const ESCAPED = new Uint8Array(256).fill(1, 0, 0x20);
ESCAPED[0x22] = 1;
ESCAPED[0x5c] = 1;

/** Most characters that are copied one by one: a call takes longer, above all for a text that was put together. */
const SHORT = 40;

/** Begins a row. @param bytes that it takes at most */
export function openRow(bytes: number): void {
  if (end + bytes > slab.length) {
    slab = Buffer.allocUnsafeSlow(Math.max(bytes, SLAB_BYTES));
    memory = slab.buffer;
    end = 0;
  }
  start = end;
}

export function closeRow(): Uint8Array {
  last = new Uint8Array(memory, start, end - start);
  return last;
}

/** Gives the room of a row back that was copied, if no other was begun since: its bytes are written over. */
export function releaseRow(row: Uint8Array): void {
  if (row === last) end = start;
}

/** Bytes that a text takes at most within a JSON string within a JSON string: six for a control character, escaped. */
export function roomFor(text: string): number {
  return text.length * 7 + 4;
}

/** Writes JSON. */
export function putJson(json: string): void {
  if (json.length > SHORT || !putShort(json)) end += slab.write(json, end);
}

/** Writes bytes of JSON, all of them. */
export function putAll(bytes: Uint8Array): void {
  slab.set(bytes, end);
  end += bytes.length;
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

/** False when some character needs an escape sequence: then nothing of it counts as written. */
function putPlain(text: string): boolean {
  if (text.length <= SHORT) return putShort(text);
  const to = slab;
  const until = end + to.write(text, end);
  let escaped = 0;
  for (let at = end; at < until; at++) escaped |= ESCAPED[to[at] ?? 0] ?? 0;
  if (escaped !== 0) return false;
  end = until;
  return true;
}

/** The same for few characters, which are copied faster here than by a call; false for those beyond ASCII, too. */
function putShort(text: string): boolean {
  const to = slab;
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
