/** Looks for what the usual names hold, by the index of the event's keys. */

import { isObject, type Json, type JsonObject } from "./json.ts";
import type { Metadata } from "./plugin.ts";
import type { Names, Ranked } from "./usual-names.ts";

/** Reads a value of one kind; undefined for one of any other. */
export type Read<T> = (value: Json) => T | undefined;

export interface Finder {
  /** The first value of a kind, in the order of the names; of one name, the first level of `details` first. */
  first<T>(names: Names, read: Read<T>): T | undefined;
  /** The same, at the first level of `details` only. */
  firstAtTop<T>(names: Names, details: JsonObject, read: Read<T>): T | undefined;
}

/** @param lookups every name that will be asked for: those that the event does not have cost nothing more */
export function finderOf(lookups: readonly string[], { holders, named }: Metadata): Finder {
  const found = named(lookups);

  function firstNamed<T>(names: Ranked, read: Read<T>): T | undefined {
    for (const name of rankedOf(found, names)) {
      for (const holder of holders(name)) {
        const value = read(holder[name] ?? null);
        if (value !== undefined) return value;
      }
    }
    return undefined;
  }

  return {
    first({ names, objects, within, last }, read) {
      const value = firstNamed(names, read);
      if (value !== undefined) return value;
      const inObject = (value: Json) => firstWithin(value, within, read);
      return firstNamed(objects, inObject) ?? firstNamed(last, read);
    },
    firstAtTop({ names }, details, read) {
      for (const name of rankedOf(found, names)) {
        const value = read(details[name] ?? null);
        if (value !== undefined) return value;
      }
      return undefined;
    },
  };
}

const NONE: readonly never[] = [];

/** Those of the names that are found, the likeliest first. */
function rankedOf(found: readonly string[], names: Ranked): readonly string[] {
  let ranked: string[] | undefined;
  for (const name of found) {
    if (!names.has(name)) continue;
    if (ranked) ranked.push(name);
    else ranked = [name];
  }
  if (!ranked) return NONE;
  return ranked.length === 1 ? ranked : ranked.sort((a, b) => (names.get(a) ?? 0) - (names.get(b) ?? 0));
}

/** Objects within an actor that are the very same one, told more closely; and within one that has an address. */
const SELVES = ["user", "person", "identity", "member", "employee", "profile"];
const ADDRESSED = [...SELVES, "ip", "host"];

/** @param object of a list, its first object counts */
function firstWithin<T>(object: Json, keys: readonly string[], read: Read<T>): T | undefined {
  if (Array.isArray(object)) return firstWithin(object[0] ?? null, keys, read);
  if (!isObject(object)) return undefined;
  const own = firstAt(object, keys, read);
  if (own !== undefined) return own;
  for (const self of keys.includes("address") ? ADDRESSED : SELVES) {
    const inner = object[self];
    const value = isObject(inner) && Object.hasOwn(object, self) ? firstAt(inner, keys, read) : undefined;
    if (value !== undefined) return value;
  }
  return undefined;
}

function firstAt<T>(object: JsonObject, keys: readonly string[], read: Read<T>): T | undefined {
  for (const key of keys) {
    const value = Object.hasOwn(object, key) ? read(object[key] ?? null) : undefined;
    if (value !== undefined) return value;
  }
  return undefined;
}
