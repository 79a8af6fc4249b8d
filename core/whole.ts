import type { Asked } from "./asked.ts";
import type { Json, JsonObject } from "./json.ts";
import type { KeyIndex } from "./keys.ts";
import { scanned as anyScanned, partOf, type Scanned } from "./scanned.ts";
import type { FoundField, Shape } from "./shapes.ts";
import { foundValue, type Reading } from "./sparse.ts";

/** Of a document that is parsed, each field is an original. */
const INDEXES = Array.from(anyScanned.starts, (_, i) => i);

/** All of the document. */
export function wholeDocument(scanned: Scanned, shape: Shape, asked: readonly Asked[], index: KeyIndex): Reading {
  const { root, base, textEnd, hasPlainNumbers } = scanned;
  const document: JsonObject = JSON.parse(partOf(scanned, 0, textEnd));
  const details = base === root ? document : (document.details as JsonObject); // the scanner saw its brace
  const names = Object.keys(details);
  const originals = { names, values: Object.values(details), places: INDEXES };
  if (!hasPlainNumbers) keepExact(document, base === root ? shape.first : shape.beside, scanned, index);
  // Plugins may change the first level before they ask; in the shell's form it is not the document's own.
  if (shape.nested.size === 0) return { scanned, document, originals };
  if (base !== root) {
    wholeHolders([document], root - 1, scanned, asked, index);
  } else {
    index.findHolders = (key) => {
      index.findHolders = undefined; // all are found at once
      wholeHolders(originals.values, root, scanned, asked, index);
      return index.holders.get(key) ?? [];
    };
  }
  return { scanned, document, originals };
}

/** event_shell makes columns of numbers as they were written. */
function keepExact(document: JsonObject, fields: readonly FoundField[], scanned: Scanned, index: KeyIndex): void {
  for (const { name, at } of fields) foundValue(scanned, at, document, name, index);
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
