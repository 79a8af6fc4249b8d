import { setTimeout as sleep } from "node:timers/promises";
import type { PackedRecord } from "../core/pack.ts";
import type { Firehose } from "./aws/firehose.ts";

/** Waiting between tries: full jitter up to this, doubled each time up to the cap. */
const BACKOFF_MS = { first: 100, cap: 5000 };

/** Calls in flight at once: Firehose takes 2,000 calls/s and 5 MiB/s a stream before it throttles (Quotas). */
const CONCURRENCY = 4;

/** Refusals that pass: everything else that is the caller's fault will be refused again. */
const TRANSIENT = new Set([
  "ServiceUnavailableException",
  "ThrottlingException",
  "LimitExceededException",
  "TimeoutError",
]);

export interface DeliveryResult {
  /** For each record of the call, in order: whether Firehose has it. */
  readonly delivered: readonly boolean[];
  readonly retries: number;
  /** The last refusal, for the log line. */
  readonly error?: string;
}

/**
 * Sends calls to a delivery stream. Only failed entries are sent again, with exponential backoff and full jitter, until
 * the deadline; what is not delivered by then is reported, never thrown.
 *
 * A call that times out may have been written: its records are sent again and converge by eventid.
 *
 * @param deadline milliseconds since 1970 at which the last answer must be in
 */
export async function deliver<T>(
  firehose: Firehose,
  stream: string,
  calls: readonly (readonly PackedRecord<T>[])[],
  deadline: number,
): Promise<DeliveryResult[]> {
  const results: DeliveryResult[] = [];
  const queue = calls.entries();
  const worker = async () => {
    for (const [i, call] of queue) results[i] = await deliverCall(firehose, stream, call, deadline);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return results;
}

async function deliverCall<T>(
  firehose: Firehose,
  stream: string,
  call: readonly PackedRecord<T>[],
  deadline: number,
): Promise<DeliveryResult> {
  const delivered = call.map(() => false);
  let pending = [...call.keys()];
  for (let retries = 0; ; retries++) {
    const answer = await put(
      firehose,
      stream,
      pending.flatMap((i) => call[i] ?? []),
      deadline,
    );
    const failed = pending.filter((_, position) => answer.failed(position));
    for (const i of pending) delivered[i] = !failed.includes(i);
    pending = failed;
    if (pending.length === 0) return { delivered, retries };
    const wait = Math.random() * Math.min(BACKOFF_MS.cap, BACKOFF_MS.first * 2 ** retries);
    if (!answer.again || Date.now() + wait >= deadline) return { delivered, retries, error: answer.error };
    await sleep(wait);
  }
}

interface Answer {
  /** Whether the record at a place of the call was refused. */
  failed(position: number): boolean;
  /** False when trying again cannot help. */
  readonly again: boolean;
  readonly error: string;
}

async function put<T>(
  firehose: Firehose,
  stream: string,
  records: readonly PackedRecord<T>[],
  deadline: number,
): Promise<Answer> {
  const input = { DeliveryStreamName: stream, Records: records.map(({ data }) => ({ Data: data })) };
  try {
    const abortSignal = AbortSignal.timeout(Math.max(1, deadline - Date.now()));
    const { RequestResponses = [] } = await firehose.putRecordBatch(input, { abortSignal });
    const refused = RequestResponses.find(({ ErrorCode }) => ErrorCode !== undefined);
    return {
      failed: (position) => RequestResponses[position]?.RecordId === undefined,
      again: true,
      error: `${refused?.ErrorCode}: ${refused?.ErrorMessage}`,
    };
  } catch (cause) {
    const error = cause instanceof Error ? cause : new Error(String(cause));
    const isOurFault = "$fault" in error && error.$fault === "client" && !TRANSIENT.has(error.name);
    return { failed: () => true, again: !isOurFault, error: `${error.name}: ${error.message}` };
  }
}
