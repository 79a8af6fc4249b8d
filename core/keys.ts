import { addBit, type Bits, copyBits, createBits } from "./bits.ts";
import { PipelineError } from "./error.ts";
import { type ExactNumbers, type Json, type JsonObject, setKey } from "./json.ts";
import { addName, clearNamed, createNamed, type Named } from "./named.ts";
import type { Ran } from "./ran.ts";
import type { Shape } from "./shapes.ts";
import type { Reading } from "./sparse.ts";
import type { Splice } from "./splice.ts";

/**
 * Deepest nesting that is stored, in levels. Trino reads `details` with Jackson, whose StreamReadConstraints refuse
 * more than 1,000; one deeper row would fail every query that extracts from it.
 */
export const MAX_DEPTH = 1000;

/** Lower-cased keys that some plugin registers for or looks for. */
export type Interests = ReadonlyMap<string, Interest>;

export interface Interest {
  /** Plugins, by position in the run order, that the key summons. */
  readonly summons: readonly number[];
  /** True when the objects that hold the key are remembered. */
  readonly lookup: boolean;
}

/** What is known of a lower-cased key; every spelling of it shares one. */
interface Name {
  readonly lower: string;
  readonly interest: Interest | undefined;
  /** The object that had it last, by its number in `KeyIndex.objects`, and how it was spelled there. */
  object: number;
  spelling: string;
}

/** What one walk over an event found: reused for the next event after `reset`. */
export interface KeyIndex {
  readonly interests: Interests;
  /** Names by spelling, kept from event to event: producers repeat their keys. */
  readonly names: Map<string, Name>;
  /** Characters that the names hold. */
  nameCharacters: number;
  /** How many objects were walked. */
  objects: number;
  /** Plugins for every event, by position in the run order. */
  readonly general: Bits;
  /** These, and the plugins that a key at any depth summons. */
  readonly summoned: Bits;
  /** The looked-for keys that were found, at any depth: the index's own, or one that events of a kind share. */
  named: Named;
  readonly ownNamed: Named;
  /** Objects beneath the first level of the event that hold a looked-for key, in document order, own level first. */
  holders: Map<string, JsonObject[]>;
  /** Of an event that is read as bytes: what its names tell, and what finds holders that are not in `holders` yet. */
  shape: Shape | undefined;
  findHolders: ((key: string) => JsonObject[]) | undefined;
  /** Objects that have some of their fields only: the first so many. */
  readonly partial: JsonObject[];
  partials: number;
  exact: ExactNumbers;
  /** What was read as bytes, as long as nothing that is nested may have been changed. */
  reading: Reading | undefined;
  /** The `plugins` of the event, when they are those that ran and no others. */
  ran: Ran | undefined;
  /** How `details` is written when the event was read as bytes. */
  splice: Splice | undefined;
  /** Keys that lost against another spelling of the same name, with what they held. */
  readonly collisions: { key: string; value: Json }[];
}

/** Characters of the names that are kept from event to event; beyond them keys are ids, or hostile: all are forgotten. */
const MAX_NAME_CHARACTERS = 1_000_000;

export function createKeyIndex(interests: Interests, general: Bits = noBitsFor(interests)): KeyIndex {
  const ownNamed = createNamed();
  return {
    interests,
    names: new Map(),
    nameCharacters: 0,
    objects: 0,
    general,
    summoned: general.slice(),
    named: ownNamed,
    ownNamed,
    holders: new Map(),
    shape: undefined,
    findHolders: undefined,
    partial: [],
    partials: 0,
    exact: new Map(),
    reading: undefined,
    ran: undefined,
    splice: undefined,
    collisions: [],
  };
}

/** Room for all plugins that keys summon. */
function noBitsFor(interests: Interests): Bits {
  return createBits(Math.max(-1, ...[...interests.values()].flatMap(({ summons }) => summons)) + 1);
}

/** Makes the index ready for the next event. Emptying what is empty already costs V8 more than a look. */
export function resetKeyIndex(index: KeyIndex): void {
  // New maps, since one that is cleared event after event outlives them all: its old tables point to the new ones.
  if (index.holders.size > 0) index.holders = new Map();
  if (index.exact.size > 0) index.exact = new Map();
  copyBits(index.general, index.summoned);
  index.named = index.ownNamed;
  clearNamed(index.named);
  index.shape = undefined;
  index.partials = 0;
  index.findHolders = undefined;
  index.reading = undefined;
  index.ran = undefined;
  if (index.collisions.length > 0) index.collisions.length = 0;
  index.splice = undefined;
  if (index.nameCharacters <= MAX_NAME_CHARACTERS) return;
  index.names.clear(); // between events only: within one, names tell collisions
  index.nameCharacters = 0;
}

/** True for an object that has some of its fields only. */
export function isPartial({ partial, partials }: KeyIndex, object: JsonObject): boolean {
  for (let i = 0; i < partials; i++) if (partial[i] === object) return true;
  return false;
}

/**
 * Lower-cases every key at any depth and, on the same walk, indexes the keys that plugins care about.
 *
 * Objects without an upper-case key are kept as they are. Of keys that differ only by case the last one wins, at the
 * place of the first; what the others held is in `index.collisions`.
 *
 * @throws {PipelineError} `too_deep` beyond {@link MAX_DEPTH} levels
 */
export function lowercaseKeys(event: JsonObject, index: KeyIndex): JsonObject {
  return walkObject(event, 1, true, index);
}

