import { setTimeout } from "node:timers/promises";

/** Time as the parts of a replay see it, so that tests need not wait. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Rejects with an AbortError when the replay is stopped meanwhile. */
  sleep(milliseconds: number): Promise<void>;
}

export function systemClock(signal: AbortSignal): Clock {
  return {
    now: () => Date.now(),
    sleep: (milliseconds) => setTimeout(milliseconds, undefined, { signal }),
  };
}

/**
 * Keeps to a number of records a second over all shards together, without saving up for bursts.
 *
 * @returns waits until so many records may be taken
 */
export function createPace(recordsPerSecond: number, { now, sleep }: Clock): (records: number) => Promise<void> {
  let free = now();
  return async (records) => {
    const start = Math.max(free, now());
    free = start + (records / recordsPerSecond) * 1000;
    if (start > now()) await sleep(start - now());
  };
}
