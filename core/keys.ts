import { PipelineError } from "./error.ts";
import { type ExactNumbers, type Json, type JsonObject, setKey } from "./json.ts";

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

/** What one walk over an event found: reused for the next event after `reset`. */
export interface KeyIndex {
  readonly interests: Interests;
  /** Plugins (by position in the run order) that a key at any depth summons. */
  readonly summoned: Set<number>;
  /** Objects beneath the first level of the event that hold a looked-for key, in document order, own level first. */
  readonly holders: Map<string, JsonObject[]>;
  readonly exact: ExactNumbers;
  /** Keys that lost against another spelling of the same name, with what they held. */
  readonly collisions: { key: string; value: Json }[];
}

export function createKeyIndex(interests: Interests): KeyIndex {
  return { interests, summoned: new Set(), holders: new Map(), exact: new Map(), collisions: [] };
}

export function resetKeyIndex(index: KeyIndex): void {
  index.summoned.clear();
  index.holders.clear();
  index.exact.clear();
  index.collisions.length = 0;
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
  const arrived = Object.keys(source);
  const target = arrived.some(hasUpperCase) ? lowercaseOwn(source, arrived, index) : source;
  const keys = target === source ? arrived : Object.keys(target);
  let nested = false;
  for (const key of keys) {
    const interest = index.interests.get(key);
    if (interest !== undefined) note(interest, key, first ? undefined : target, index);
    nested ||= typeof target[key] === "object";
  }
  if (nested) for (const key of keys) replaceChild(target, key, depth, index);
  return target;
}

function note(interest: Interest, key: string, holder: JsonObject | undefined, index: KeyIndex): void {
  for (const plugin of interest.summons) index.summoned.add(plugin);
  if (!interest.lookup || holder === undefined) return;
  const known = index.holders.get(key);
  if (known) known.push(holder);
  else index.holders.set(key, [holder]);
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

function lowercaseOwn(source: JsonObject, keys: readonly string[], index: KeyIndex): JsonObject {
  const target: JsonObject = {};
  let spelling: Map<string, string> | undefined; // made at the first collision: most objects have none
  for (const [i, key] of keys.entries()) {
    const lower = key.toLowerCase();
    if (Object.hasOwn(target, lower)) {
      spelling ??= new Map(keys.slice(0, i).map((name) => [name.toLowerCase(), name]));
      index.collisions.push({ key: spelling.get(lower) ?? lower, value: ownValue(target, lower) });
    }
    spelling?.set(lower, key);
    setKey(target, lower, ownValue(source, key));
  }
  return target;
}

function ownValue(holder: JsonObject, ownKey: string): Json {
  return holder[ownKey] ?? null;
}

/** True unless lower-casing leaves the key as it is; any non-ASCII key is lower-cased to find out. */
function hasUpperCase(key: string): boolean {
  for (let i = 0; i < key.length; i++) {
    const code = key.charCodeAt(i);
    if ((code >= 65 && code <= 90) || code > 127) return true;
  }
  return false;
}

function tooDeep(): PipelineError {
  return new PipelineError("too_deep", "process", `event: nested deeper than ${MAX_DEPTH} levels; it is quarantined`);
}
