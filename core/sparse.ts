import type { Json, JsonObject } from "./json.ts";
import type { Interest, KeyIndex } from "./keys.ts";
import { holdersOf } from "./path.ts";
import type { Found, Scanned } from "./scan.ts";
import type { Originals } from "./splice.ts";

/** A name that some plugin registers for or asks for. */
export interface Asked extends Interest {
  readonly name: string;
  /** True when an event that has it at its first level must be parsed. */
  readonly parsed: boolean;
}

/** Notes the plugins that the found fields summon. False when the document must be parsed. */
export function noteSummons({ found }: Scanned, asked: readonly Asked[], index: KeyIndex): boolean {
  for (const { name, field } of found) {
    const entry = asked[name];
    if (!entry || (entry.parsed && field >= 0)) return false;
    for (const plugin of entry.summons) index.summoned.add(plugin);
  }
  return true;
}

/** The document with nothing but the found fields; what holds others deeper down is in the index. */
export function sparseDocument(scanned: Scanned, asked: readonly Asked[], index: KeyIndex) {
  const document: JsonObject = {};
  const names: string[] = [];
  const values: Json[] = [];
  const places: number[] = [];
  const holders = new Map<number, JsonObject>();
  for (const found of scanned.found) {
    const entry = asked[found.name];
    if (!entry) continue;
    const value = valueAt(found, scanned, document, entry.name, index);
    if (found.field >= 0) {
      document[entry.name] = value;
      names.push(entry.name);
      values.push(value);
      places.push(found.field);
    } else if (entry.lookup) {
      const holder = holders.get(found.object) ?? {};
      holder[entry.name] = value;
      holders.set(found.object, holder);
    }
  }
  if (holders.size > 0) noteHolders(holders, index);
  return { document, originals: { names, values, places } satisfies Originals };
}

/** By name, in the order of the document: an object before those within it. */
function noteHolders(holders: ReadonlyMap<number, JsonObject>, index: KeyIndex): void {
  for (const [, holder] of [...holders].sort(([a], [b]) => a - b)) {
    for (const name of Object.keys(holder)) {
      const known = index.holders.get(name);
      if (known) known.push(holder);
      else index.holders.set(name, [holder]);
    }
  }
}

/** All of the document. */
export function wholeDocument(scanned: Scanned, asked: readonly Asked[], index: KeyIndex) {
  const document: JsonObject = JSON.parse(scanned.text.toString("utf8", 0, scanned.textEnd));
  const names = Object.keys(document);
  const values = Object.values(document);
  for (const found of scanned.found) {
    const entry = asked[found.name];
    if (!entry) continue;
    if (found.field >= 0) valueAt(found, scanned, document, entry.name, index);
    else if (entry.lookup && !index.holders.has(entry.name))
      index.holders.set(
        entry.name,
        values.flatMap((value) => holdersOf(value, entry.name)),
      );
  }
  return { document, originals: { names, values, places: [...names.keys()] } satisfies Originals };
}

/** The value of a found field; a number of the first level that does not print as it was written is kept exact. */
function valueAt(found: Found, { text }: Scanned, document: JsonObject, name: string, index: KeyIndex): Json {
  const first = text[found.start];
  if (first === 0x22) return textIn(text, found);
  const source = text.toString("utf8", found.start, found.end);
  const value: Json = JSON.parse(source);
  if (typeof value !== "number" || found.field < 0 || String(value) === source) return value;
  const numbers = index.exact.get(document) ?? new Map();
  index.exact.set(document, numbers.set(name, { value, source }));
  return value;
}

function textIn(text: Buffer, { start, end }: Found): string {
  const inside = text.toString("utf8", start + 1, end - 1);
  return inside.includes("\\") ? JSON.parse(`"${inside}"`) : inside;
}
