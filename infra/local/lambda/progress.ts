import type { BatchRecord } from "./batching.ts";

/**
 * Follows the records of a shard from being read to being finished.
 *
 * Lanes finish out of order; the checkpoint only ever stands before the first record that is not finished, so that a
 * restart repeats some records and skips none.
 */
export interface Progress {
  read(records: readonly BatchRecord[]): void;
  /** @returns the new checkpoint, or undefined when it did not move */
  finish(records: readonly BatchRecord[]): string | undefined;
  readonly unfinished: number;
  /** Arrival of the oldest record that is not finished, in milliseconds since 1970. */
  readonly oldestMs: number | undefined;
}

export function trackProgress(): Progress {
  let order: BatchRecord[] = [];
  /** Records of `order` before this place are finished. */
  let place = 0;
  const finished = new Set<BatchRecord>();

  return {
    read(records) {
      for (const record of records) order.push(record);
    },
    finish(records) {
      for (const record of records) finished.add(record);
      let last: BatchRecord | undefined;
      for (let next = order[place]; next && finished.delete(next); next = order[++place]) last = next;
      if (place > 1000 && place * 2 > order.length) {
        order = order.slice(place);
        place = 0;
      }
      return last?.event.kinesis.sequenceNumber;
    },
    get unfinished() {
      return order.length - place - finished.size;
    },
    get oldestMs() {
      return order[place]?.arrivedMs;
    },
  };
}
