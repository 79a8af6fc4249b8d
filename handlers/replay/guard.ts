import type { PackedRecord } from "../../core/pack.ts";
import type { Clock } from "./clock.ts";

/**
 * Partitions that a replay may keep open in Firehose. There are 500 for a delivery stream ("Dynamic partitioning", Firehose
 * Developer Guide), rows beyond them go to the error prefix, and the live events need some too.
 */
export const MAX_OPEN_HOURS = 400;

/** Firehose may keep a partition open for half as long again as it buffers (same place). */
const CLOSING_FACTOR = 1.5;

export interface HourGuard {
  /** Waits until the hours may be open together with those that still are, and counts them as open. */
  enter(hours: readonly string[]): Promise<void>;
  /** Counts hours as open from now on: rows of theirs have just been taken. */
  touch(hours: readonly string[]): void;
}

/** When the hours that are open will be closed, in milliseconds since 1970. */
export type OpenHours = Record<string, number>;

export interface GuardOptions {
  readonly maxOpen: number;
  /** Kept up to date; with what an earlier run has left open. */
  readonly open: OpenHours;
  /** How long Firehose buffers. */
  readonly bufferSeconds: number;
  readonly clock: Clock;
  /** Told of how many hours are open when new ones have to wait; with 0 when they need not any more. */
  readonly onWait: (open: number) => void;
}

/** Keeps the partition hours that are open in Firehose at once below a limit. First come, first served. */
export function createHourGuard({ maxOpen, open, bufferSeconds, clock, onWait }: GuardOptions): HourGuard {
  let turn: Promise<void> = Promise.resolve();

  function touch(hours: readonly string[]): void {
    const closing = clock.now() + bufferSeconds * CLOSING_FACTOR * 1000;
    for (const hour of hours) open[hour] = closing;
  }

  async function waitForRoom(hours: readonly string[]): Promise<void> {
    for (;;) {
      for (const [hour, closing] of Object.entries(open)) if (closing <= clock.now()) delete open[hour];
      const closings = Object.values(open);
      const added = hours.filter((hour) => open[hour] === undefined);
      if (closings.length === 0 || closings.length + added.length <= maxOpen) return touch(hours);
      onWait(closings.length);
      await clock.sleep(Math.min(...closings) - clock.now());
      onWait(0);
    }
  }

  return {
    touch,
    enter(hours) {
      const mine = turn.then(() => waitForRoom(hours));
      turn = mine.catch(() => {}); // one who gave up holds nobody back
      return mine;
    },
  };
}

/**
 * Takes a call apart so that no part opens more hours than may be open.
 *
 * @returns for each part, the places of its records in the call, and its hours
 */
export function partsByHour(call: readonly PackedRecord<unknown>[], table: string, maxOpen: number) {
  const parts: { places: number[]; hours: Set<string> }[] = [];
  for (const [place, record] of call.entries()) {
    const hour = `${table}/${hourOf(record)}`;
    let part = parts.at(-1);
    if (!part || (part.hours.size === maxOpen && !part.hours.has(hour))) {
      part = { places: [], hours: new Set() };
      parts.push(part);
    }
    part.places.push(place);
    part.hours.add(hour);
  }
  return parts;
}

/** The hour of a packed record, which its first row tells: all its rows are of one hour. */
function hourOf({ data }: PackedRecord<unknown>): string {
  const row: Record<string, string> = JSON.parse(Buffer.from(data.subarray(0, data.indexOf(0x0a))).toString());
  return `${row.year}-${row.month}-${row.day}-${row.hour}`;
}
