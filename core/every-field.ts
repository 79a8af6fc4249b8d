import { hasField, isObject, type Json, type JsonObject, setKey } from "./json.ts";
import { partOf } from "./scanned.ts";
import type { Reading } from "./sparse.ts";

/**
 * @param value a text, a number, a truth; of a list of such, the first
 * @param within the name of the field that holds it, "" at the first level
 * @param depth 0 at the first level; lists add none
 */
export type VisitField = (name: string, value: Json, within: string, depth: number) => void;

/** Fields that are visited, and levels: what an event says of when, who and how is not beyond them. */
const MAX_FIELDS = 1000;
const MAX_LEVELS = 8;

/** Items of a list that are looked into. */
const MAX_ITEMS = 10;

/**
 * Visits the fields of an event, at any depth, in the order of the document, those of an object where it stands. An event that
 * is read as bytes is parsed for it: it is for events of which little else is known.
 *
 * @param isPartial whether objects in `details` may have some of their fields only
 */
export function visitFields(
  isPartial: boolean,
  reading: Reading | undefined,
  details: JsonObject,
  visit: VisitField,
): void {
  let left = MAX_FIELDS;
  const isWhole = !reading || (!isPartial && reading.originals.names.length === reading.scanned.fields);
  const all = isWhole ? details : fieldsNow(reading, details);
  walk(all, "", 0);

  function walk(object: JsonObject, within: string, depth: number): void {
    for (const name of Object.keys(object)) {
      if (--left < 0) return;
      const value = object[name];
      if (value !== undefined) walkValue(name, value, within, depth);
    }
  }

  function walkValue(name: string, value: Json, within: string, depth: number): void {
    if (Array.isArray(value)) walkList(name, value, within, depth);
    else if (!isObject(value)) visit(name, value, within, depth);
    else if (depth + 1 < MAX_LEVELS) walk(value, name, depth + 1);
  }

  function walkList(name: string, list: readonly Json[], within: string, depth: number): void {
    const [first = null] = list;
    if (!isObject(first) && !Array.isArray(first)) visit(name, first, within, depth);
    if (!isObject(first) || depth + 1 >= MAX_LEVELS) return;
    for (const item of list.slice(0, MAX_ITEMS)) if (isObject(item)) walk(item, name, depth + 1);
  }
}

/** What `details` would be had the event been parsed: as it was, with what plugins changed. */
function fieldsNow({ scanned, originals }: Reading, details: JsonObject): JsonObject {
  const { names, values } = originals;
  const whole: JsonObject = JSON.parse(partOf(scanned, 0, scanned.textEnd));
  const before = scanned.base === scanned.root ? whole : whole.details;
  const now: JsonObject = {};
  for (const [name, value] of isObject(before) ? Object.entries(before) : []) {
    const place = names.indexOf(name);
    if (place >= 0 && !hasField(details, name)) continue;
    const isChanged = place >= 0 && details[name] !== values[place];
    setKey(now, name, isChanged ? (details[name] ?? null) : value);
  }
  for (const name of Object.keys(details)) {
    if (hasField(details, name) && !Object.hasOwn(now, name)) setKey(now, name, details[name] ?? null);
  }
  return now;
}
