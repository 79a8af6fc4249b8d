/** The write limits of a shard, for tests of partial failure. */

/** Limits of one shard (Kinesis Data Streams quotas): bytes of data and partition keys, and records, in a second. */
const BYTES_A_SECOND = 1024 * 1024;
const RECORDS_A_SECOND = 1000;

/** Says whether a shard may take a record of so many bytes now, and counts it when it may. */
export type Throttle = (shard: number, bytes: number) => boolean;

/**
 * Counts per shard and clock second. A record larger than a second's bytes is taken when its second is still empty, as the
 * burst allowance for large records lets it be.
 *
 * @param now milliseconds since 1970
 */
export function openThrottle(now: () => number): Throttle {
  const windows = new Map<number, { second: number; bytes: number; records: number }>();
  return (shard, bytes) => {
    const second = Math.floor(now() / 1000);
    let window = windows.get(shard);
    if (!window || window.second !== second) {
      window = { second, bytes: 0, records: 0 };
      windows.set(shard, window);
    }
    const full = window.records >= RECORDS_A_SECOND || window.bytes + bytes > BYTES_A_SECOND;
    if (full && window.records > 0) return false;
    window.bytes += bytes;
    window.records += 1;
    return true;
  };
}
