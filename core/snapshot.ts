import type { Json, JsonObject } from "./json.ts";

/**
 * What is within the values of a document's first level, so that it can be told later which of them plugins changed in
 * place: a list of all keys and values, in order. It is compared by identity, which is right for what JSON can hold: a text or
 * a number that is another is written anew, and one that is equal is written alike.
 */
export interface Snapshot {
  clear(): void;
  /** Remembers the values as they are, and the object that they are in, unless that is done since `clear`. */
  take(details: JsonObject | undefined, values: readonly Json[]): void;
  /** Whether it is another object than `take` remembered. */
  isOther(details: JsonObject): boolean;
  /** Whether anything is other than it was within a value that `take` remembered, by its place among them. */
  isTouched(place: number): boolean;
}

/** Stands behind what an object or a list holds. */
const END = Symbol("end");

type Entry = Json | undefined | typeof END;

export function createSnapshot(): Snapshot {
  const entries: Entry[] = [];
  const starts: number[] = [];
  let isTaken = false;
  let holder: JsonObject | undefined;
  let values: readonly Json[] = [];
  let at = 0;

  function add(node: Json[] | JsonObject): void {
    if (Array.isArray(node)) {
      for (const item of node) addValue(item);
    } else {
      for (const key in node) {
        entries[at++] = key;
        addValue(node[key]);
      }
    }
    entries[at++] = END;
  }

  function addValue(value: Json | undefined): void {
    entries[at++] = value;
    if (typeof value === "object" && value !== null) add(value);
  }

  /** Compares with the entries from `at` on. */
  function isSame(node: Json[] | JsonObject): boolean {
    if (Array.isArray(node)) {
      for (const item of node) if (!isSameValue(item)) return false;
    } else {
      for (const key in node) if (entries[at++] !== key || !isSameValue(node[key])) return false;
    }
    return entries[at++] === END;
  }

  function isSameValue(value: Json | undefined): boolean {
    if (entries[at++] !== value) return false;
    return typeof value !== "object" || value === null || isSame(value);
  }

  return {
    clear() {
      isTaken = false;
    },
    isOther: (details) => isTaken && holder !== details,
    take(details, those) {
      if (isTaken) return;
      isTaken = true;
      holder = details;
      values = those;
      at = 0;
      for (let i = 0; i < those.length; i++) {
        const value = those[i];
        starts[i] = at;
        if (typeof value === "object" && value !== null) add(value);
      }
    },
    isTouched(place) {
      const value = isTaken && values[place];
      if (typeof value !== "object" || value === null) return false;
      at = starts[place] ?? 0;
      return !isSame(value);
    },
  };
}
