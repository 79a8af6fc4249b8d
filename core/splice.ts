import { isObject, type Json, type JsonObject, wellFormedJson } from "./json.ts";
import type { Scanned } from "./scan.ts";

/** Fields of a scanned document's first level as plugins get to see them, in the order of the document. */
export interface Originals {
  readonly names: readonly string[];
  readonly values: readonly Json[];
  /** Which field of the scan each one is. */
  readonly places: readonly number[];
}

/** `details` as the scanned bytes, and what plugins changed of them. */
export interface Splice {
  readonly scanned: Scanned;
  /** Fields that are written anew, as the inside of a JSON string, or left out; in the order of the document. */
  readonly edits: readonly { readonly place: number; readonly json: string | undefined }[];
  /** Fields that follow, likewise, with commas between them. */
  readonly added: string;
}

/**
 * Finds what plugins changed at the first level: only what is not the very value that was there.
 *
 * @param isKnown whether a name would be among the originals if the document had it
 * @returns undefined when the bytes cannot tell how a changed value is written
 */
export function spliceOf(
  scanned: Scanned,
  { names, values, places }: Originals,
  details: JsonObject,
  isKnown: (name: string) => boolean,
): Splice | undefined {
  const edits: { place: number; json: string | undefined }[] = [];
  const now = Object.keys(details);
  const valuesNow = Object.values(details);
  const isShell = scanned.base !== scanned.root;
  let kept = 0; // what is left of the originals comes first, in their order
  for (let i = 0; i < names.length; i++) {
    const name = names[i] ?? "";
    const isKept = now[kept] === name;
    const value = isKept ? valuesNow[kept] : undefined;
    if (isKept) kept++;
    if (isKept && Object.is(value, values[i])) continue;
    if (mayHoldExactNumber(scanned, value)) return undefined;
    edits.push({ place: places[i] ?? 0, json: fieldJson(name, value) });
  }
  let added = "";
  for (let i = kept; i < now.length; i++) {
    const name = now[i] ?? "";
    const value = valuesNow[i];
    if (!isKnown(name)) return undefined;
    if (typeof value === "number" && (names.includes(name) || (isShell && !scanned.hasPlainNumbers))) return undefined;
    if (mayHoldExactNumber(scanned, value)) return undefined;
    const json = fieldJson(name, value);
    if (json !== undefined) added += added === "" ? json : `,${json}`;
  }
  return { scanned, edits, added };
}

/** A number deep in a value that was moved may be one that does not print as it was written. */
function mayHoldExactNumber({ hasPlainNumbers }: Scanned, value: Json | undefined): boolean {
  return !hasPlainNumbers && typeof value === "object" && value !== null && holdsNumber(value);
}

function holdsNumber(value: Json): boolean {
  if (Array.isArray(value)) return value.some(holdsNumber);
  return isObject(value) ? Object.values(value).some(holdsNumber) : typeof value === "number";
}

/** `"name":value` as the inside of a JSON string; undefined for what JSON has no word for. */
function fieldJson(name: string, value: Json | undefined): string | undefined {
  const json = insideJson(value);
  return json === undefined ? undefined : `${nameJson(name)}:${json}`;
}

/** Text that JSON writes as it is. */
const PLAIN = /^[ !#-[\]-~]*$/;

function insideJson(value: Json | undefined): string | undefined {
  if (typeof value === "string" && PLAIN.test(value)) return `\\"${value}\\"`;
  const json = JSON.stringify(value);
  return json === undefined ? undefined : JSON.stringify(wellFormedJson(json)).slice(1, -1);
}

/** Names that plugins gave fields; of names that are data, the table would fill up. */
const namesJson = new Map<string, string>();

function nameJson(name: string): string {
  const known = namesJson.get(name);
  if (known !== undefined) return known;
  if (namesJson.size > 1000) namesJson.clear();
  const json = insideJson(name) ?? "";
  namesJson.set(name, json);
  return json;
}

/** Bytes that a splice takes at most within a JSON string. */
export function roomOf({ scanned, edits, added }: Splice): number {
  let characters = added.length;
  for (const { json } of edits) characters += json?.length ?? 0;
  return scanned.end + characters * 3;
}

/**
 * Writes the fields that were there before, as the inside of a JSON string; `added` is to follow.
 *
 * @returns the place behind them
 */
export function writeFields({ scanned, edits }: Splice, target: Buffer, at: number): number {
  const { escaped, starts, fields } = scanned;
  let end = at;
  let next = 0;
  const copyUntil = (place: number) => {
    if (place === next) return;
    if (end > at) target[end++] = COMMA;
    end += escaped.copy(target, end, starts[next], (starts[place] ?? 0) - 1);
  };
  for (const { place, json } of edits) {
    copyUntil(place);
    next = place + 1;
    if (json === undefined) continue;
    if (end > at) target[end++] = COMMA;
    end += target.write(json, end);
  }
  copyUntil(fields);
  return end;
}

const COMMA = 0x2c;
