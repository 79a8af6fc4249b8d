import {
  type _Record,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  ListShardsCommand,
  type Shard,
} from "@aws-sdk/client-kinesis";
import { type Corpus, numberOf, payloadOf } from "./payloads.ts";

/** A record as the stream has it. */
export interface Streamed {
  readonly shard: string;
  readonly sequence: string;
  readonly key: string;
  /** Whether its bytes are those of the payload that its key names. */
  readonly isIntact: boolean;
}

/** Reads everything that is on a stream, closed shards included. Nothing must be put meanwhile. */
export async function readStream(kinesis: KinesisClient, StreamName: string, corpus: Corpus): Promise<Streamed[]> {
  const records: Streamed[] = [];
  for (const { ShardId: shard = "" } of await listShards(kinesis, StreamName)) {
    for await (const { SequenceNumber: sequence = "", PartitionKey: key = "", Data } of readShard(
      kinesis,
      StreamName,
      shard,
    )) {
      const number = numberOf(key);
      const isIntact = number !== undefined && Buffer.from(payloadOf(corpus, number).data).equals(Data ?? Buffer.of());
      records.push({ shard, sequence, key, isIntact });
    }
  }
  return records;
}

export async function listShards(kinesis: KinesisClient, StreamName: string): Promise<Shard[]> {
  const shards: Shard[] = [];
  let NextToken: string | undefined;
  do {
    const page = await kinesis.send(new ListShardsCommand(NextToken ? { NextToken } : { StreamName }));
    shards.push(...(page.Shards ?? []));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return shards;
}

async function* readShard(kinesis: KinesisClient, StreamName: string, ShardId: string): AsyncGenerator<_Record> {
  const start = new GetShardIteratorCommand({ StreamName, ShardId, ShardIteratorType: "TRIM_HORIZON" });
  let { ShardIterator } = await kinesis.send(start);
  while (ShardIterator !== undefined) {
    const page = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
    yield* page.Records ?? [];
    if (page.Records?.length === 0 && page.MillisBehindLatest === 0) return;
    ShardIterator = page.NextShardIterator;
  }
}
