import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  ListShardsCommand,
  type Shard,
} from "@aws-sdk/client-kinesis";

/** Empty answers that are followed before a shard counts as empty: a stretch without records takes several calls. */
const MOST_CALLS = 10;

/** Records asked for: AT_TIMESTAMP starts at the time of arrival itself, so the first one is the answer. */
const LIMIT = 1;

/**
 * When the first record arrived that the stream has since then.
 *
 * Kinesis allows five reads a second and shard, which all readers share: this takes one, and up to ten of an empty shard.
 * @returns milliseconds since 1970; undefined when no shard has any
 */
export async function firstArrival(
  kinesis: KinesisClient,
  stream: string,
  sinceMs: number,
): Promise<number | undefined> {
  let first: number | undefined;
  for (const { ShardId = "" } of await shardsOf(kinesis, stream)) {
    const arrived = await firstOf(kinesis, stream, ShardId, sinceMs);
    if (arrived !== undefined) first = Math.min(first ?? arrived, arrived);
  }
  return first;
}

async function shardsOf(kinesis: KinesisClient, StreamName: string): Promise<Shard[]> {
  const shards: Shard[] = [];
  let NextToken: string | undefined;
  do {
    const answer = await kinesis.send(new ListShardsCommand(NextToken === undefined ? { StreamName } : { NextToken }));
    shards.push(...(answer.Shards ?? []));
    NextToken = answer.NextToken;
  } while (NextToken !== undefined);
  return shards;
}

async function firstOf(
  kinesis: KinesisClient,
  StreamName: string,
  ShardId: string,
  sinceMs: number,
): Promise<number | undefined> {
  const start = { ShardIteratorType: "AT_TIMESTAMP", Timestamp: new Date(sinceMs) } as const;
  let { ShardIterator } = await kinesis.send(new GetShardIteratorCommand({ StreamName, ShardId, ...start }));
  for (let calls = 0; ShardIterator !== undefined && calls < MOST_CALLS; calls++) {
    const answer = await kinesis.send(new GetRecordsCommand({ ShardIterator, Limit: LIMIT }));
    const [record] = answer.Records ?? [];
    if (record) return record.ApproximateArrivalTimestamp?.getTime();
    if (answer.MillisBehindLatest === 0) return undefined;
    ShardIterator = answer.NextShardIterator;
  }
  return undefined;
}
