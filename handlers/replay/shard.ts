import {
  ExpiredIteratorException,
  GetRecordsCommand,
  type GetRecordsOutput,
  GetShardIteratorCommand,
  type KinesisClient,
  type _Record as KinesisRecord,
  ResourceNotFoundException,
} from "@aws-sdk/client-kinesis";
import type { SourceRecord } from "../../core/pipeline.ts";
import type { Clock } from "./clock.ts";
import type { ReplayRequest } from "./request.ts";

/** A shard takes 5 GetRecords calls a second from everybody (Kinesis API Reference): one is left to the consumer. */
const CALL_INTERVAL_MS = 250;

/** Arrival times are approximate, and those of one shard may step back a little: so much more is read on both sides. */
const SLACK_MS = 5000;

/** Full jitter, doubled each time up to the cap: the consumer reads the same shards and has precedence. */
const BACKOFF_MS = { first: 200, cap: 5000 };

/** Calls in a row that may fail: some 40 seconds. */
const MAX_FAILURES = 20;

/** Refusals by a busy shard or key, which pass (Kinesis API Reference, GetRecords). */
const THROTTLED = new Set([
  "ProvisionedThroughputExceededException",
  "LimitExceededException",
  "KMSThrottlingException",
  "ThrottlingException",
]);

export interface Page {
  /** Those of the period, in the shard's order. */
  readonly records: readonly SourceRecord[];
  /** The last record that was read, of the period or not; undefined when none was. */
  readonly last: { readonly sequence: string; readonly arrivalMs: number } | undefined;
  /** Whether the shard has no more records of the period. */
  readonly isLast: boolean;
}

export interface ShardReading {
  readonly kinesis: KinesisClient;
  readonly request: ReplayRequest;
  readonly shard: string;
  /** The sequence number after which to go on; undefined for the start of the period. */
  readonly after: string | undefined;
  /** Most records of a page, up to 10,000. */
  readonly pageRecords: number;
  readonly clock: Clock;
}

/**
 * Reads a shard's records of a period, one page a call, until a page says that it is the last.
 *
 * Throttling and failures are waited out, an expired iterator is renewed. A shard that the stream has forgotten is empty.
 *
 * @returns reads the next page; throws what Kinesis answered when it is the call's own fault, or failed 20 times
 */
export function openShard(reading: ShardReading): () => Promise<Page> {
  const { kinesis, request, clock, pageRecords } = reading;
  let { after } = reading;
  let iterator: string | undefined;
  let free = clock.now();

  return async () => {
    for (let failures = 1; ; failures++) {
      try {
        return await readPage();
      } catch (error) {
        if (error instanceof ResourceNotFoundException) return { records: [], last: undefined, isLast: true };
        iterator = undefined;
        if (error instanceof ExpiredIteratorException) continue;
        if (failures >= MAX_FAILURES || !mayPass(error)) throw error;
        await clock.sleep(Math.random() * Math.min(BACKOFF_MS.cap, BACKOFF_MS.first * 2 ** failures));
      }
    }
  };

  async function readPage(): Promise<Page> {
    if (free > clock.now()) await clock.sleep(free - clock.now());
    const asked = clock.now();
    free = asked + CALL_INTERVAL_MS;
    iterator ??= await iteratorAt(reading, after);
    const answer = await kinesis.send(new GetRecordsCommand({ ShardIterator: iterator, Limit: pageRecords }));
    iterator = answer.NextShardIterator;
    const page = pageOf(answer, reading, asked);
    after = page.last?.sequence ?? after;
    return page;
  }

  function pageOf(answer: GetRecordsOutput, { shard }: ShardReading, askedMs: number): Page {
    const read = (answer.Records ?? []).map((record) => sourceRecordOf(record, request.stream, shard));
    const last = read.at(-1);
    // How far behind the present the reading is now; an empty page tells nothing else.
    const reachedMs = Math.max(askedMs - (answer.MillisBehindLatest ?? 0), last?.arrivalMs ?? 0);
    return {
      records: read.filter(({ arrivalMs }) => arrivalMs >= request.fromMs && arrivalMs < request.toMs),
      last,
      isLast: !answer.NextShardIterator || reachedMs > request.toMs + SLACK_MS,
    };
  }
}

async function iteratorAt({ kinesis, request, shard }: ShardReading, after: string | undefined) {
  const position =
    after === undefined
      ? ({ ShardIteratorType: "AT_TIMESTAMP", Timestamp: new Date(request.fromMs - SLACK_MS) } as const)
      : ({ ShardIteratorType: "AFTER_SEQUENCE_NUMBER", StartingSequenceNumber: after } as const);
  const input = { StreamName: request.stream, ShardId: shard, ...position };
  const { ShardIterator } = await kinesis.send(new GetShardIteratorCommand(input));
  return ShardIterator;
}

function mayPass(error: unknown): boolean {
  if (!(error instanceof Error) || error.name === "AbortError") return false;
  return !("$fault" in error && error.$fault === "client") || THROTTLED.has(error.name);
}

/** Names a record's place exactly as the consumer does (handlers/consumer.ts): the ids depend on it. */
function sourceRecordOf(record: KinesisRecord, stream: string, shard: string): SourceRecord {
  return {
    payload: record.Data ?? new Uint8Array(),
    stream,
    shard,
    sequence: record.SequenceNumber ?? "",
    partitionKey: record.PartitionKey ?? "",
    arrivalMs: record.ApproximateArrivalTimestamp?.getTime() ?? Number.NaN,
  };
}
