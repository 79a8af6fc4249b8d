import { formatUTC, millisecondsOf } from "./time.ts";

const HOUR_MS = 3_600_000;

/**
 * How far from its arrival an event may lie and still be filed under its own hour. Firehose holds 500 active
 * partitions; 480 hours back and 1 ahead, with the two hours at the ends, can never exceed them.
 */
export interface Window {
  readonly lateHours: number;
  readonly futureHours: number;
}

export const DEFAULT_WINDOW: Window = { lateHours: 480, futureHours: 1 };

/** An hour partition of the table: strings, zero-padded, UTC. */
export interface Partition {
  readonly year: string;
  readonly month: string;
  readonly day: string;
  readonly hour: string;
}

/** Where an event is filed; `tag` says why it is not its own hour. */
export interface Filing {
  readonly partition: Partition;
  readonly tag?: "late" | "future";
}

/**
 * Files an event under the hour it happened, or under the hour it arrived when that is outside the window.
 *
 * @param utc a time as `core/time.ts` writes it
 */
export function fileUnder(utc: string, arrivalMs: number, { lateHours, futureHours }: Window): Filing {
  const age = arrivalMs - millisecondsOf(utc);
  if (age > lateHours * HOUR_MS) return { partition: arrivalPartition(arrivalMs), tag: "late" };
  if (age < -futureHours * HOUR_MS) return { partition: arrivalPartition(arrivalMs), tag: "future" };
  return { partition: partitionOf(utc) };
}

/** The hour of an instant, in milliseconds since 1970. */
export function arrivalPartition(arrivalMs: number): Partition {
  return partitionOf(formatUTC(arrivalMs));
}

function partitionOf(utc: string): Partition {
  return { year: utc.slice(0, 4), month: utc.slice(5, 7), day: utc.slice(8, 10), hour: utc.slice(11, 13) };
}
