/** The objects of a JSON list, alone or as CloudTrail's files have it (`{"Records":[…]}`), told apart without making them. */

import { BACKSLASH, BRACE, BRACE_CLOSED, BRACKET, BRACKET_CLOSED, COMMA, QUOTE } from "./bytes.ts";
import { usualDraft } from "./usual-draft.ts";

const RECORDS = Buffer.from('{"Records":[');

export interface List {
  /** Where each object starts, and where it ends. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  /** True when the list is in an envelope. */
  readonly isWithin: boolean;
}

/** Whether the bytes start as such a list does. */
export function isList(bytes: Buffer): boolean {
  return bytes[0] === BRACKET || (bytes[0] === BRACE && RECORDS.equals(bytes.subarray(0, RECORDS.length)));
}

/** @returns undefined unless all of it is one list of objects that nothing is odd about */
export function listIn(bytes: Buffer): List | undefined {
  const isWithin = bytes[0] === BRACE;
  const starts: number[] = [];
  const ends: number[] = [];
  let at = isWithin ? RECORDS.length : 1;
  for (let next = COMMA; next === COMMA; at++) {
    const start = afterBlanks(bytes, at);
    const end = bytes[start] === BRACE ? objectEnd(bytes, start) : undefined;
    if (end === undefined || !usualDraft(bytes.subarray(start, end))) return undefined;
    starts.push(start);
    ends.push(end);
    at = afterBlanks(bytes, end);
    next = bytes[at] ?? 0;
  }
  if (bytes[at - 1] !== BRACKET_CLOSED) return undefined;
  at = afterBlanks(bytes, at);
  if (isWithin && bytes[at++] !== BRACE_CLOSED) return undefined;
  return afterBlanks(bytes, at) === bytes.length ? { starts, ends, isWithin } : undefined;
}

function afterBlanks(bytes: Buffer, from: number): number {
  let at = from;
  while (isBlank(bytes[at])) at++;
  return at;
}

/** What JSON takes for a blank. */
function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** The place behind an object, if it is well formed. */
function objectEnd(bytes: Buffer, start: number): number | undefined {
  let depth = 0;
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    const bracket = byte | 0x20; // "[" is "{" but for this bit, and "]" is "}"
    if (byte === QUOTE) at = quoteAfter(bytes, at + 1);
    else if (bracket === BRACE) depth++;
    else if (bracket === BRACE_CLOSED && --depth === 0) return at + 1;
  }
  return undefined;
}

/** The quote that ends a string. */
function quoteAfter(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}
