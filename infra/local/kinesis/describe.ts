/** DescribeStream, DescribeStreamSummary, DescribeLimits and ListStreams. */

import type { JsonObject, Operation } from "../service.ts";
import { reader, text, whole } from "./check.ts";
import { arnOf, type Context, describeShard, findStream, invalid, shardId, streamName, streamRef } from "./context.ts";
import type { StreamRow } from "./store.ts";
import { openToken, sealToken } from "./token.ts";

/** Default account quotas in us-east-1 (Kinesis Data Streams Developer Guide). Told by DescribeLimits, not enforced here. */
const SHARD_LIMIT = 500;
const ON_DEMAND_STREAM_LIMIT = 50;

/** Range of Limit, and what it is when not given (DescribeStream and ListStreams, Kinesis API Reference). */
const LIST_LIMIT = { min: 1, max: 10_000 };
const PAGE = 100;

const readRef = reader(streamRef);
const readDescribe = reader({ ...streamRef, Limit: whole(LIST_LIMIT), ExclusiveStartShardId: shardId });
const readList = reader({
  Limit: whole(LIST_LIMIT),
  ExclusiveStartStreamName: streamName,
  NextToken: text({ min: 1, max: 1_048_576 }),
});

export function describeOperations(context: Context): Record<string, Operation> {
  const { store } = context;
  return {
    DescribeStream: (json) => {
      const { Limit: limit = PAGE, ExclusiveStartShardId: start = "", ...ref } = readDescribe(json);
      const stream = findStream(context, ref);
      const shards = store.shards(stream.id).map(describeShard);
      const rest = shards.filter(({ ShardId: id }) => String(id) > start);
      const page = { Shards: rest.slice(0, limit), HasMoreShards: rest.length > limit };
      return { StreamDescription: { ...describeStream(context, stream), ...page } };
    },
    DescribeStreamSummary: (json) => {
      const stream = findStream(context, readRef(json));
      return {
        StreamDescriptionSummary: {
          ...describeStream(context, stream),
          OpenShardCount: store.openShards(stream.id).length,
          ConsumerCount: 0,
          MaxRecordSizeInKiB: stream.maxRecordKib,
        },
      };
    },
    DescribeLimits: () => ({
      ShardLimit: SHARD_LIMIT,
      OpenShardCount: store.openShardCount(),
      OnDemandStreamCount: store.onDemandStreamCount(),
      OnDemandStreamCountLimit: ON_DEMAND_STREAM_LIMIT,
    }),
    ListStreams: (json) => listStreams(context, readList(json)),
  };
}

function listStreams(context: Context, input: ReturnType<typeof readList>): JsonObject {
  const { Limit: limit = PAGE, ExclusiveStartStreamName: start = "", NextToken: token } = input;
  const found = context.store.streamsAfter(token === undefined ? start : nameInToken(token), limit + 1);
  const page = found.slice(0, limit);
  const last = page.at(-1)?.name ?? "";
  const more = found.length > limit;
  return {
    StreamNames: page.map(({ name }) => name),
    HasMoreStreams: more,
    StreamSummaries: page.map((stream) => summarize(context, stream)),
    ...(more && { NextToken: sealToken("streams", context.now(), [last]) }),
  };
}

function summarize(context: Context, stream: StreamRow): JsonObject {
  return {
    StreamName: stream.name,
    StreamARN: arnOf(context, stream.name),
    StreamStatus: "ACTIVE",
    StreamModeDetails: { StreamMode: stream.mode },
    StreamCreationTimestamp: stream.created / 1000,
  };
}

function describeStream(context: Context, stream: StreamRow): JsonObject {
  return {
    ...summarize(context, stream),
    RetentionPeriodHours: stream.retentionHours,
    EnhancedMonitoring: [{ ShardLevelMetrics: [] }],
    EncryptionType: stream.keyId === null ? "NONE" : "KMS",
    ...(stream.keyId !== null && { KeyId: stream.keyId }),
  };
}

function nameInToken(text: string): string {
  const name = openToken("streams", text)?.values[0];
  if (typeof name !== "string") throw invalid("Invalid NextToken.");
  return name;
}