/**
 * Moves the keys that lost against another spelling into `_collisions`, a list of `{key, value}` with the key as it
 * arrived; what `_collisions` held before is kept.
 *
 * @throws {PipelineError} `too_deep`, as {@link lowercaseKeys}
 */
export function keepCollisions(target: JsonObject, index: KeyIndex): void {
  if (index.collisions.length === 0) return;
  if (target._collisions !== undefined) index.collisions.push({ key: "_collisions", value: target._collisions });
  const kept: JsonObject[] = [];
  // Walking a value may find more collisions: they join the list that is being read.
  for (const { key, value } of index.collisions) kept.push(walkObject({ key, value }, COLLISION_DEPTH, false, index));
  index.collisions.length = 0;
  target._collisions = kept;
}

/** Where the items of `details._collisions` stand. */
const COLLISION_DEPTH = 3;

/** @param first true for the levels that become the first level of `details`: plugins read those directly */
function walkObject(source: JsonObject, depth: number, first: boolean, index: KeyIndex): JsonObject {
  if (depth > MAX_DEPTH) throw tooDeep();
  const keys = Object.keys(source);
  const target: JsonObject = areLowerCase(keys, index) ? source : {};
  const object = ++index.objects;
  const lost = index.collisions.length;
  let nested: string[] = []; // walked last: an object's own keys are noted before those beneath it
  for (const key of keys) {
    const name = nameOf(key, index);
    const value = ownValue(source, key);
    if (name.object === object) {
      collide(name, target, index);
    } else if (name.interest !== undefined) {
      note(name.interest, name.lower, first ? undefined : target, index);
    }
    name.object = object;
    name.spelling = key;
    if (target !== source) setKey(target, name.lower, value);
    if (typeof value === "object" && value !== null) nested.push(name.lower);
  }
  if (index.collisions.length > lost) nested = Object.keys(target);
  for (const key of nested) replaceChild(target, key, depth, index);
  return target;
}

function areLowerCase(keys: readonly string[], index: KeyIndex): boolean {
  for (const key of keys) if (nameOf(key, index).lower !== key) return false;
  return true;
}

function nameOf(key: string, index: KeyIndex): Name {
  const known = index.names.get(key);
  if (known !== undefined) return known;
  const lower = key.toLowerCase();
  const name: Name =
    lower === key ? { lower, interest: index.interests.get(lower), object: 0, spelling: lower } : nameOf(lower, index);
  index.names.set(key, name);
  index.nameCharacters += key.length;
  return name;
}

/** Keeps what the spelling before this one held: it is about to be overwritten. */
function collide({ lower, spelling }: Name, target: JsonObject, index: KeyIndex): void {
  index.collisions.push({ key: spelling, value: ownValue(target, lower) });
}

function note(interest: Interest, key: string, holder: JsonObject | undefined, index: KeyIndex): void {
  for (const plugin of interest.summons) addBit(index.summoned, plugin);
  if (interest.lookup) addName(index.named, key);
  if (interest.lookup && holder !== undefined) noteHolder(key, holder, index);
}

function noteHolder(key: string, holder: JsonObject, { holders }: KeyIndex): void {
  const known = holders.get(key);
  if (known) known.push(holder);
  else holders.set(key, [holder]);
}

/** Notes the looked-for keys of `details` anew, after a plugin that may have changed what is nested. */
export function noteLookups(details: JsonObject, index: KeyIndex): void {
  index.holders = new Map();
  index.findHolders = undefined;
  index.named = createNamed();
  noteLookupsIn(details, true, index);
}

function noteLookupsIn(node: Json[] | JsonObject, isFirst: boolean, index: KeyIndex): void {
  for (const key of Array.isArray(node) ? [] : Object.keys(node)) {
    if (index.interests.get(key)?.lookup !== true) continue;
    addName(index.named, key);
    if (!isFirst && !Array.isArray(node)) noteHolder(key, node, index);
  }
  for (const child of Array.isArray(node) ? node : Object.values(node)) {
    if (typeof child === "object" && child !== null) noteLookupsIn(child, false, index);
  }
}

function walkArray(list: Json[], depth: number, index: KeyIndex): Json[] {
  if (depth > MAX_DEPTH) throw tooDeep();
  for (let i = 0; i < list.length; i++) {
    const value = list[i];
    if (typeof value !== "object" || value === null) continue;
    if (Array.isArray(value)) walkArray(value, depth + 1, index);
    else if (JSON.isRawJSON(value)) list[i] = exactNumber(list, String(i), value.rawJSON, index);
    else list[i] = walkObject(value, depth + 1, false, index);
  }
  return list;
}

function replaceChild(target: JsonObject, key: string, depth: number, index: KeyIndex): void {
  const value = target[key];
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    walkArray(value, depth + 1, index);
  } else if (JSON.isRawJSON(value)) {
    setKey(target, key, exactNumber(target, key, value.rawJSON, index));
  } else {
    const child = walkObject(value, depth + 1, depth === 1 && key === "details", index);
    if (child !== value) setKey(target, key, child);
  }
}

function exactNumber(holder: object, key: string, source: string, index: KeyIndex): number {
  const value = Number(source);
  const numbers = index.exact.get(holder) ?? new Map();
  numbers.set(key, { value, source });
  index.exact.set(holder, numbers);
  return value;
}

function ownValue(holder: JsonObject, ownKey: string): Json {
  return holder[ownKey] ?? null;
}

function tooDeep(): PipelineError {
  return new PipelineError("too_deep", "process", `event: nested deeper than ${MAX_DEPTH} levels; it is quarantined`);
}
