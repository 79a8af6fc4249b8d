import type { Json, JsonObject } from "./json.ts";
import type { Interest, KeyIndex } from "./keys.ts";
import type { Found, Scanned } from "./scan.ts";
import type { Originals } from "./splice.ts";

/** A name that some plugin registers for or asks for. */
export interface Asked extends Interest {
  readonly name: string;
  /** True when an event that has it at its first level must be parsed. */
  readonly parsed: boolean;
}

/** A document as plugins get it, and the fields of it that become those of `details`. */
export interface Sparse {
  readonly document: JsonObject;
  readonly originals: Originals;
}

/** Notes what the found fields tell the runner. False when the document must be parsed. */
export function noteFound({ found, root, base }: Scanned, asked: readonly Asked[], index: KeyIndex): boolean {
  for (const { name: place, object } of found) {
    const entry = asked[place];
    if (!entry || (entry.parsed && (object === root || object === base))) return false;
    if (entry.name === "details" && object === root && base === root) return false;
    for (const plugin of entry.summons) index.summoned.add(plugin);
    if (entry.lookup && !index.named.includes(entry.name)) index.named.push(entry.name);
  }
  return true;
}

/**
 * The document with nothing but the found fields; what holds others deeper down is in the index.
 *
 * @returns undefined when it is in the shell's form and has fields that nobody asks for: they belong to `details`
 */
export function sparseDocument(scanned: Scanned, asked: readonly Asked[], index: KeyIndex): Sparse | undefined {
  const { root, base, others, found } = scanned;
  if (base !== root && others > 0) return undefined;
  const document: JsonObject = {};
  const details: JsonObject = base === root ? document : {};
  const originals = { names: [] as string[], values: [] as Json[], places: [] as number[] };
  let holders: Map<number, JsonObject> | undefined;
  for (const field of found) {
    const { object } = field;
    const { name = "", lookup = false } = asked[field.name] ?? {};
    if (object === root && base !== root) {
      document[name] = name === "details" ? details : valueAt(field, scanned, document, name, index);
    } else if (object === base) {
      const value = valueAt(field, scanned, details, name, index);
      details[name] = value;
      originals.names.push(name);
      originals.values.push(value);
      originals.places.push(field.field);
    } else if (lookup) {
      holders ??= new Map();
      const holder = holders.get(object) ?? {};
      holder[name] = valueAt(field, scanned, undefined, name, index);
      holders.set(object, holder);
    }
  }
  if (holders) noteHolders(holders, index);
  return { document, originals };
}

/** By name, in the order of the document: an object before those within it. */
function noteHolders(holders: ReadonlyMap<number, JsonObject>, index: KeyIndex): void {
  for (const [, holder] of [...holders].sort(([a], [b]) => a - b)) {
    for (const name of Object.keys(holder)) noteHolder(name, holder, index);
  }
}

/** All of the document. */
export function wholeDocument(scanned: Scanned, asked: readonly Asked[], index: KeyIndex): Sparse {
  const { root, base, found, text, textEnd } = scanned;
  const document: JsonObject = JSON.parse(text.toString("utf8", 0, textEnd));
  const details = base === root ? document : (document.details as JsonObject); // the scanner saw its brace
  const names = Object.keys(details);
  const originals = { names, values: Object.values(details), places: [...names.keys()] };
  const nested = new Map<number, string[]>();
  let last = 0;
  for (const { name: place, object, start, end } of found) {
    const { name = "", lookup = false } = asked[place] ?? {};
    if (object === root) valueAt({ start, end }, scanned, document, name, index);
    if (object === root || object === base || !lookup) continue;
    nested.set(object, [...(nested.get(object) ?? []), name]);
    if (object > last) last = object;
  }
  if (last > 0) findHolders(document, { number: root - 1, last, nested, index });
  return { document, originals };
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
function valueAt(
  { start, end }: Pick<Found, "start" | "end">,
  { text }: Scanned,
  holder: JsonObject | undefined,
  name: string,
  index: KeyIndex,
): Json {
  if (text[start] === 0x22) return textIn(text, start + 1, end - 1);
  const source = text.toString("utf8", start, end);
  const value: Json = JSON.parse(source);
  if (typeof value === "number" && holder && String(value) !== source) {
    const numbers = index.exact.get(holder) ?? new Map();
    index.exact.set(holder, numbers.set(name, { value, source }));
  }
  return value;
}

function textIn(text: Buffer, start: number, end: number): string {
  const inside = text.toString("utf8", start, end);
  return inside.includes("\\") ? JSON.parse(`"${inside}"`) : inside;
}
