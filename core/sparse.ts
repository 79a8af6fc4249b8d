import { isObject, type Json, type JsonObject } from "./json.ts";
import type { Interest, KeyIndex } from "./keys.ts";
import { partOf, type Scanned } from "./scanned.ts";

/** A name that some plugin registers for or asks for. */
export interface Asked extends Interest {
  readonly name: string;
  /** True when plugins look at the field of that name at the first level, not only at whether there is one. */
  readonly seen: boolean;
  /** The fields of the object there that plugins look at, when they look at no others. */
  readonly parts?: Parts | undefined;
  /** What an event that has it at its first level must be, beyond a sparse document. */
  readonly needs: "reference" | "whole" | undefined;
}

/** By name, and what is looked at within: nothing means all of it. */
export type Parts = ReadonlyMap<string, Parts | undefined>;

/** Fields of a scanned document's first level as plugins get to see them, in the order of the document. */
export interface Originals {
  readonly names: readonly string[];
  readonly values: readonly Json[];
  /** Which field of the scan each one is. */
  readonly places: readonly number[];
}

/** A document as plugins get it, and the fields of it that become those of `details`. */
export interface Reading {
  readonly scanned: Scanned;
  readonly document: JsonObject;
  readonly originals: Originals;
}

/**
 * Notes what the found fields tell the runner.
 *
 * @returns how much of the document must be read; undefined when it must be parsed by the reference
 */
export function noteFound(
  { found, root, base }: Scanned,
  asked: readonly Asked[],
  index: KeyIndex,
): "sparse" | "whole" | undefined {
  const { count, name, object } = found;
  let isWhole = false;
  for (let i = 0; i < count; i++) {
    const entry = asked[name[i] ?? 0];
    const isFirst = object[i] === root || object[i] === base;
    if (!entry || (entry.needs === "reference" && isFirst)) return undefined;
    if (entry.name === "details" && object[i] === root && base === root) return undefined;
    if (entry.needs === "whole" && isFirst) isWhole = true;
    for (const plugin of entry.summons) index.summoned[plugin] = 1;
    if (!entry.lookup) continue;
    if (!index.named.includes(entry.name)) index.named.push(entry.name);
    if (!isFirst) index.nested.push(entry.name);
  }
  return isWhole ? "whole" : "sparse";
}

/**
 * The document with nothing but the found fields; what holds others deeper down is in the index.
 *
 * @returns undefined when it is in the shell's form and has fields that nobody asks for: they belong to `details`
 */
export function sparseDocument(scanned: Scanned, asked: readonly Asked[], index: KeyIndex): Reading | undefined {
  const { root, base, others, found } = scanned;
  if (base !== root && others > 0) return undefined;
  const document: JsonObject = {};
  const details: JsonObject = base === root ? document : {};
  const names: string[] = [];
  const values: Json[] = [];
  const places: number[] = [];
  for (let i = 0; i < found.count; i++) {
    const object = found.object[i];
    if (object !== root && object !== base) continue;
    const { name = "", seen = false, parts } = asked[found.name[i] ?? 0] ?? {};
    if (object === root && base !== root) {
      document[name] = name === "details" ? details : foundValue(scanned, i, document, name, index);
    } else if (seen) {
      const isPart = parts && scanned.text[found.start[i] ?? 0] === BRACE;
      const value = isPart ? partsOf(scanned, i, parts, asked, index) : foundValue(scanned, i, details, name, index);
      details[name] = value;
      names.push(name);
      values.push(value);
      places.push(found.field[i] ?? 0);
    }
  }
  const reading = { scanned, document, originals: { names, values, places } };
  if (index.nested.length > 0) index.findHolders = createSparseHolders(reading, asked, index);
  return reading;
}

const BRACE = 0x7b;

/** An object with nothing but the fields that plugins look at. It is never written: see core/splice.ts. */
function partsOf(scanned: Scanned, i: number, parts: Parts, asked: readonly Asked[], index: KeyIndex): JsonObject {
  const { found, text } = scanned;
  const { inner, object, name, start } = found;
  const result: JsonObject = {};
  for (let j = i - 1; j >= 0 && (start[j] ?? 0) > (start[i] ?? 0); j--) {
    const part = object[j] === inner[i] ? asked[name[j] ?? 0]?.name : undefined;
    if (part === undefined || !parts.has(part)) continue;
    const within = parts.get(part);
    const isPart = within && text[start[j] ?? 0] === BRACE;
    result[part] = isPart ? partsOf(scanned, j, within, asked, index) : foundValue(scanned, j, undefined, part, index);
  }
  index.partial.push(result);
  return result;
}

/**
 * Finds the objects beneath the first level that hold a key, with nothing in them but looked-for fields. In the order of the
 * document, an object before those within it. One that plugins see at the first level is that very object.
 */
