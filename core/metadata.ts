import { visitTexts, visitTextsIn } from "./changes.ts";
import type { LakeEvent } from "./event.ts";
import { isObject, type JsonObject } from "./json.ts";
import { type KeyIndex, noteLookups } from "./keys.ts";
import type { Arrival } from "./once.ts";
import { holdersOf } from "./path.ts";
import type { Metadata } from "./plugin.ts";
import type { Resources } from "./resources.ts";

/** An event on its way through the plugins. */
export interface State {
  event: LakeEvent;
  /** False once a plugin may have changed nested objects. */
  isIndexed: boolean;
  /** False once a plugin may have added looked-for fields that the index does not name. */
  isComplete: boolean;
}

const NONE: readonly never[] = [];

/** What plugins may know beyond the event. One object serves event after event; {@link setArrival} makes it ready. */
export function createMetadata(state: State, index: KeyIndex, resources: Resources): Writable<Metadata> {
  const ranksOf = createRanks();

  /** After a plugin that may have changed what is nested, looked-for keys are noted anew once they are asked for. */
  function detailsIndexed(): JsonObject | undefined {
    const { details } = state.event;
    if (!isObject(details)) return undefined;
    if (!state.isIndexed) {
      noteLookups(details, index);
      state.isIndexed = true;
      state.isComplete = true;
    }
    return details;
  }

  function nestedHolders(key: string): readonly JsonObject[] {
    const known = index.holders.get(key);
    if (known) return known;
    if (!index.findHolders || !index.nested.includes(key)) return NONE;
    const found = index.findHolders(key);
    index.holders.set(key, found);
    return found;
  }

  return {
    ...NO_ARRIVAL,
    resources,
    index,
    holders(key) {
      if (index.interests.get(key)?.lookup !== true) return holdersOf(state.event.details, key);
      const details = detailsIndexed();
      const nested = nestedHolders(key);
      if (!details || !Object.hasOwn(details, key)) return nested;
      return nested.length === 0 ? [details] : [details, ...nested];
    },
    named(lookups) {
      const details = detailsIndexed();
      if (!details) return lookups;
      const { named } = index;
      if (!state.isComplete) return lookups.filter((name) => named.includes(name) || Object.hasOwn(details, name));
      return named.length === 0 ? NONE : inOrder(named, ranksOf(lookups));
    },
    eachText(visit) {
      const { details } = state.event;
      if (!isObject(details)) return;
      if (index.reading) visitTexts(index.reading, details, visit);
      else visitTextsIn(details, visit);
    },
  };
}

type Writable<T> = { -readonly [name in keyof T]: T[name] };

const NO_ARRIVAL: Pick<Metadata, "arrivalMs" | "arrival" | "fallback" | "processed" | "source" | "eventid"> = {
  arrivalMs: 0,
  arrival: "",
  fallback: "",
  processed: "",
  source: undefined,
  eventid: () => "",
};

export function setArrival(metadata: Writable<Metadata>, arrival: Arrival): void {
  metadata.arrivalMs = arrival.arrivalMs;
  metadata.arrival = arrival.arrival;
  metadata.fallback = arrival.fallback ?? arrival.arrival;
  metadata.processed = arrival.processed;
  metadata.source = arrival.source;
  metadata.eventid = arrival.eventid;
}

type Ranks = ReadonlyMap<string, number>;

/** The places of names in a plugin's list of them, which is the same for every event. */
function createRanks(): (lookups: readonly string[]) => Ranks {
  const known = new WeakMap<readonly string[], Ranks>();
  return (lookups) => {
    const ranks = known.get(lookups);
    if (ranks) return ranks;
    const made = new Map(lookups.map((name, i) => [name, i]));
    known.set(lookups, made);
    return made;
  };
}

/** Those of the names that have a rank, by it. */
function inOrder(names: readonly string[], ranks: Ranks): readonly string[] {
  let found: string[] | undefined;
  for (const name of names) {
    if (!ranks.has(name)) continue;
    if (found) found.push(name);
    else found = [name];
  }
  if (!found) return NONE;
  return found.length === 1 ? found : found.sort((a, b) => (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0));
}
