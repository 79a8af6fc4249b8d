/** Looks for what the usual names hold, by the index of the event's keys. */

import { isObject, type Json, type JsonObject } from "./json.ts";
import type { Metadata } from "./plugin.ts";
import type { Names } from "./usual-names.ts";

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
  const found = new Set(named(lookups));

  function firstNamed<T>(names: readonly string[], read: Read<T>): T | undefined {
    for (const name of names) {
      if (!found.has(name)) continue;
      for (const holder of holders(name)) {
        const value = read(holder[name] ?? null);
        if (value !== undefined) return value;
      }
    }
    return undefined;
  }

  return {
    first({ names, objects, within, last }, read) {
      const inObject = (value: Json) => firstWithin(value, within, read);
      return firstNamed(names, read) ?? firstNamed(objects, inObject) ?? firstNamed(last, read);
    },
    firstAtTop({ names }, details, read) {
      const name = names.find((one) => found.has(one) && read(details[one] ?? null) !== undefined);
      return name === undefined ? undefined : read(details[name] ?? null);
    },
  };
}

function firstWithin<T>(object: Json, keys: readonly string[], read: Read<T>): T | undefined {
  if (!isObject(object)) return undefined;
  for (const key of keys) {
    const value = Object.hasOwn(object, key) ? read(object[key] ?? null) : undefined;
    if (value !== undefined) return value;
  }
  return undefined;
}
