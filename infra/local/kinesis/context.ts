/** What every Kinesis operation works with, and how it finds the stream and shards that it is asked about. */

import type { JsonObject } from "../service.ts";
import { ServiceError } from "../service.ts";
import { oneOf, structure, text } from "./check.ts";
import { toDecimal } from "./hash.ts";
import { endingSequence, startingSequence } from "./sequence.ts";
import type { ShardRow, Store, StreamRow } from "./store.ts";

export interface Context {
  store: Store;
  /** Milliseconds since 1970. */
  now: () => number;
  region: string;
  account: string;
  /** Applies the write limits of a shard (1 MB and 1,000 records a second). */
  throttle: boolean;
  /** Called after records were put on a stream. */
  announce: (stream: string, put: Put) => void;
}

/** What one call put: records, and their bytes, partition keys included. */
export interface Put {
  readonly records: number;
  readonly bytes: number;
}

const HOUR_MS = 3_600_000;

/** Constraints that many operations share (Kinesis API Reference). */
export const streamName = text({ min: 1, max: 128, pattern: "[a-zA-Z0-9_.-]+" });
export const streamArn = text({ min: 1, max: 2048 });
export const shardId = text({ min: 1, max: 128, pattern: "[a-zA-Z0-9_.-]+" });
export const streamMode = structure({ StreamMode: oneOf("PROVISIONED", "ON_DEMAND") });

/** The two ways to say which stream: at least one, and one stream when both are given. */
export const streamRef = { StreamName: streamName, StreamARN: streamArn };

export interface StreamRef {
  StreamName?: string | undefined;
  StreamARN?: string | undefined;
}

/**
 * Finds a stream by name or ARN, and forgets what its retention no longer covers.
 *
 * @throws {ServiceError} ResourceNotFoundException; InvalidArgumentException when neither is given or they disagree
 */
export function findStream(context: Context, ref: StreamRef): StreamRow {
  const { StreamName: name, StreamARN: arn } = ref;
  const stream = context.store.stream(name ?? nameInArn(context, arn));
  if (!stream) throw notFound(`Stream ${name ?? arn} under account ${context.account} not found.`);
  if (arn !== undefined && arn !== arnOf(context, stream.name)) {
    throw invalid(`StreamName ${stream.name} and StreamARN ${arn} do not name the same stream.`);
  }
  context.store.trim(stream.id, horizonOf(context, stream));
  return stream;
}

function nameInArn(context: Context, arn: string | undefined): string {
  if (arn === undefined) throw invalid("StreamName or StreamARN must be provided.");
  const prefix = arnOf(context, "");
  if (!arn.startsWith(prefix)) throw notFound(`Stream ${arn} not found: streams here are ${prefix}…`);
  return arn.slice(prefix.length);
}

export function arnOf(context: Context, name: string): string {
  return `arn:aws:kinesis:${context.region}:${context.account}:stream/${name}`;
}

/** The time before which a stream's records are gone. */
export function horizonOf(context: Context, stream: StreamRow): number {
  return context.now() - stream.retentionHours * HOUR_MS;
}

/** @throws {ServiceError} ResourceNotFoundException */
export function findShard(context: Context, stream: StreamRow, id: string): ShardRow {
  const digits = /^(?:shardId-)?(\d{1,12})$/.exec(id)?.[1];
  const shard = digits === undefined ? undefined : context.store.shard(stream.id, Number(digits));
  if (!shard) {
    throw notFound(`Could not find shard ${id} in stream ${stream.name} under account ${context.account}.`);
  }
  return shard;
}

export function shardIdOf(ix: number): string {
  return `shardId-${String(ix).padStart(12, "0")}`;
}

/** A shard in the wire's shape. */
export function describeShard(shard: ShardRow): JsonObject {
  return {
    ShardId: shardIdOf(shard.ix),
    ...(shard.parent !== null && { ParentShardId: shardIdOf(shard.parent) }),
    ...(shard.adjacent !== null && { AdjacentParentShardId: shardIdOf(shard.adjacent) }),
    HashKeyRange: describeRange(shard),
    SequenceNumberRange: {
      StartingSequenceNumber: startingSequence(shard),
      ...(shard.closed !== null && { EndingSequenceNumber: endingSequence(shard, shard.closed) }),
    },
  };
}

export function describeRange(shard: ShardRow): JsonObject {
  return { StartingHashKey: toDecimal(shard.hashStart), EndingHashKey: toDecimal(shard.hashEnd) };
}

export function invalid(message: string): ServiceError {
  return new ServiceError("InvalidArgumentException", message);
}

export function notFound(message: string): ServiceError {
  return new ServiceError("ResourceNotFoundException", message);
}
