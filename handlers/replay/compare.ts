import { isObject, type Json, parseJson } from "../../core/json.ts";
import type { EventRow } from "./collect.ts";

/** A value that differs, as JSON text; undefined where there is none. */
export interface FieldChange {
  readonly field: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** When the lake processed it: differs in every run, and means nothing. */
const PROCESSED = "details._utcprocessedtimestamp";

const COLUMNS = ["utctimestamp", "severity", "summary", "category", "source", "tags", "plugins"] as const;

/** A key that can stand in a path without quotes. */
const PLAIN_KEY = /^[^."[\]\s]+$/;

/**
 * Compares what is stored of an event with what would be: column by column, and value by value in `details`, at any depth.
 * The order of keys does not matter; digits do.
 *
 * @param byHour true when rows are filed under the hour that they say
 */
export function compareRows(before: EventRow, after: EventRow, byHour: boolean): FieldChange[] {
  const old = valuesOf(before, byHour);
  const made = valuesOf(after, byHour);
  const fields = [...made.keys(), ...[...old.keys()].filter((field) => !made.has(field))];
  return fields
    .filter((field) => field !== PROCESSED && old.get(field) !== made.get(field))
    .map((field) => ({ field, before: old.get(field), after: made.get(field) }));
}

/** Every value of a row by its path, e.g. `details.user.groups[0]`. */
function valuesOf(row: EventRow, byHour: boolean): Map<string, string> {
  const values = new Map<string, string>(COLUMNS.map((column) => [column, JSON.stringify(row[column] ?? null)]));
  if (byHour) values.set("partition", JSON.stringify(`${row.year}-${row.month}-${row.day} ${row.hour}`));
  flatten("details", detailsOf(row), values);
  return values;
}

/** The processing time of a row, which tells its copies apart. */
export function processedOf(row: EventRow): string {
  const details = detailsOf(row);
  return isObject(details) ? String(details._utcprocessedtimestamp ?? "") : "";
}

function detailsOf({ details }: EventRow): Json {
  try {
    return parseJson(details);
  } catch {
    return details; // not written by this lake
  }
}

function flatten(path: string, value: Json, values: Map<string, string>): void {
  const parts: [path: string, value: Json][] = Array.isArray(value)
    ? value.map((item, i) => [`${path}[${i}]`, item])
    : isObject(value) && !JSON.isRawJSON(value)
      ? Object.entries(value).map(([key, item]) => [`${path}.${PLAIN_KEY.test(key) ? key : JSON.stringify(key)}`, item])
      : [];
  // An empty list or object is a value as well.
  if (parts.length === 0) values.set(path, JSON.stringify(value));
  for (const [at, item] of parts) flatten(at, item, values);
}
