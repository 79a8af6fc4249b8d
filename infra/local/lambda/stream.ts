import type { Json, JsonObject, Service } from "../service.ts";

/** The Kinesis service of this process. `onRecords` calls back with a stream's name after every put into it. */
export interface KinesisSource extends Pick<Service, "operations"> {
  onRecords?(listener: (streamName: string) => void): () => void;
}

export interface Shard {
  readonly shardId: string;
  /** The shards it was split or merged from. */
  readonly parents: readonly string[];
}

export interface StreamRecord {
  readonly sequenceNumber: string;
  readonly partitionKey: string;
  /** Base64. */
  readonly data: string;
  readonly arrivedSeconds: number;
}

export interface RecordPage {
  readonly records: readonly StreamRecord[];
  /** Undefined at the end of a closed shard. */
  readonly next: string | undefined;
  readonly behindMs: number;
}

/** Where to start reading a shard. */
export type Position =
  | { readonly type: "TRIM_HORIZON" | "LATEST" }
  | { readonly type: "AT_TIMESTAMP"; readonly seconds: number }
  | { readonly type: "AFTER_SEQUENCE_NUMBER"; readonly sequenceNumber: string };

/** The calls of a shard reader on one stream, in the reader's own terms. */
export interface StreamReader {
  shards(): Promise<Shard[]>;
  /** Hours that a record stays readable. */
  retentionHours(): Promise<number>;
  iterator(shardId: string, position: Position): Promise<string>;
  /** At most 10,000 records or 10 MiB (GetRecords, Kinesis API Reference). */
  records(iterator: string, limit: number): Promise<RecordPage>;
}

export function readStream(kinesis: KinesisSource, streamName: string): StreamReader {
  const call = async (name: string, input: JsonObject): Promise<JsonObject> => {
    const operation = kinesis.operations[name];
    if (!operation) throw new Error(`mapping: the Kinesis service has no operation ${name}`);
    return operation(input);
  };
  return {
    async shards() {
      const found: Shard[] = [];
      for (let input: JsonObject | undefined = { StreamName: streamName }; input; ) {
        const page: JsonObject = await call("ListShards", input);
        found.push(...listOf(page.Shards).map(toShard));
        input = page.NextToken ? { NextToken: page.NextToken } : undefined;
      }
      return found;
    },
    async retentionHours() {
      const { StreamDescriptionSummary: summary } = await call("DescribeStreamSummary", { StreamName: streamName });
      return Number(objectOf(summary).RetentionPeriodHours);
    },
    async iterator(shardId, position) {
      const where: JsonObject = { StreamName: streamName, ShardId: shardId, ShardIteratorType: position.type };
      if (position.type === "AT_TIMESTAMP") where.Timestamp = position.seconds;
      if (position.type === "AFTER_SEQUENCE_NUMBER") where.StartingSequenceNumber = position.sequenceNumber;
      return String((await call("GetShardIterator", where)).ShardIterator);
    },
    async records(iterator, limit) {
      const page = await call("GetRecords", { ShardIterator: iterator, Limit: limit });
      const next = page.NextShardIterator;
      return {
        records: listOf(page.Records).map(toRecord),
        next: typeof next === "string" ? next : undefined,
        behindMs: Number(page.MillisBehindLatest ?? 0),
      };
    },
  };
}

function toShard(value: Json): Shard {
  const { ShardId, ParentShardId, AdjacentParentShardId } = objectOf(value);
  const parents = [ParentShardId, AdjacentParentShardId].filter((parent) => typeof parent === "string");
  return { shardId: String(ShardId), parents };
}

function toRecord(value: Json): StreamRecord {
  const record = objectOf(value);
  return {
    sequenceNumber: String(record.SequenceNumber),
    partitionKey: String(record.PartitionKey),
    data: String(record.Data),
    arrivedSeconds: Number(record.ApproximateArrivalTimestamp),
  };
}

function listOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

function objectOf(value: Json | undefined): JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? value : {};
}