function createSparseHolders({ scanned, originals }: Reading, asked: readonly Asked[], index: KeyIndex) {
  const { found, root, base } = scanned;
  const known = new Map<number, JsonObject>();
  return (key: string): JsonObject[] => {
    const numbers: number[] = [];
    for (let i = 0; i < found.count; i++) {
      const object = found.object[i] ?? 0;
      if (asked[found.name[i] ?? 0]?.name === key && object !== root && object !== base) numbers.push(object);
    }
    return numbers.sort((x, y) => x - y).map(holderOf);
  };

  function holderOf(number: number): JsonObject {
    const before = known.get(number);
    if (before) return before;
    const holder = seenAtFirst(number) ?? {};
    for (let i = 0; i < found.count; i++) {
      const { name = "", lookup = false } = asked[found.name[i] ?? 0] ?? {};
      if (!lookup || found.object[i] !== number || Object.hasOwn(holder, name)) continue;
      holder[name] = foundValue(scanned, i, undefined, name, index);
    }
    known.set(number, holder);
    return holder;
  }

  function seenAtFirst(number: number): JsonObject | undefined {
    for (let i = 0; i < found.count; i++) {
      if (found.inner[i] !== number || found.object[i] !== base) continue;
      const value = originals.values[originals.places.indexOf(found.field[i] ?? -1)];
      const { parts } = asked[found.name[i] ?? 0] ?? {};
      if (isObject(value) && !parts) return value;
    }
    return undefined;
  }
}

/** All of the document. */
export function wholeDocument(scanned: Scanned, asked: readonly Asked[], index: KeyIndex): Reading {
  const { root, base, found, textEnd } = scanned;
  const document: JsonObject = JSON.parse(partOf(scanned, 0, textEnd));
  const details = base === root ? document : (document.details as JsonObject); // the scanner saw its brace
  const names = Object.keys(details);
  const originals = { names, values: Object.values(details), places: [...names.keys()] };
  for (let i = 0; i < found.count && !scanned.hasPlainNumbers; i++) {
    if (found.object[i] === root) foundValue(scanned, i, document, asked[found.name[i] ?? 0]?.name ?? "", index);
  }
  // Plugins may change the first level before they ask; in the shell's form it is not the document's own.
  if (base !== root) wholeHolders([document], root - 1, scanned, asked, index);
  else if (index.nested.length > 0)
    index.findHolders = (key) => {
      index.findHolders = undefined; // all are found at once
      wholeHolders(originals.values, root, scanned, asked, index);
      return index.holders.get(key) ?? [];
    };
  return { scanned, document, originals };
}

/** @param number of the last object before the values, which must be as the scanner met them: not changed by plugins yet */
function wholeHolders(
  values: readonly Json[],
  number: number,
  scanned: Scanned,
  asked: readonly Asked[],
  index: KeyIndex,
): void {
  const { found, root, base } = scanned;
  const nested = new Map<number, string[]>();
  let last = 0;
  for (let i = 0; i < found.count; i++) {
    const { name = "", lookup = false } = asked[found.name[i] ?? 0] ?? {};
    const object = found.object[i] ?? 0;
    if (!lookup || object === root || object === base) continue;
    nested.set(object, [...(nested.get(object) ?? []), name]);
    last = Math.max(last, object);
  }
  const search = { number, last, nested, index };
  for (const value of values) findHolders(value, search);
}

interface Search {
  /** Of the object that was met last: the scanner met them in the same order. */
  number: number;
  /** Of the last object that is looked for. */
  readonly last: number;
  /** The looked-for names by the number of the object that holds them. */
  readonly nested: ReadonlyMap<number, readonly string[]>;
  readonly index: KeyIndex;
}

function findHolders(value: Json, search: Search): void {
  if (typeof value !== "object" || value === null || search.number >= search.last) return;
  if (Array.isArray(value)) {
    for (const item of value) findHolders(item, search);
    return;
  }
  for (const name of search.nested.get(++search.number) ?? []) noteHolder(name, value, search.index);
  for (const child of Object.values(value)) findHolders(child, search);
}

function noteHolder(name: string, holder: JsonObject, index: KeyIndex): void {
  const known = index.holders.get(name);
  if (known) known.push(holder);
  else index.holders.set(name, [holder]);
}

/** The value of a found field; in the document, a number that does not print as it was written is kept exact. */
function foundValue(scanned: Scanned, i: number, holder: JsonObject | undefined, name: string, index: KeyIndex): Json {
  const start = scanned.found.start[i] ?? 0;
  const end = scanned.found.end[i] ?? 0;
  const first = scanned.text[start];
  if (first === 0x22) return textAt(scanned, start + 1, end - 1);
  if (first === 0x6e) return null;
  if (first === 0x74 || first === 0x66) return first === 0x74;
  const source = partOf(scanned, start, end);
  const isNumber = first !== BRACE && first !== 0x5b;
  if (isNumber && scanned.hasPlainNumbers) return Number(source);
  const value: Json = JSON.parse(source);
  if (typeof value === "number" && holder && String(value) !== source) {
    const numbers = index.exact.get(holder) ?? new Map();
    index.exact.set(holder, numbers.set(name, { value, source }));
  }
  return value;
}

/** A text of the document, between its quotes. */
export function textAt(scanned: Scanned, start: number, end: number): string {
  const inside = partOf(scanned, start, end);
  return inside.includes("\\") ? JSON.parse(`"${inside}"`) : inside;
}
