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
  const { partition, startMs } = hourOf(utc);
  const age = arrivalMs - (startMs + millisecondsWithin(utc));
  if (age > lateHours * HOUR_MS) return { partition: arrivalPartition(arrivalMs), tag: "late" };
  if (age < -futureHours * HOUR_MS) return { partition: arrivalPartition(arrivalMs), tag: "future" };
  return { partition };
}

/** The hour of an instant, in milliseconds since 1970. */
export function arrivalPartition(arrivalMs: number): Partition {
  return hourOf(formatUTC(arrivalMs)).partition;
}

interface Hour {
  readonly partition: Partition;
  readonly startMs: number;
}

/** The hours that were met lately, by a number: events come by the hour. */
const hours = new Map<number, Hour>();

function hourOf(utc: string): Hour {
  const day = (digits(utc, 0) * 100 + digits(utc, 2)) * 500 + digits(utc, 5) * 32 + digits(utc, 8);
  const number = day * 24 + digits(utc, 11);
  const known = hours.get(number);
  if (known) return known;
  if (hours.size > 1000) hours.clear();
  const hour = { partition: partitionOf(utc), startMs: millisecondsOf(`${utc.slice(0, 13)}:00:00+00:00`) };
  hours.set(number, hour);
  return hour;
}

/** Milliseconds since the hour began. */
function millisecondsWithin(utc: string): number {
  const fraction = utc.charCodeAt(19) === POINT ? digits(utc, 20) * 10 + (utc.charCodeAt(22) - ZERO) : 0;
  return digits(utc, 14) * 60_000 + digits(utc, 17) * 1000 + fraction;
}

const ZERO = 0x30;
const POINT = 0x2e;

/** The number that two digits of a time are. */
function digits(utc: string, at: number): number {
  return (utc.charCodeAt(at) - ZERO) * 10 + (utc.charCodeAt(at + 1) - ZERO);
}

function partitionOf(utc: string): Partition {
  return { year: utc.slice(0, 4), month: utc.slice(5, 7), day: utc.slice(8, 10), hour: utc.slice(11, 13) };
}
