/** ListShards. */

import { type Operation, ServiceError } from "../service.ts";
import { oneOf, type Read, reader, required, structure, text, timestamp, whole } from "./check.ts";
import {
  type Context,
  describeShard,
  findStream,
  horizonOf,
  invalid,
  shardId,
  shardIdOf,
  streamRef,
} from "./context.ts";
import type { ShardRow, StreamRow } from "./store.ts";
import { isExpired, openToken, sealToken } from "./token.ts";

const filter = {
  Type: required(
    oneOf("AFTER_SHARD_ID", "AT_TRIM_HORIZON", "FROM_TRIM_HORIZON", "AT_LATEST", "AT_TIMESTAMP", "FROM_TIMESTAMP"),
  ),
  ShardId: shardId,
  Timestamp: timestamp(),
};
type Filter = Read<typeof filter>;

const readFilter = structure(filter);
const readListShards = reader({
  ...streamRef,
  NextToken: text({ min: 1, max: 1_048_576 }),
  ExclusiveStartShardId: shardId,
  MaxResults: whole({ min: 1, max: 10_000 }),
  ShardFilter: readFilter,
});
type Input = ReturnType<typeof readListShards>;

/** Shards in one answer when MaxResults does not say (ListShards, Kinesis API Reference). */
const PAGE = 1000;

export function shardOperations(context: Context): Record<string, Operation> {
  return {
    ListShards: (json) => {
      const input = readListShards(json);
      const { stream, after, chosen } = input.NextToken === undefined ? start(context, input) : resume(context, input);
      const found = context.store
        .shards(stream.id)
        .filter((shard) => shardIdOf(shard.ix) > after && isChosen(context, stream, shard, chosen));
      const page = found.slice(0, input.MaxResults ?? PAGE).map(describeShard);
      const last = page.at(-1)?.ShardId;
      if (page.length === found.length || typeof last !== "string") return { Shards: page };
      const { Type = null, ShardId = null, Timestamp = null } = chosen ?? {};
      return {
        Shards: page,
        NextToken: sealToken("shards", context.now(), [stream.name, last, Type, ShardId, Timestamp]),
      };
    },
  };
}

interface Listing {
  stream: StreamRow;
  /** The shard id that the page starts after; empty for the first page. */
  after: string;
  chosen: Filter | undefined;
}

function start(context: Context, input: Input): Listing {
  const chosen = input.ShardFilter;
  if (chosen?.Type === "AFTER_SHARD_ID" && chosen.ShardId === undefined) {
    throw invalid("ShardFilter of type AFTER_SHARD_ID needs a ShardId.");
  }
  if (chosen?.Type.endsWith("_TIMESTAMP") && chosen.Timestamp === undefined) {
    throw invalid(`ShardFilter of type ${chosen.Type} needs a Timestamp.`);
  }
  return { stream: findStream(context, input), after: input.ExclusiveStartShardId ?? "", chosen };
}

/** A token names the stream, the place and the filter by itself; saying them again is refused, as AWS does. */
function resume(context: Context, input: Input): Listing {
  for (const name of ["StreamName", "StreamARN", "ShardFilter", "ExclusiveStartShardId"] as const) {
    if (input[name] !== undefined) throw invalid(`NextToken and ${name} cannot be provided together.`);
  }
  const token = openToken("shards", input.NextToken ?? "");
  const [name, after, Type, ShardId, Timestamp] = token?.values ?? [];
  if (!token || typeof name !== "string" || typeof after !== "string") throw invalid("Invalid NextToken.");
  if (isExpired(token, context.now())) {
    throw new ServiceError("ExpiredNextTokenException", "NextToken expired; list from the start again.");
  }
  const chosen =
    typeof Type === "string"
      ? readFilter({ Type, ...textOf({ ShardId }), ...secondsOf({ Timestamp }) }, "", [])
      : undefined;
  return { stream: findStream(context, { StreamName: name }), after, chosen };
}

function textOf({ ShardId }: { ShardId: unknown }): { ShardId?: string } {
  return typeof ShardId === "string" ? { ShardId } : {};
}

function secondsOf({ Timestamp }: { Timestamp: unknown }): { Timestamp?: number } {
  return typeof Timestamp === "number" ? { Timestamp: Timestamp / 1000 } : {};
}

/** The meanings of ShardFilter (Kinesis API Reference). */
function isChosen(context: Context, stream: StreamRow, shard: ShardRow, chosen: Filter | undefined): boolean {
  const horizon = Math.max(stream.created, horizonOf(context, stream));
  const openAt = (time: number) => shard.created <= time && (shard.closed ?? Infinity) >= time;
  switch (chosen?.Type) {
    case undefined:
    case "FROM_TRIM_HORIZON":
      return true;
    case "AFTER_SHARD_ID":
      return shardIdOf(shard.ix) > (chosen.ShardId ?? "");
    case "AT_LATEST":
      return shard.closed === null;
    case "AT_TRIM_HORIZON":
      return openAt(horizon);
    case "AT_TIMESTAMP":
      return openAt(Math.max(horizon, chosen.Timestamp ?? 0));
    case "FROM_TIMESTAMP":
      return (shard.closed ?? Infinity) >= (chosen.Timestamp ?? 0);
  }
}
