import { arrivalPartition, type Partition } from "../../core/partition.ts";
import { millisecondsOf, toUTC } from "../../core/time.ts";
import { UsageError } from "./terminal.ts";

/** A stretch of time, in milliseconds since 1970; the end is not part of it. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

const UNITS_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** What `--from` and `--to` take, for the help texts. */
export const TIME_HELP = "2026-11-24T07:00:00Z, or 90m, 6h, 2d ago";

/**
 * Reads `--from` and `--to`: a time, or how long ago. Without `--to` the range ends now.
 *
 * @throws {UsageError} for what is no time, or a range that is empty
 */
export function timeRange({ from, to }: { from: string; to?: string }, now: number): TimeRange {
  const range = { from: timeOf("--from", from, now), to: to === undefined ? now : timeOf("--to", to, now) };
  if (range.from < range.to) return range;
  throw new UsageError(`--from ${from} is not before --to ${to ?? "now"}; nothing lies between`);
}

function timeOf(option: string, text: string, now: number): number {
  const [, count, unit = ""] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  if (count !== undefined) return now - Number(count) * (UNITS_MS[unit] ?? 0);
  const utc = toUTC(text, now);
  if (utc !== undefined) return millisecondsOf(utc);
  throw new UsageError(`${option} ${text} is no time; write it as ${TIME_HELP}`);
}

/**
 * A condition over the partition columns that holds for the hours of a range, and for no other.
 *
 * It compares single columns with text, which is what partition projection follows to the folders it has to look in; columns
 * put together (`year || month >= ...`) are not. However long the range, it is a few hundred characters.
 */
export function hoursPredicate({ from, to }: TimeRange): string {
  return between(arrivalPartition(from), arrivalPartition(Math.max(from, to - 1)));
}

const KEYS = ["year", "month", "day", "hour"] as const;
const LAST = KEYS.length - 1;

function between(first: Partition, last: Partition, level = 0): string {
  const key = KEYS[level] ?? "hour";
  const [low, high] = [first[key], last[key]];
  if (level === LAST && low === high) return `${key} = '${low}'`;
  if (low === high) return `${key} = '${low}' AND ${between(first, last, level + 1)}`;
  if (level === LAST) return `${key} BETWEEN '${low}' AND '${high}'`;
  const inside = `${key} > '${low}' AND ${key} < '${high}'`;
  const below = `${key} = '${low}' AND ${onward(">", first, level + 1)}`;
  const above = `${key} = '${high}' AND ${onward("<", last, level + 1)}`;
  return `((${inside}) OR (${below}) OR (${above}))`;
}

/** From an hour on, or up to it. */
function onward(beyond: ">" | "<", hour: Partition, level: number): string {
  const key = KEYS[level] ?? "hour";
  if (level >= LAST) return `${key} ${beyond}= '${hour[key]}'`;
  return `(${key} ${beyond} '${hour[key]}' OR (${key} = '${hour[key]}' AND ${onward(beyond, hour, level + 1)}))`;
}
