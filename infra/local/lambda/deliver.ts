import { type BatchRecord, isTooLarge } from "./batching.ts";
import { type Backoff, backOff } from "./bell.ts";
import type { Condition } from "./destination.ts";
import { type Attempt, decide, judge, type Next } from "./outcome.ts";
import type { Invocation } from "./sandbox.ts";
import type { MappingSettings } from "./settings.ts";

/** What a mapping has done since it started. */
export interface Counters {
  invocations: number;
  /** Records that the function took. */
  records: number;
  /** Invocations that failed as a whole: throws, timeouts, crashes, and answers that fail the batch. */
  errors: number;
  /** Invocations whose answer reported records of the batch. */
  partialFailures: number;
  /** Invocations with records that had gone to the function as this same batch before. */
  retries: number;
  /** Records written to the on-failure destination. */
  discarded: number;
  /** Records given up without a destination: lost. */
  dropped: number;
}

export function newCounters(): Counters {
  return { invocations: 0, records: 0, errors: 0, partialFailures: 0, retries: 0, discarded: 0, dropped: 0 };
}

export interface Delivery {
  readonly settings: MappingSettings;
  readonly counters: Counters;
  readonly backoff: Backoff;
  /** Aborts when the mapping stops: nothing new is sent, and what is not finished stays so. */
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly log: (message: string) => void;
  /** Rejects when the function could not be called at all; that is no retry. */
  readonly invoke: (event: unknown) => Promise<Invocation>;
  /** The age at which a record is given up. */
  readonly maxAgeMs: () => Promise<number>;
  /** Marks records as finished, which may move the checkpoint. */
  readonly finish: (records: readonly BatchRecord[]) => void;
  /** Writes records to the on-failure destination and finishes them. */
  readonly giveUp: (records: readonly BatchRecord[], why: GiveUpReason) => Promise<void>;
}

export interface GiveUpReason {
  readonly condition: Condition;
  readonly invokeCount: number;
  readonly invocation?: Invocation;
}

/**
 * Sends a batch to the function until every record of it is finished: taken, or given up. Later batches of the lane wait.
 * Returns early when the mapping stops.
 */
export async function deliverBatch(batch: readonly BatchRecord[], delivery: Delivery): Promise<void> {
  const { signal, backoff } = delivery;
  if (batch.some(isTooLarge)) return delivery.giveUp(batch, { condition: "RecordTooLarge", invokeCount: 0 });
  const queue: Attempt[] = [{ records: batch, sends: 0 }];
  let refusals = 0;
  for (let attempt = queue.shift(); attempt; attempt = queue.shift()) {
    const failures = attempt.sends + refusals;
    if (failures > 0) await backOff(failures, backoff, signal);
    attempt = await dropAged(attempt, delivery);
    if (signal.aborted) return;
    if (attempt.records.length === 0) continue;
    const again = await send(attempt, delivery);
    refusals = again ? 0 : refusals + 1;
    queue.unshift(...(again ?? [attempt]));
  }
}

/** Records past their age go to the on-failure destination; the younger ones go on. */
async function dropAged(attempt: Attempt, delivery: Delivery): Promise<Attempt> {
  const oldest = delivery.now() - (await delivery.maxAgeMs());
  const aged = attempt.records.filter((record) => record.arrivedMs < oldest);
  if (aged.length === 0) return attempt;
  await delivery.giveUp(aged, { condition: "RecordAgeExceeded", invokeCount: attempt.sends });
  return { ...attempt, records: attempt.records.filter((record) => record.arrivedMs >= oldest) };
}

/** @returns what is to be sent next; undefined when the function could not be called */
async function send(attempt: Attempt, delivery: Delivery): Promise<readonly Attempt[] | undefined> {
  const { settings, counters } = delivery;
  const { records, sends } = attempt;
  const invocation = await invoke(records, delivery);
  if (!invocation) return undefined;
  const sent = { records, sends: sends + 1 };
  const outcome = judge(invocation, records, settings.reportFailures);
  counters.invocations++;
  if (sends > 0) counters.retries++;
  if (outcome.kind === "failure") counters.errors++;
  if (outcome.kind === "partial") counters.partialFailures++;
  const next = decide(sent, outcome, settings);
  await settle(next, { invokeCount: sent.sends, invocation }, delivery);
  return next.again;
}

async function settle(next: Next, call: Omit<GiveUpReason, "condition">, delivery: Delivery): Promise<void> {
  delivery.counters.records += next.done.length;
  delivery.finish(next.done);
  if (next.discarded.length > 0)
    await delivery.giveUp(next.discarded, { condition: "RetryAttemptsExhausted", ...call });
}

async function invoke(records: readonly BatchRecord[], delivery: Delivery): Promise<Invocation | undefined> {
  try {
    const invocation = await delivery.invoke({ Records: records.map((record) => record.event) });
    if (!invocation.ok) {
      const { errorType, errorMessage } = invocation.error;
      delivery.log(`the function failed on ${records.length} records: ${errorType}: ${errorMessage}`);
    }
    return invocation;
  } catch (cause) {
    delivery.log(`the function could not be called: ${String(cause)}; the batch is tried again`);
    return undefined;
  }
}
