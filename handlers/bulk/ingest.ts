import type { KinesisClient, PutRecordsResultEntry } from "@aws-sdk/client-kinesis";
import { idOf } from "../../core/identity.ts";
import { batchesOf, isThrottled, type PutEntry, putUntil } from "../records.ts";
import { type Answer, errorBody, json } from "./answer.ts";
import type { ItemError } from "./document.ts";
import type { Item } from "./items.ts";

/** Calls in flight at once: one shard takes a call of 5 MiB in five seconds, an on-demand stream begins with four shards. */
const CONCURRENCY = 4;

const THROTTLED: ItemError = {
  status: 429,
  type: "es_rejected_execution_exception",
  reason: "the stream takes no more right now; send it again, more slowly",
};
const UNAVAILABLE: ItemError = {
  status: 503,
  type: "unavailable_shards_exception",
  reason: "the stream did not take it; send it again",
};

/**
 * Agents that look at the HTTP status only and would lose the items that were not taken: Vector, unless told
 * `request_retry_partial` (elasticsearch sink), and syslog-ng (http destination). A throttled item refuses them all.
 */
const READS_STATUS_ONLY = /^(syslog-ng|vector)\b/i;

/** What became of an item. */
export interface Outcome {
  readonly item: Item;
  /** The producer's id; else the `eventid` that the event has in the lake. */
  readonly id?: string;
  readonly error?: ItemError;
}

/**
 * Puts the documents on the stream, each as one record; what is throttled is sent again until the deadline.
 *
 * @param deadline milliseconds since 1970
 * @returns the outcome of each item, in order
 */
export async function ingest(
  kinesis: KinesisClient,
  stream: string,
  items: readonly Item[],
  deadline: number,
): Promise<Outcome[]> {
  const sound = items.filter(({ error }) => error === undefined);
  const results = await putAll(
    kinesis,
    stream,
    sound.map(({ document }) => document),
    deadline,
  );
  const placed = new Map(sound.map((item, i) => [item, results[i]]));
  return items.map((item) => outcomeOf(item, placed.get(item), stream));
}

async function putAll(kinesis: KinesisClient, stream: string, documents: readonly Uint8Array[], deadline: number) {
  const batches: PutEntry[][] = [];
  for await (const batch of batchesOf(documents)) batches.push(batch);
  const results: PutRecordsResultEntry[][] = [];
  const queue = batches.entries();
  const worker = async () => {
    for (const [i, batch] of queue) results[i] = await putUntil(kinesis, stream, batch, deadline);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return results.flat();
}

function outcomeOf(item: Item, result: PutRecordsResultEntry | undefined, stream: string): Outcome {
  const own = item.id === undefined ? {} : { id: item.id };
  if (item.error) return { item, ...own, error: item.error };
  const { ShardId: shard, SequenceNumber: sequence, ErrorCode } = result ?? {};
  if (shard === undefined || sequence === undefined)
    return { item, ...own, error: isThrottled(ErrorCode) ? THROTTLED : UNAVAILABLE };
  return { item, id: item.id ?? idOf({ stream, shard, sequence, subsequence: 0, index: 0 }) };
}

/**
 * The answer to a bulk request: 200 with an item for each action, 201 only for what the stream has.
 *
 * When the stream took nothing and some items may come again, the answer itself is 429 or 503, which every agent tries
 * again; the items are in it all the same, because rsyslog reads nothing else (omelasticsearch).
 */
export function answerBulk(outcomes: readonly Outcome[], tookMs: number, userAgent = ""): Answer {
  const errors = outcomes.some(({ error }) => error !== undefined);
  const body = { took: Math.round(tookMs), errors, items: outcomes.map(itemAnswer) };
  const passing = outcomes.find(({ error }) => error === THROTTLED || error === UNAVAILABLE)?.error;
  const nothingTaken = outcomes.every(({ error }) => error !== undefined);
  if (!passing || !(nothingTaken || READS_STATUS_ONLY.test(userAgent))) return json(200, body);
  return json(passing.status, { ...body, ...errorBody(passing.status, passing.type, passing.reason) });
}

function itemAnswer({ item, id, error }: Outcome) {
  const { action, index: _index } = item;
  const names = id === undefined ? { _index } : { _index, _id: id };
  if (!error) return { [action]: { ...names, _version: 1, result: "created", status: 201 } };
  const { status, type, reason } = error;
  return { [action]: { ...names, status, error: { type, reason } } };
}

/** The answer to one document: as an item's, but the status is the answer's own. */
export function answerDocument({ item, id, error }: Outcome): Answer {
  if (error) return json(error.status, errorBody(error.status, error.type, error.reason));
  const _shards = { total: 1, successful: 1, failed: 0 };
  return json(201, {
    _index: item.index,
    _id: id,
    _version: 1,
    result: "created",
    _shards,
    _seq_no: 0,
    _primary_term: 1,
  });
}
