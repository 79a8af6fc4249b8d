import { setTimeout as sleep } from "node:timers/promises";
import { type _Record, GetRecordsCommand, GetShardIteratorCommand, type KinesisClient } from "@aws-sdk/client-kinesis";
import type { Loaded } from "./candidate.ts";
import { type Original, positionOfRecord } from "./envelope.ts";

/** Records of one shard that Lambda gave up without keeping them. */
export interface Batch {
  readonly streamArn: string;
  readonly shard: string;
  /** Sequence numbers; both are part of it. */
  readonly first: string;
  readonly last: string;
  readonly size: number;
}

/** A shard may be asked five times a second (Kinesis API Reference, GetRecords), by all its readers together. */
const PAUSE_MS = 500;

/** Reads a batch from the stream again. What the stream has no more is told as the problem. */
export async function rereadBatch(kinesis: KinesisClient, batch: Batch): Promise<Loaded> {
  const originals: Original[] = [];
  for await (const record of recordsFrom(kinesis, batch)) {
    if (BigInt(record.SequenceNumber ?? 0) > BigInt(batch.last)) break;
    // An iterator at a sequence number that is forgotten may start later, but never earlier.
    originals.push(originalOf(batch, record));
  }
  const missing = batch.size - originals.length;
  if (missing <= 0) return { originals };
  const range = `${batch.shard} from ${batch.first} to ${batch.last}`;
  return { originals, problem: `${missing} of its ${batch.size} records are no longer on the stream (${range})` };
}

async function* recordsFrom(kinesis: KinesisClient, { streamArn, shard, first }: Batch): AsyncGenerator<_Record> {
  const start = await kinesis.send(
    new GetShardIteratorCommand({
      StreamARN: streamArn,
      ShardId: shard,
      ShardIteratorType: "AT_SEQUENCE_NUMBER",
      StartingSequenceNumber: first,
    }),
  );
  for (let iterator = start.ShardIterator; iterator !== undefined; ) {
    const {
      Records = [],
      NextShardIterator,
      MillisBehindLatest = 0,
    } = await kinesis.send(new GetRecordsCommand({ StreamARN: streamArn, ShardIterator: iterator }));
    yield* Records;
    if (Records.length === 0 && MillisBehindLatest === 0) return;
    iterator = NextShardIterator;
    await sleep(PAUSE_MS);
  }
}

function originalOf({ streamArn, shard }: Batch, record: _Record): Original {
  const { SequenceNumber = "", Data = new Uint8Array(), PartitionKey = "", ApproximateArrivalTimestamp } = record;
  return {
    position: positionOfRecord(streamArn, shard, SequenceNumber),
    arrivalMs: ApproximateArrivalTimestamp?.getTime() ?? 0,
    partitionKey: PartitionKey,
    payload: Data,
  };
}
