import { COMMA } from "./bytes.ts";
import { isObject, type Json, type JsonObject, wellFormedJson } from "./json.ts";
import { remember } from "./memo.ts";
import type { Scanned } from "./scanned.ts";
import { putAll, putByte, putBytes, putJson, putStringWithin, putWithin, roomFor } from "./slab.ts";
import type { Reading } from "./sparse.ts";

/**
 * `details` as the scanned bytes, and what plugins changed of them, in columns, in the order in which it is written. One
 * splice serves event after event.
 */
export interface Splice {
  readonly scanned: Scanned;
  count: number;
  readonly names: string[];
  /** Which field of the scan is written anew, or left out; {@link BEHIND} for a field that follows them. */
  readonly places: number[];
  /** Undefined for a field that is gone. */
  readonly values: (Json | undefined)[];
  /** Bytes that it takes at most within a JSON string. */
  room: number;
}

/** The place of a field that is added. */
const BEHIND = 2 ** 30;

export function createSplice(scanned: Scanned): Splice {
  return { scanned, count: 0, names: [], places: [], values: [], room: 0 };
}

/** What tells how `details` may be written from the bytes that arrived. */
export interface Limits {
  /** Objects that have some of their fields only: they may stay where they are, and cannot be written. */
  readonly partial: readonly JsonObject[];
  /** Whether a name would be among the originals if the document had it. */
  isKnown(name: string): boolean;
  /** Whether plugins may have changed what is within the value of a field, by its place among the originals. */
  isTouched(original: number): boolean;
}

/**
 * Finds what is not the very value that was there, and how `details` are made of the bytes that arrived.
 *
 * @returns false when the bytes cannot tell how a changed value is written
 */
export function fillSplice(splice: Splice, { originals }: Reading, details: JsonObject, limits: Limits): boolean {
  const { names, values, places } = originals;
  splice.count = 0;
  splice.room = splice.scanned.end + 2;
  let next = 0; // what is left of the originals comes first, in their order
  for (const name in details) {
    while (next < names.length && names[next] !== name) drop(splice, places[next++] ?? 0);
    const value = details[name];
    const isOriginal = next < names.length;
    if (isOriginal && Object.is(value, values[next]) && !limits.isTouched(next)) next++;
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
  { partial, isKnown }: Limits,
): boolean {
  const { scanned } = splice;
  if (typeof value === "function" || (place === BEHIND && !isKnown(name))) return false;
  if (typeof value === "number" && !scanned.hasPlainNumbers) {
    // What event_shell moves into incoming details may be such a number, too.
    if (scanned.base !== scanned.root || (place === BEHIND && names.includes(name))) return false;
  }
  if (isUnwritable(value, scanned, partial)) return false;
  splice.names[splice.count] = name;
  splice.places[splice.count] = place;
  splice.values[splice.count++] = value;
  splice.room += roomFor(name) + roomOfValue(value);
  return true;
}

/** A number deep in a value that was moved may be one that does not print as it was written. */
function isUnwritable(value: Json | undefined, scanned: Scanned, partial: readonly JsonObject[]): boolean {
  if (typeof value !== "object" || value === null || isTexts(value)) return false;
  return holdsUnwritable(value, scanned.hasPlainNumbers, partial);
}

function holdsUnwritable(value: Json, hasPlainNumbers: boolean, partial: readonly JsonObject[]): boolean {
  if (typeof value !== "object" || value === null) return typeof value === "number" && !hasPlainNumbers;
  if (isObject(value) && partial.includes(value)) return true;
  return Object.values(value).some((item: Json) => holdsUnwritable(item, hasPlainNumbers, partial));
}

function roomOfValue(value: Json | undefined): number {
  if (typeof value === "string") return roomFor(value);
  if (typeof value !== "object" || value === null) return 32;
  if (!isTexts(value)) return roomFor(JSON.stringify(value) ?? "");
  let room = 2;
  for (const text of value) room += roomFor(text) + 1;
  return room;
}

function isTexts(value: Json): value is string[] {
  if (!Array.isArray(value)) return false;
  for (const item of value) if (typeof item !== "string") return false;
  return true;
}

/** Writes `details` as the inside of a JSON string. */
export function putSplice({ scanned, count, names, places, values }: Splice): void {
  const { fields } = scanned;
  let isFirst = true;
  let next = 0;
  putByte(0x7b);
  for (let i = 0; i < count; i++) {
    const place = Math.min(places[i] ?? 0, fields);
    isFirst = copyFields(scanned, next, place, isFirst);
    next = Math.min(place + 1, fields);
    const value = values[i];
    if (!isJson(value)) continue;
    if (!isFirst) putByte(COMMA);
    isFirst = false;
    putAll(nameWithin(names[i] ?? ""));
    putValue(value);
  }
  copyFields(scanned, next, fields, isFirst);
  putByte(0x7d);
}

/** Writes fields of the scan as they are. @returns whether the next field is still the first */
function copyFields({ escaped, starts }: Scanned, from: number, until: number, isFirst: boolean): boolean {
  if (from === until) return isFirst;
  if (!isFirst) putByte(COMMA);
  putBytes(escaped, starts[from] ?? 0, (starts[until] ?? 0) - 1);
  return false;
}

/** False for what JSON has no word for, such as undefined: JSON.stringify leaves out a field that holds it. */
function isJson(value: Json | undefined): value is Json {
  if (typeof value === "object" && value !== null && "toJSON" in value) return JSON.stringify(value) !== undefined;
  return value !== undefined && typeof value !== "symbol";
}

/** The bytes of a name and its colon, within a JSON string. */
const nameWithin = remember(1000, (name: string): Uint8Array => {
  const json = wellFormedJson(JSON.stringify(name));
  return Buffer.from(`${json.replace(/["\\]/g, "\\$&")}:`);
});

function putValue(value: Json): void {
  if (typeof value === "string") putStringWithin(value);
  else if (typeof value === "boolean" || Number.isSafeInteger(value)) putJson(String(value));
  else if (typeof value === "object" && value !== null && isTexts(value)) putTexts(value);
  else putWithin(wellFormedJson(JSON.stringify(value)));
}

function putTexts(texts: readonly string[]): void {
  putByte(0x5b);
  for (let i = 0; i < texts.length; i++) {
    if (i > 0) putByte(COMMA);
    putStringWithin(texts[i] ?? "");
  }
  putByte(0x5d);
}
