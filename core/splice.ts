import { COMMA } from "./bytes.ts";
import { areTexts } from "./event.ts";
import { isObject, type Json, type JsonObject, wellFormedJson } from "./json.ts";
import { isPartial, type KeyIndex } from "./keys.ts";
import { remember } from "./memo.ts";
import type { Scanned } from "./scanned.ts";
import type { Snapshot } from "./snapshot.ts";
import type { Reading } from "./sparse.ts";
import { putAll, putByte, putEscaped, putStringWithin, putWithin, roomFor } from "./writer.ts";

/**
 * `details` as the scanned bytes, and what plugins changed of them, in columns, in the order in which it is written. One
 * splice serves event after event.
 */
export interface Splice {
  readonly scanned: Scanned;
  count: number;
  readonly heads: Head[];
  /** Which field of the scan is written anew, or left out; {@link BEHIND} for a field that follows them. */
  readonly places: number[];
  /** Undefined for a field that is gone. */
  readonly values: (Writable | undefined)[];
  /** Bytes that it takes at most within a JSON string. */
  room: number;
  readonly headOf: (name: string) => Head;
}

/** A text, a list of texts, or JSON. */
type Writable = string | readonly string[] | { readonly json: string };

/** The start of a field. */
interface Head {
  /** The name and its colon, within a JSON string. */
  readonly bytes: Uint8Array;
  /** Whether plugins look at a field of that name: then it would be among the originals if the document had it. */
  readonly isSeen: boolean;
}

/** The place of a field that is added. */
const BEHIND = 2 ** 30;

/** @param seen names of fields that plugins look at */
export function createSplice(scanned: Scanned, seen: ReadonlySet<string>): Splice {
  const headOf = remember(1000, (name: string) => ({ bytes: nameWithin(name), isSeen: seen.has(name) }));
  return { scanned, count: 0, heads: [], places: [], values: [], room: 0, headOf };
}

/** What tells how `details` may be written from the bytes that arrived. */
export interface Limits {
  /** It knows the objects that have some of their fields only: they may stay where they are, and cannot be written. */
  readonly index: KeyIndex;
  /** True when every field of the document is among the originals; else those that plugins look at are. */
  readonly areAll: boolean;
  /** Tells whether plugins changed what is within the values; undefined when they cannot have. */
  readonly snapshot: Snapshot | undefined;
}

/**
 * Finds what is not the very value that was there, and how `details` are made of the bytes that arrived.
 *
 * @returns false when the bytes cannot tell how a changed value is written
 */
export function fillSplice(splice: Splice, { originals }: Reading, details: JsonObject, limits: Limits): boolean {
  const { names, values, places } = originals;
  const { snapshot } = limits;
  splice.count = 0;
  splice.room = splice.scanned.end + 2;
  let next = 0; // what is left of the originals comes first, in their order
  for (const name in details) {
    while (next < names.length && names[next] !== name) drop(splice, places[next++] ?? 0);
    const value = details[name];
    const isOriginal = next < names.length;
    if (isOriginal && Object.is(value, values[next]) && !snapshot?.isTouched(next)) next++;
    else if (!add(splice, name, isOriginal ? (places[next++] ?? 0) : BEHIND, value, originals, limits)) return false;
  }
  while (next < names.length) drop(splice, places[next++] ?? 0);
  return true;
}

function drop(splice: Splice, place: number): void {
  splice.places[splice.count] = place;
  splice.values[splice.count++] = undefined;
}

/** False when what the value was before it came here may be written otherwise than its value tells. */
function add(
  splice: Splice,
  name: string,
  place: number,
  value: Json | undefined,
  { names }: Reading["originals"],
  { index, areAll }: Limits,
): boolean {
  const { scanned } = splice;
  const head = splice.headOf(name);
  if (typeof value === "function" || (place === BEHIND && !areAll && !head.isSeen)) return false;
  if (typeof value === "number" && !scanned.hasPlainNumbers) {
    // What event_shell moves into incoming details may be such a number, too.
    if (scanned.base !== scanned.root || (place === BEHIND && names.includes(name))) return false;
  }
  if (typeof value === "object" && value !== null && isUnwritable(value, scanned, index)) return false;
  const writable = writableOf(value);
  splice.heads[splice.count] = head;
  splice.places[splice.count] = place;
  splice.values[splice.count++] = writable;
  if (writable !== undefined) splice.room += head.bytes.length + 1 + roomOf(writable);
  return true;
}

/** A number deep in a value that was moved may be one that does not print as it was written. */
function isUnwritable(value: Json[] | JsonObject, scanned: Scanned, index: KeyIndex): boolean {
  return !areTexts(value) && holdsUnwritable(value, scanned.hasPlainNumbers, index);
}

function holdsUnwritable(value: Json, hasPlainNumbers: boolean, index: KeyIndex): boolean {
  if (typeof value !== "object" || value === null) return typeof value === "number" && !hasPlainNumbers;
  if (isObject(value) && isPartial(index, value)) return true;
  return Object.values(value).some((item: Json) => holdsUnwritable(item, hasPlainNumbers, index));
}

/** A value as it is written; undefined for what JSON has no word for. */
function writableOf(value: Json | undefined): Writable | undefined {
  if (typeof value === "string" || areTexts(value)) return value;
  if (typeof value === "boolean") return value ? TRUE : FALSE;
  const json = Number.isSafeInteger(value) ? String(value) : JSON.stringify(value);
  return json === undefined ? undefined : { json: wellFormedJson(json) };
}

const TRUE = { json: "true" };
const FALSE = { json: "false" };

function roomOf(value: Writable): number {
  if (typeof value === "string") return roomFor(value);
  if ("json" in value) return roomFor(value.json);
  let room = 2;
  for (const text of value) room += roomFor(text) + 1;
  return room;
}

/** Writes `details` as the inside of a JSON string. */
export function putSplice({ scanned, count, heads, places, values }: Splice): void {
  const { fields } = scanned;
  let isFirst = true;
  let next = 0;
  putByte(0x7b);
  for (let i = 0; i < count; i++) {
    const place = Math.min(places[i] ?? 0, fields);
    isFirst = copyFields(scanned, next, place, isFirst);
    next = Math.min(place + 1, fields);
    const value = values[i];
    if (value === undefined) continue;
    if (!isFirst) putByte(COMMA);
    isFirst = false;
    putAll(heads[i]?.bytes ?? NO_BYTES);
    putValue(value);
  }
  copyFields(scanned, next, fields, isFirst);
  putByte(0x7d);
}

/** Writes fields of the scan as they are. @returns whether the next field is still the first */
function copyFields({ starts }: Scanned, from: number, until: number, isFirst: boolean): boolean {
  if (from === until) return isFirst;
  if (!isFirst) putByte(COMMA);
  putEscaped(starts[from] ?? 0, (starts[until] ?? 0) - 1);
  return false;
}

const NO_BYTES = new Uint8Array();

/** The bytes of a name and its colon, within a JSON string. */
function nameWithin(name: string): Uint8Array {
  const json = wellFormedJson(JSON.stringify(name));
  return Buffer.from(`${json.replace(/["\\]/g, "\\$&")}:`);
}

function putValue(value: Writable): void {
  if (typeof value === "string") putStringWithin(value);
  else if ("json" in value) putWithin(value.json);
  else putTexts(value);
}

function putTexts(texts: readonly string[]): void {
  putByte(0x5b);
  for (let i = 0; i < texts.length; i++) {
    if (i > 0) putByte(COMMA);
    putStringWithin(texts[i] ?? "");
  }
  putByte(0x5d);
}
