import { parseJson } from "../../core/json.ts";
import type { FieldChange } from "../replay/compare.ts";
import type { DiffCounts, Difference } from "../replay/diff.ts";
import type { HourCount } from "../replay/hourly.ts";
import type { ReplayCounts } from "../replay/sink.ts";
import { table } from "./terminal.ts";

/** Longest value that is shown of a field, in characters. */
const VALUE_CHARACTERS = 80;

/** A difference for people: what it is, then `field  before | after` line by line. */
export function differenceText({ change, eventid, source, utctimestamp, summary, fields, reason }: Difference): string {
  const about = change === "changed" ? "" : `\n  ${reason ?? "is not stored"}: ${short(summary)}`;
  const width = Math.max(...fields.map(({ field }) => field.length));
  const lines = fields.map((change) => `\n  ${change.field.padEnd(width)}  ${changeText(change)}`);
  return `${change.padEnd(7)}  ${eventid}  ${source}  ${utctimestamp}${about}${lines.join("")}`;
}

/** `before | after`; of a list of words what was taken away and added. */
function changeText({ field, before = "—", after = "—" }: FieldChange): string {
  if (field !== "tags" && field !== "plugins") return `${short(before)} | ${short(after)}`;
  const old = wordsOf(before);
  const made = wordsOf(after);
  const less = old.filter((word) => !made.includes(word)).map((word) => `-${word}`);
  const more = made.filter((word) => !old.includes(word)).map((word) => `+${word}`);
  return [...less, ...more].join(" ") || `${short(before)} | ${short(after)}`;
}

function wordsOf(list: string): string[] {
  const words: unknown = list === "—" ? [] : JSON.parse(list);
  return Array.isArray(words) ? words.map(String) : [];
}

function short(text: string): string {
  return text.length > VALUE_CHARACTERS ? `${text.slice(0, VALUE_CHARACTERS - 1)}…` : text;
}

/** A difference as one line of JSON; a field without a `before` or `after` has none. */
export function differenceJson({ fields, ...difference }: Difference): string {
  const values = ({ before, after }: FieldChange) => ({
    ...(before !== undefined && { before: parseJson(before) }),
    ...(after !== undefined && { after: parseJson(after) }),
  });
  return JSON.stringify({
    ...difference,
    fields: Object.fromEntries(fields.map((change) => [change.field, values(change)])),
  });
}

export function diffSummary(counts: DiffCounts, printed: number): string {
  const { same, changed, gone } = counts;
  const compared = [`${number(changed)} would change`, `${number(counts.new)} new`, `${number(gone)} gone`];
  const more = changed + counts.new + gone - printed;
  const rest = more > 0 ? `; ${number(more)} more than were printed (--limit)` : "";
  return `${number(same + changed + counts.new)} events compared: ${compared.join(", ")}, ${number(same)} the same${rest}`;
}

export function hourlyTable(rows: readonly HourCount[]): string {
  return table(
    ["hour", "source", "events"],
    rows.map(({ hour, source, events }) => [hour, source, number(events)]),
  );
}

export function countsText(counts: ReplayCounts): string {
  const { records, delivered, dropped, quarantined, skipped } = counts;
  const parts = [`${number(delivered)} events`, `${number(dropped)} dropped`, `${number(quarantined)} quarantined`];
  return `${number(records)} records: ${[...parts, ...(skipped > 0 ? [`${number(skipped)} skipped`] : [])].join(", ")}`;
}

export function number(value: number): string {
  return value.toLocaleString("en-US");
}

/** A length of time, e.g. `2h 05m`, `35s`. */
export function span(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${two(seconds % 60)}s`;
  return `${Math.floor(seconds / 3600)}h ${two(Math.floor((seconds % 3600) / 60))}m`;
}
