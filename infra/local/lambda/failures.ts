import type { BatchRecord } from "./batching.ts";
import { type Backoff, backOff } from "./bell.ts";
import type { Counters, GiveUpReason } from "./deliver.ts";
import { failureKey, failureRecord } from "./destination.ts";

export interface FailureOptions {
  readonly mapping: string;
  /** Undefined when there is no on-failure destination: records that are given up are then lost, and counted. */
  readonly bucket: string | undefined;
  /** Writes an object; a rejection is tried again. */
  readonly putObject: (bucket: string, key: string, bytes: Uint8Array) => Promise<void>;
  readonly streamArn: string;
  readonly functionArn: string;
  readonly counters: Counters;
  readonly backoff: Backoff;
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly log: (message: string) => void;
}

/**
 * Gives records up: writes them to the on-failure destination, if there is one. A destination that cannot be written
 * holds the shard back instead of losing the records.
 *
 * @returns false when the mapping stopped before they were written
 */
export async function giveUp(
  shardId: string,
  records: readonly BatchRecord[],
  reason: GiveUpReason,
  options: FailureOptions,
): Promise<boolean> {
  const { bucket, counters, log } = options;
  const what = `${records.length} records of ${shardId}`;
  if (bucket === undefined) {
    counters.dropped += records.length;
    log(`${what} are lost: ${reason.condition}, and there is no on-failure destination`);
    return true;
  }
  const at = new Date(options.now());
  const key = failureKey(options.mapping, shardId, at);
  const { streamArn, functionArn } = options;
  const bytes = failureRecord({ records, ...reason, shardId, streamArn, functionArn, at });
  if (!(await write(bucket, key, bytes, options))) return false;
  counters.discarded += records.length;
  log(`${what} went to s3://${bucket}/${key}: ${reason.condition}`);
  return true;
}

async function write(bucket: string, key: string, bytes: Uint8Array, options: FailureOptions): Promise<boolean> {
  const { signal, backoff, log } = options;
  for (let failures = 0; !signal.aborted; ) {
    try {
      await options.putObject(bucket, key, bytes);
      return true;
    } catch (cause) {
      log(`s3://${bucket}/${key} cannot be written: ${String(cause)}; trying again`);
      await backOff(++failures, backoff, signal);
    }
  }
  return false;
}
