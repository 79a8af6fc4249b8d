import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type KinesisClient, PutRecordsCommand, type PutRecordsResultEntry } from "@aws-sdk/client-kinesis";

/**
 * Limits of PutRecords: 500 records and 10 MiB a call, partition keys included (Kinesis API Reference). We stop at
 * 5 MiB, which older endpoints and emulators still have. A record with its key is at most 1 MiB by default.
 */
const LIMITS = { records: 500, bytes: 5 * 1024 * 1024, recordBytes: 1024 * 1024 };

/** Full jitter, doubled each time up to the cap: a shard takes 1 MB/s, and its throttling is the pace. */
const BACKOFF_MS = { first: 100, cap: 5000 };

/** Tries without a single record taken before giving up. */
const MAX_FRUITLESS = 12;

/** Largest payload of a record, in bytes: a partition key, which is a UUID here, counts as well. */
export const MAX_PAYLOAD_BYTES = LIMITS.recordBytes - 36;

/** Refusals that pass once the shards are less busy (Kinesis API Reference, PutRecords). */
const THROTTLED = new Set([
  "ProvisionedThroughputExceededException",
  "LimitExceededException",
  "KMSThrottlingException",
  "ThrottlingException",
]);

export interface PutEntry {
  readonly Data: Uint8Array;
  readonly PartitionKey: string;
}

/**
 * Groups payloads into calls within the limits of PutRecords. Partition keys are random: events spread over the shards.
 *
 * @param maxBytes of a call, partition keys included, when it should be smaller
 */
export async function* batchesOf(
  payloads: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  maxBytes = LIMITS.bytes,
): AsyncGenerator<PutEntry[]> {
  let batch: PutEntry[] = [];
  let bytes = 0;
  for await (const Data of payloads) {
    const PartitionKey = randomUUID();
    const size = Data.length + PartitionKey.length;
    if (size > LIMITS.recordBytes)
      throw new Error(`put: a payload of ${Data.length} bytes is over the stream's 1 MiB; it was not put`);
    if (batch.length === LIMITS.records || bytes + size > maxBytes) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push({ Data, PartitionKey });
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

/**
 * Puts a batch; only failed entries are sent again, with backoff, until all are taken.
 *
 * @param onTaken told of each entry that the stream took, with its shard and sequence number
 * @returns how many entries were sent again
 * @throws {Error} when a dozen tries in a row took nothing
 */
export async function putBatch(
  kinesis: KinesisClient,
  stream: string,
  batch: readonly PutEntry[],
  onTaken: (entry: PutEntry, result: PutRecordsResultEntry) => void = () => {},
): Promise<number> {
  let pending = [...batch];
  let retries = 0;
  let fruitless = 0;
  for (let attempt = 0; ; attempt++) {
    const { Records = [] } = await kinesis.send(new PutRecordsCommand({ StreamName: stream, Records: pending }));
    const failed = pending.filter((entry, i) => {
      const result = Records[i];
      const taken = result !== undefined && result.ErrorCode === undefined;
      if (taken) onTaken(entry, result);
      return !taken;
    });
    if (failed.length === 0) return retries;
    fruitless = failed.length === pending.length ? fruitless + 1 : 0;
    if (fruitless === MAX_FRUITLESS) {
      const why = Records.find(({ ErrorCode }) => ErrorCode)?.ErrorMessage;
      throw new Error(`put: ${stream} takes nothing (${why}); ${failed.length} records of the last batch were not put`);
    }
    retries += failed.length;
    pending = failed;
    await sleep(backoff(attempt));
  }
}

/** Whether an entry's ErrorCode says that the producer should slow down. */
export function isThrottled(code: string | undefined): boolean {
  return code !== undefined && THROTTLED.has(code);
}

/**
 * Puts a batch within the time there is: failed entries are sent again, with backoff, until the deadline.
 *
 * A call that times out may have been taken: its entries are sent again, and are then on the stream twice.
 *
 * @param deadline milliseconds since 1970 at which the last answer must be in
 * @returns for each entry, in order, its shard and sequence number, or an ErrorCode that says why the stream has it not
 */
export async function putUntil(
  kinesis: KinesisClient,
  stream: string,
  batch: readonly PutEntry[],
  deadline: number,
): Promise<PutRecordsResultEntry[]> {
  const results: PutRecordsResultEntry[] = [];
  let pending = [...batch.entries()];
  for (let attempt = 0; ; attempt++) {
    const answers = await putOnce(
      kinesis,
      stream,
      pending.map(([, entry]) => entry),
      deadline,
    );
    for (const [i, [place]] of pending.entries()) results[place] = answers.of(i);
    pending = pending.filter(([place]) => results[place]?.SequenceNumber === undefined);
    const wait = backoff(attempt);
    if (pending.length === 0 || !answers.again || Date.now() + wait >= deadline) return results;
    await sleep(wait);
  }
}

/** One call; a call that fails as a whole is a failure of each of its entries. `again` is false when it would be refused again. */
async function putOnce(kinesis: KinesisClient, stream: string, entries: readonly PutEntry[], deadline: number) {
  const command = new PutRecordsCommand({ StreamName: stream, Records: [...entries] });
  try {
    const abortSignal = AbortSignal.timeout(Math.max(1, deadline - Date.now()));
    const { Records = [] } = await kinesis.send(command, { abortSignal });
    return { of: (i: number) => Records[i] ?? { ErrorCode: "NoAnswer" }, again: true };
  } catch (cause) {
    const error = cause instanceof Error ? cause : new Error(String(cause));
    const isOurFault = "$fault" in error && error.$fault === "client" && !isThrottled(error.name);
    return { of: () => ({ ErrorCode: error.name, ErrorMessage: error.message }), again: !isOurFault };
  }
}

function backoff(attempt: number): number {
  return Math.random() * Math.min(BACKOFF_MS.cap, BACKOFF_MS.first * 2 ** attempt);
}
