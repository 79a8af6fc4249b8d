import type { BatchRecord } from "./batching.ts";
import type { Invocation } from "./sandbox.ts";
import type { MappingSettings } from "./settings.ts";

/** What the answer of a function means for its batch; `from` is the index of the first record to send again. */
export type Outcome =
  | { readonly kind: "success" }
  | { readonly kind: "failure" }
  | { readonly kind: "partial"; readonly from: number };

const SUCCESS: Outcome = { kind: "success" };
const FAILURE: Outcome = { kind: "failure" };

/**
 * Judges an invocation (Lambda Developer Guide, "Configuring partial batch response with Kinesis Data Streams").
 *
 * With ReportBatchItemFailures the lowest reported sequence number is the checkpoint: that record and every one after it
 * come again. An identifier that is empty, null, missing or not in the batch fails the whole batch. Without it, any answer
 * is a success.
 */
export function judge(invocation: Invocation, batch: readonly BatchRecord[], reportFailures: boolean): Outcome {
  if (!invocation.ok) return FAILURE;
  const { result } = invocation;
  if (!reportFailures || result === null || typeof result !== "object") return SUCCESS;
  const failures = "batchItemFailures" in result ? result.batchItemFailures : null;
  if (failures === null) return SUCCESS;
  if (!Array.isArray(failures)) return FAILURE;
  return failures.length === 0 ? SUCCESS : firstFailure(failures, batch);
}

function firstFailure(failures: unknown[], batch: readonly BatchRecord[]): Outcome {
  const places = new Map(batch.map((record, index) => [record.event.kinesis.sequenceNumber, index]));
  let from = batch.length;
  for (const failure of failures) {
    const index = places.get(identifierOf(failure));
    if (index === undefined) return FAILURE;
    from = Math.min(from, index);
  }
  return { kind: "partial", from };
}

/** Anything but text is never in the batch. */
function identifierOf(failure: unknown): string {
  const isItem = failure !== null && typeof failure === "object" && "itemIdentifier" in failure;
  return isItem && typeof failure.itemIdentifier === "string" ? failure.itemIdentifier : "";
}

/** Records that go to the function together, and how often exactly these have gone. */
export interface Attempt {
  readonly records: readonly BatchRecord[];
  readonly sends: number;
}

/** What becomes of the records of an attempt: every one is in exactly one of the three. */
export interface Next {
  readonly done: readonly BatchRecord[];
  /** To be sent, in this order, before anything later of the same lane. */
  readonly again: readonly Attempt[];
  /** Out of retries. */
  readonly discarded: readonly BatchRecord[];
}

/**
 * Decides what follows an outcome. Splitting a batch uses up no retry, and neither does progress: when the records before
 * the first failure are checkpointed, the remaining ones have all their retries again.
 *
 * @param attempt with this send counted
 */
export function decide(attempt: Attempt, outcome: Outcome, settings: MappingSettings): Next {
  const { records, sends } = attempt;
  if (outcome.kind === "success") return { done: records, again: [], discarded: [] };
  if (outcome.kind === "partial" && outcome.from > 0) {
    const again = [{ records: records.slice(outcome.from), sends: 0 }];
    return { done: records.slice(0, outcome.from), again, discarded: [] };
  }
  if (settings.bisect && records.length > 1) return { done: [], again: halves(records), discarded: [] };
  const exhausted = settings.maxRetries !== -1 && sends > settings.maxRetries;
  return exhausted ? { done: [], again: [], discarded: records } : { done: [], again: [attempt], discarded: [] };
}

function halves(records: readonly BatchRecord[]): Attempt[] {
  const middle = Math.ceil(records.length / 2);
  return [records.slice(0, middle), records.slice(middle)].map((half) => ({ records: half, sends: 0 }));
}
