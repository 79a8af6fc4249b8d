import { hasField, type Json, type JsonObject } from "./json.ts";
import type { KeyIndex } from "./keys.ts";
import type { Named } from "./named.ts";
import type { Shape } from "./shapes.ts";
import { foundValue, type Reading } from "./sparse.ts";

/** @returns undefined to go on; anything else ends it, and is the answer */
export type VisitValue<T> = (value: Json, name: string) => T | undefined;

/** Where the values of a name may stand: at the first level, and in these of the found fields. */
export interface Place {
  readonly name: string;
  readonly nested: readonly number[];
}

/** The places of the names of a list in events of one shape, to which plugins may have added some. */
export interface Places {
  readonly lookups: readonly string[];
  readonly shows: Named;
  readonly places: readonly Place[];
}

/** Lists that a shape keeps places for; a plugin that makes a new one each time must not fill the memory. */
const MAX_KEPT = 32;

/** @param shows names that plugins may have added */
export function placesOf({ kept, named, nested }: Shape, shows: Named, lookups: readonly string[]): readonly Place[] {
  for (const known of kept) if (known.lookups === lookups && known.shows === shows) return known.places;
  const names = lookups.filter((name) => named.names.includes(name) || shows.names.includes(name));
  const places = names.map((name) => ({ name, nested: nested.get(name) ?? [] }));
  if (kept.length === MAX_KEPT) kept.length = 0;
  kept.push({ lookups, shows, places });
  return places;
}

/** Visits the values at these places, of each name the first level's first, then in the order of the document. */
export function visitPlaces<T>(
  places: readonly Place[],
  details: JsonObject,
  { scanned }: Reading,
  index: KeyIndex,
  visit: VisitValue<T>,
): T | undefined {
  for (const { name, nested } of places) {
    const own = hasField(details, name) ? visit(details[name] ?? null, name) : undefined;
    if (own !== undefined) return own;
    for (const at of nested.length > 1 ? inOrder(nested, scanned.found.object) : nested) {
      const value = visit(foundValue(scanned, at, undefined, name, index), name);
      if (value !== undefined) return value;
    }
  }
  return undefined;
}

/** What is found within an object comes before what follows it there. */
function inOrder(nested: readonly number[], object: Int32Array): number[] {
  return nested.toSorted((a, b) => (object[a] ?? 0) - (object[b] ?? 0));
}
