import type { Asked } from "./asked.ts";
import { BRACE } from "./bytes.ts";
import { isObject, type Json, type JsonObject } from "./json.ts";
import type { KeyIndex } from "./keys.ts";
import { type Found, partOf, type Scanned } from "./scanned.ts";
import type { FoundField, Shape } from "./shapes.ts";

/** Fields of a scanned document's first level as plugins get to see them, in the order of the document. */
export interface Originals {
  readonly names: readonly string[];
  /** There may be more of these, which are of an event before. */
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

/** Reads documents with nothing but the found fields. What it gives is good until it reads the next. */
export interface Sparse {
  /**
   * The document; what holds others deeper down is in the index.
   *
   * @returns undefined when it is in the shell's form and has fields that nobody asks for: they belong to `details`
   */
  read(scanned: Scanned, shape: Shape): Reading | undefined;
}

export function createSparse(asked: readonly Asked[], index: KeyIndex): Sparse {
  const values: Json[] = [];
  const places: number[] = [];
  const holders = createSparseHolders(asked, index, values);

  /** Fields beside the `details` of a document in the shell's form. */
  function addBeside(document: JsonObject, details: JsonObject, scanned: Scanned, { beside }: Shape): void {
    for (const { name, at } of beside) {
      document[name] = name === "details" ? details : foundValue(scanned, at, document, name, index);
    }
  }

  function addFirst(details: JsonObject, scanned: Scanned, { first }: Shape): void {
    const { text, found } = scanned;
    for (let i = 0; i < first.length; i++) {
      const field = first[i];
      if (!field) continue;
      const { name, at, parts } = field;
      const isPart = parts && text[found.start[at] ?? 0] === BRACE;
      const value = isPart ? partsOf(scanned, at, parts, index) : foundValue(scanned, at, details, name, index);
      details[name] = value;
      values[i] = value;
      places[i] = found.field[at] ?? 0;
    }
  }

  return {
    read(scanned, shape) {
      const isShell = scanned.base !== scanned.root;
      if (isShell && scanned.others > 0) return undefined;
      const document: JsonObject = {};
      const details: JsonObject = isShell ? {} : document;
      if (isShell) addBeside(document, details, scanned, shape);
      addFirst(details, scanned, shape);
      if (shape.nested.size > 0) index.findHolders = holders(scanned, shape);
      return { scanned, document, originals: { names: shape.names, values, places } };
    },
  };
}

/** An object with nothing but the fields that plugins look at. It is never written: see core/splice.ts. */
function partsOf(scanned: Scanned, holder: number, parts: readonly FoundField[], index: KeyIndex): JsonObject {
  const { found, text } = scanned;
  const result: JsonObject = {};
  for (const { name, at, parts: within } of parts) {
    if (found.object[at] !== found.inner[holder]) continue;
    const isPart = within && text[found.start[at] ?? 0] === BRACE;
    result[name] = isPart ? partsOf(scanned, at, within, index) : foundValue(scanned, at, undefined, name, index);
  }
  index.partial[index.partials++] = result;
  return result;
}

/**
 * Finds the objects beneath the first level that hold a key, with nothing in them but looked-for fields. In the order of the
 * document, an object before those within it. One that plugins see at the first level is that very object.
 *
 * @param values of the shape's first fields
 */
function createSparseHolders(asked: readonly Asked[], index: KeyIndex, values: readonly Json[]) {
  /** The objects that were asked for, by their number. */
  let known = new Map<number, JsonObject>();

  return (scanned: Scanned, shape: Shape) => {
    const { found } = scanned;
    if (known.size > 0) known = new Map();
    return (key: string): JsonObject[] => {
      const numbers = (shape.nested.get(key) ?? []).map((at) => found.object[at] ?? 0);
      return numbers.sort((x, y) => x - y).map((number) => holderOf(number, scanned, shape));
    };
  };

  function holderOf(number: number, scanned: Scanned, shape: Shape): JsonObject {
    const before = known.get(number);
    if (before) return before;
    const { found } = scanned;
    const holder = seenAtFirst(number, found, shape) ?? {};
    for (let i = 0; i < found.count; i++) {
      if (found.object[i] !== number) continue;
      const { name = "", lookup = false } = asked[found.name[i] ?? 0] ?? {};
      if (!lookup || Object.hasOwn(holder, name)) continue;
      holder[name] = foundValue(scanned, i, undefined, name, index);
    }
    known.set(number, holder);
    return holder;
  }

  function seenAtFirst(number: number, { inner }: Found, { first }: Shape): JsonObject | undefined {
    for (let i = 0; i < first.length; i++) {
      const { at = 0, parts } = first[i] ?? {};
      const value = values[i];
      if (inner[at] === number && isObject(value)) return parts ? undefined : value; // others have the number of what follows
    }
    return undefined;
  }
}

/** The value of a found field; in the document, a number that does not print as it was written is kept exact. */
export function foundValue(
  scanned: Scanned,
  i: number,
  holder: JsonObject | undefined,
  name: string,
  index: KeyIndex,
): Json {
  const start = scanned.found.start[i] ?? 0;
  const end = scanned.found.end[i] ?? 0;
  const first = scanned.text[start];
  if (first === 0x22) return textAt(scanned, start + 1, end - 1);
  if (first === 0x6e) return null;
  if (first === 0x74 || first === 0x66) return first === 0x74;
  const isNumber = first !== BRACE && first !== 0x5b;
  const whole = isNumber ? wholeNumberAt(scanned.text, start, end) : -1;
  if (whole >= 0) return whole;
  const source = partOf(scanned, start, end);
  if (isNumber && scanned.hasPlainNumbers) return Number(source);
  const value: Json = JSON.parse(source);
  if (typeof value === "number" && holder && String(value) !== source) {
    const numbers = index.exact.get(holder) ?? new Map();
    index.exact.set(holder, numbers.set(name, { value, source }));
  }
  return value;
}

/** The number that up to nine digits are, which print as they were written; -1 for any others. */
function wholeNumberAt(text: Buffer, start: number, end: number): number {
  if (end - start > 9) return -1;
  let number = 0;
  for (let at = start; at < end; at++) {
    const digit = (text[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
}

/** A text of the document, between its quotes. */
export function textAt(scanned: Scanned, start: number, end: number): string {
  const inside = partOf(scanned, start, end);
  return scanned.hasEscapes && inside.includes("\\") ? JSON.parse(`"${inside}"`) : inside;
}
