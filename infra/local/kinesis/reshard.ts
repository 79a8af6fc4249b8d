/** SplitShard, MergeShards and UpdateShardCount: shards are closed and children take over their hash keys. */

import { type JsonObject, type Operation, ServiceError } from "../service.ts";
import { oneOf, reader, required, text, whole } from "./check.ts";
import {
  arnOf,
  type Context,
  findShard,
  findStream,
  invalid,
  type StreamRef,
  shardId,
  shardIdOf,
  streamRef,
} from "./context.ts";
import { adjacent, before, evenRanges, fromDecimal, type HashRange, toDecimal } from "./hash.ts";
import type { ShardRow, StreamRow } from "./store.ts";

const readSplit = reader({
  ...streamRef,
  ShardToSplit: required(shardId),
  NewStartingHashKey: required(text({ pattern: "0|([1-9]\\d{0,38})" })),
});
const readMerge = reader({ ...streamRef, ShardToMerge: required(shardId), AdjacentShardToMerge: required(shardId) });
const readUpdate = reader({
  ...streamRef,
  TargetShardCount: required(whole({ min: 1 })),
  ScalingType: required(oneOf("UNIFORM_SCALING")),
});

export function reshardOperations(context: Context): Record<string, Operation> {
  return {
    SplitShard: (json) => splitShard(context, readSplit(json)),
    MergeShards: (json) => mergeShards(context, readMerge(json)),
    UpdateShardCount: (json) => updateShardCount(context, readUpdate(json)),
  };
}

function splitShard(context: Context, input: ReturnType<typeof readSplit>): JsonObject {
  const stream = findProvisioned(context, input);
  const shard = findShard(context, stream, input.ShardToSplit);
  checkOpen(context, stream, shard);
  const [low, high] = [toDecimal(shard.hashStart), toDecimal(shard.hashEnd)];
  const at = fromDecimal(input.NewStartingHashKey);
  // AWS wants more than one key on the lower side.
  if (at === undefined || BigInt(input.NewStartingHashKey) <= BigInt(low) + 1n || at >= shard.hashEnd) {
    throw invalid(
      `NewStartingHashKey ${input.NewStartingHashKey} used in SplitShard() on shard ${shardIdOf(shard.ix)} in stream ` +
        `${stream.name} under account ${context.account} is not both greater than one plus the shard's StartingHashKey ` +
        `${low} and less than the shard's EndingHashKey ${high}.`,
    );
  }
  context.store.transaction(() => split(context, shard, at));
  return {};
}

function mergeShards(context: Context, input: ReturnType<typeof readMerge>): JsonObject {
  const stream = findProvisioned(context, input);
  const shard = findShard(context, stream, input.ShardToMerge);
  const other = findShard(context, stream, input.AdjacentShardToMerge);
  checkOpen(context, stream, shard);
  checkOpen(context, stream, other);
  if (!adjacent(shard, other) && !adjacent(other, shard)) {
    throw invalid(
      `Shards ${shardIdOf(shard.ix)} and ${shardIdOf(other.ix)} in stream ${stream.name} under account ` +
        `${context.account} are not an adjacent pair of shards eligible for merging`,
    );
  }
  context.store.transaction(() => merge(context, shard, other));
  return {};
}

function updateShardCount(context: Context, input: ReturnType<typeof readUpdate>): JsonObject {
  const stream = findProvisioned(context, input);
  const current = context.store.openShards(stream.id).length;
  const target = input.TargetShardCount;
  checkTarget(current, target);
  scale(context, stream, target);
  return {
    StreamName: stream.name,
    StreamARN: arnOf(context, stream.name),
    CurrentShardCount: current,
    TargetShardCount: target,
  };
}

/**
 * Brings a stream to `target` open shards of equal ranges, by splits and then merges of single shards, so that every new
 * shard has its parents and short-lived shards appear in between, as on AWS.
 */
export function scale(context: Context, stream: StreamRow, target: number): void {
  const { store } = context;
  const ranges = evenRanges(target);
  store.transaction(() => {
    for (const { hashStart } of ranges) {
      const crossed = store.openShards(stream.id).find((s) => s.hashStart < hashStart && hashStart <= s.hashEnd);
      if (crossed) split(context, crossed, hashStart);
    }
    for (const range of ranges) mergeWithin(context, stream, range);
  });
}

function mergeWithin(context: Context, stream: StreamRow, range: HashRange): void {
  for (;;) {
    const inside = context.store
      .openShards(stream.id)
      .filter((s) => s.hashStart >= range.hashStart && s.hashEnd <= range.hashEnd);
    const [first, second] = inside;
    if (!first || !second) return;
    merge(context, first, second);
  }
}

function split(context: Context, shard: ShardRow, at: string): void {
  const { store } = context;
  const created = close(context, shard);
  const child = { stream: shard.stream, parent: shard.ix, created };
  store.addShard({ ...child, hashStart: shard.hashStart, hashEnd: before(at) });
  store.addShard({ ...child, hashStart: at, hashEnd: shard.hashEnd });
}

function merge(context: Context, shard: ShardRow, other: ShardRow): void {
  const created = Math.max(close(context, shard), close(context, other));
  const [low, high] = shard.hashStart < other.hashStart ? [shard, other] : [other, shard];
  context.store.addShard({
    stream: shard.stream,
    parent: shard.ix,
    adjacent: other.ix,
    hashStart: low.hashStart,
    hashEnd: high.hashEnd,
    created,
  });
}

/** Closes a shard at the present, never before its last record. */
function close(context: Context, shard: ShardRow): number {
  const now = context.store.arrivalTime(context.now());
  context.store.closeShard(shard.id, now);
  return now;
}

function findProvisioned(context: Context, ref: StreamRef): StreamRow {
  const stream = findStream(context, ref);
  if (stream.mode === "PROVISIONED") return stream;
  throw new ServiceError(
    "ValidationException",
    `Request is invalid. Stream ${stream.name} under account ${context.account} is in On-Demand mode.`,
  );
}

function checkOpen(context: Context, stream: StreamRow, shard: ShardRow): void {
  if (shard.closed === null) return;
  throw invalid(
    `Shard ${shardIdOf(shard.ix)} in stream ${stream.name} under account ${context.account} has already been merged or ` +
      "split, and thus is not eligible for merging or splitting.",
  );
}

/** At most double and at least half of the open shards at once (UpdateShardCount, Kinesis API Reference). */
function checkTarget(current: number, target: number): void {
  const counts = `Current open shard count: ${current} Target shard count: ${target}`;
  if (target > current * 2) {
    throw limitExceeded(`UpdateShardCount cannot scale up over double your current open shard count. ${counts}`);
  }
  if (target < current / 2) {
    throw limitExceeded(`UpdateShardCount cannot scale down below half your current open shard count. ${counts}`);
  }
}

function limitExceeded(message: string): ServiceError {
  return new ServiceError("LimitExceededException", message);
}
