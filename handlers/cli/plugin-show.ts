/** How commands show what plugins make of an event. */

import { isDeepStrictEqual } from "node:util";
import type { Difference } from "../../core/example.ts";
import { isObject } from "../../core/json.ts";
import { table } from "./terminal.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Columns that are computed and tell an author nothing. */
const OURS = new Set(["eventid", "plugins", "details", "year", "month", "day", "hour", "_utcprocessedtimestamp"]);

/** The fields that are not as they came: field, before, after. Names are compared in lower case, as the lake stores them. */
export function beforeAndAfter(raw: string, event: Fields): string {
  const before = new Map(Object.entries(fieldsIn(raw)));
  const details: Fields = Object(event.details);
  const rows = [...Object.entries(event), ...Object.entries(details)].flatMap(([name, value]) => {
    if (OURS.has(name) || isDeepStrictEqual(value, before.get(name))) return [];
    if (Object.hasOwn(details, name) && value === event[name] && before.has(name)) return []; // it only moved
    return isDefault(name, value) ? [] : [[name, text(before.get(name)), text(value)]];
  });
  return rows.length === 0 ? "(nothing changed)" : table(["field", "before", "after"], rows, 60);
}

/** Where an example does not hold. */
export function differencesText(differences: readonly Difference[]): string {
  const rows = differences.map(({ field, expected, got }) => [field, text(expected), text(got)]);
  return table(["field", "expected", "got"], rows);
}

export function indented(lines: string): string {
  return lines.replaceAll(/^(?=.)/gm, "  ");
}

/** An event as it came, on one line. */
export function oneLine(raw: string, limit = 200): string {
  const line = raw.trim().replaceAll(/\s+/g, " ");
  return line.length > limit ? `${line.slice(0, limit - 1)}…` : line;
}

function fieldsIn(raw: string): Fields {
  try {
    return Object(JSON.parse(raw, (_, value) => (isObject(value) ? lowerCased(value) : value)));
  } catch {
    return {}; // a line of text
  }
}

function lowerCased(object: Fields): Fields {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name.toLowerCase(), value]));
}

function isDefault(name: string, value: unknown): boolean {
  return value === "UNKNOWN" || (name === "severity" && value === "INFO") || (name === "tags" && text(value) === "[]");
}

function text(value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
