import { changesOf, type Edit } from "./changes.ts";
import { isObject, type Json, type JsonObject, wellFormedJson } from "./json.ts";
import type { Scanned } from "./scanned.ts";
import { putAscii, putByte, putBytes, putStringWithin, putWithin, roomFor } from "./slab.ts";
import type { Reading } from "./sparse.ts";

/** `details` as the scanned bytes, and what plugins changed of them. */
export interface Splice {
  readonly scanned: Scanned;
  /** Fields that are written anew or left out, in the order of the document. */
  readonly edits: readonly Edit[];
  /** Fields that follow. */
  readonly added: readonly Pick<Edit, "name" | "value">[];
}

/**
 * Says how `details` are made of the bytes that arrived.
 *
 * @param partial objects that have some of their fields only: they may stay where they are, and cannot be written
 * @param isKnown whether a name would be among the originals if the document had it
 * @returns undefined when the bytes cannot tell how a changed value is written
 */
export function spliceOf(
  { scanned, originals }: Reading,
  details: JsonObject,
  partial: readonly JsonObject[],
  isKnown: (name: string) => boolean,
): Splice | undefined {
  const now = Object.keys(details);
  const { edits, kept } = changesOf(originals, now, details);
  // What event_shell moves into incoming details may be such a number, too.
  const mayBeMovedIn = scanned.base !== scanned.root && !scanned.hasPlainNumbers;
  for (const { value } of edits) {
    if (typeof value === "number" && mayBeMovedIn) return undefined;
    if (isUnwritable(value, scanned, partial)) return undefined;
  }
  const added: { name: string; value: Json | undefined }[] = [];
  for (let i = kept; i < now.length; i++) {
    const name = now[i] ?? "";
    const value = details[name];
    if (!isKnown(name)) return undefined;
    if (typeof value === "number" && (originals.names.includes(name) || mayBeMovedIn)) return undefined;
    if (isUnwritable(value, scanned, partial)) return undefined;
    added.push({ name, value });
  }
  return { scanned, edits, added };
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

/** Bytes that a splice takes at most within a JSON string. */
export function roomOf({ scanned, edits, added }: Splice): number {
  let room = scanned.end + 2;
  for (const { name, value } of edits) room += roomFor(name) + roomOfValue(value);
  for (const { name, value } of added) room += roomFor(name) + roomOfValue(value);
  return room;
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
export function putSplice({ scanned, edits, added }: Splice): void {
  const { escaped, starts, fields } = scanned;
  let isFirst = true;
  let next = 0;
  const comma = () => {
    if (!isFirst) putByte(COMMA);
    isFirst = false;
  };
  const copyUntil = (place: number) => {
    if (place === next) return;
    comma();
    putBytes(escaped, starts[next] ?? 0, (starts[place] ?? 0) - 1);
  };
  putByte(0x7b);
  for (const { place, name, value } of edits) {
    copyUntil(place);
    next = place + 1;
    if (isJson(value)) putField(name, value, comma);
  }
  copyUntil(fields);
  for (const { name, value } of added) if (isJson(value)) putField(name, value, comma);
  putByte(0x7d);
}

const COMMA = 0x2c;

/** False for what JSON has no word for, such as undefined or a function: JSON.stringify leaves out a field that holds it. */
function isJson(value: Json | undefined): value is Json {
  if (typeof value === "object" && value !== null && "toJSON" in value) return JSON.stringify(value) !== undefined;
  return value !== undefined && typeof value !== "function" && typeof value !== "symbol";
}

function putField(name: string, value: Json, comma: () => void): void {
  comma();
  putStringWithin(name);
  putByte(0x3a);
  putValue(value);
}

function putValue(value: Json): void {
  if (typeof value === "string") putStringWithin(value);
  else if (typeof value === "boolean" || Number.isSafeInteger(value)) putAscii(String(value));
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
