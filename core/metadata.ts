import { visitTexts, visitTextsIn } from "./changes.ts";
import type { LakeEvent } from "./event.ts";
import { visitFields } from "./every-field.ts";
import { hasField, isObject, type JsonObject } from "./json.ts";
import { type KeyIndex, noteLookups } from "./keys.ts";
import { inOrder, type Named, namedAmong } from "./named.ts";
import type { Arrival } from "./once.ts";
import { holdersOf } from "./path.ts";
import type { Metadata } from "./plugin.ts";
import type { Ran } from "./ran.ts";
import type { Resources } from "./resources.ts";
import { placesOf, type VisitValue, visitPlaces } from "./values.ts";

/** An event on its way through the plugins. */
export interface State {
  event: LakeEvent;
  /** False once a plugin may have changed nested objects. */
  isIndexed: boolean;
  /** False once a plugin that does not say what it adds may have added looked-for fields. */
  isComplete: boolean;
  ran: Ran;
}

const NONE: readonly never[] = [];

/** What plugins may know beyond the event. One object serves event after event; {@link setArrival} makes it ready. */
export function createMetadata(state: State, index: KeyIndex, resources: Resources): Writable<Metadata> {
  /** After a plugin that may have changed what is nested, looked-for keys are noted anew once they are asked for. */
  function detailsIndexed(): JsonObject | undefined {
    const { details } = state.event;
    if (typeof details !== "object" || details === null) return undefined; // of a document that has no shell yet
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
    if (!index.findHolders || !index.shape?.nested.has(key)) return NONE;
    const found = index.findHolders(key);
    index.holders.set(key, found);
    return found;
  }

  function holders(key: string): readonly JsonObject[] {
    if (index.interests.get(key)?.lookup !== true) return holdersOf(state.event.details, key);
    const details = detailsIndexed();
    const nested = nestedHolders(key);
    if (!details || !hasField(details, key)) return nested;
    return nested.length === 0 ? [details] : [details, ...nested];
  }

  function named(lookups: readonly string[]): readonly string[] {
    const details = detailsIndexed();
    if (!details) return lookups;
    const { names } = index.named;
    if (!state.isComplete) return lookups.filter((name) => names.includes(name) || hasField(details, name));
    return withAdded(namedAmong(index.named, lookups), lookups, state.ran.shows, details);
  }

  function eachValue<T>(lookups: readonly string[], visit: VisitValue<T>): T | undefined {
    const details = detailsIndexed();
    if (!details) return undefined;
    const { reading, shape } = index;
    if (reading && shape && state.isComplete)
      return visitPlaces(placesOf(shape, state.ran.shows, lookups), details, reading, index, visit);
    for (const name of named(lookups)) {
      for (const holder of holders(name)) {
        const value = visit(holder[name] ?? null, name);
        if (value !== undefined) return value;
      }
    }
    return undefined;
  }

  return {
    ...NO_ARRIVAL,
    resources,
    index,
    holders,
    named,
    eachValue,
    eachText(visit) {
      const { details } = state.event;
      if (!isObject(details)) return;
      if (index.reading) visitTexts(index.reading, details, visit);
      else visitTextsIn(details, visit);
    },
    eachField(visit) {
      const { details } = state.event;
      if (isObject(details)) visitFields(index.partials > 0, index.reading, details, visit);
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

/** What was named when the event arrived, and what of a list plugins have added since. */
function withAdded(
  named: readonly string[],
  lookups: readonly string[],
  shown: Named,
  details: JsonObject,
): readonly string[] {
  let all: string[] | undefined;
  for (const name of namedAmong(shown, lookups)) {
    if (named.includes(name) || !hasField(details, name)) continue;
    all ??= [...named];
    all.push(name);
  }
  return all ? inOrder(all, lookups) : named;
}
