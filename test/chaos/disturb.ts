import { setTimeout as sleep } from "node:timers/promises";
import {
  type KinesisClient,
  MergeShardsCommand,
  SplitShardCommand,
  UpdateStreamModeCommand,
} from "@aws-sdk/client-kinesis";
import { PLACE } from "../../infra/local/lake.ts";
import type { Random } from "../bench/random.ts";
import type { ChaosLake } from "./lake.ts";
import type { ChaosProxy } from "./proxy.ts";
import { randomFor } from "./seed.ts";
import { listShards } from "./stream.ts";

/** What happens to the lake as a whole; the names are those of the report. */
export const DISTURBANCES = ["lake killed (kill -9)", "stream resharded", "clock jumped"] as const;

export interface Disturbance {
  readonly name: (typeof DISTURBANCES)[number];
  /** When, as a share of the whole run: 0 to 1. */
  readonly at: number;
}

/** A clock that is off by more than this would move events out of the hours they are expected in. In milliseconds. */
const MOST_SKEW_MS = 90 * 60_000;

/** More open shards are merged again. */
const MOST_SHARDS = 4;

/** Waits between a kill and the next start: none to this, in milliseconds. */
const DOWN_MS = 500;

/** Spreads each kind of disturbance over the run, somewhere in each of its `kills` equal parts. */
export function planDisturbances(seed: number, kills: number): Disturbance[] {
  const random = randomFor(seed, "disturbances");
  const parts = Array.from({ length: kills }, (_, part) => part);
  const plan = DISTURBANCES.flatMap((name) =>
    parts.map((part) => ({ name, at: (part + random.int(50, 950) / 1000) / kills })),
  );
  return plan.sort((a, b) => a.at - b.at);
}

export interface Disturbed {
  readonly lake: ChaosLake;
  readonly proxy: ChaosProxy;
  readonly kinesis: KinesisClient;
  readonly random: Random;
}

/** @returns false when it could not take place */
export async function disturb({ name }: Disturbance, disturbed: Disturbed): Promise<boolean> {
  if (name === "stream resharded") return reshard(disturbed);
  const { lake, proxy, random } = disturbed;
  if (name === "clock jumped") {
    lake.setClock(random.int(-MOST_SKEW_MS, MOST_SKEW_MS));
    return true;
  }
  await lake.kill();
  proxy.target = undefined;
  await sleep(random.int(0, DOWN_MS));
  proxy.target = await lake.start();
  return true;
}

/** Splits a shard in the middle, or merges two neighbors. Over the wire: a provisioned stream only, which ours is not. */
async function reshard({ lake, kinesis, random }: Disturbed): Promise<boolean> {
  const { StreamName = "" } = lake.outputs;
  const StreamARN = `arn:aws:kinesis:${PLACE.region}:${PLACE.account}:stream/${StreamName}`;
  await kinesis.send(new UpdateStreamModeCommand({ StreamARN, StreamModeDetails: { StreamMode: "PROVISIONED" } }));
  const open = await openShards(kinesis, StreamName);
  const place = random.int(0, open.length - 2);
  const [shard, neighbor] = [open[place], open[place + 1]];
  if (!shard || !neighbor) return false;
  const merge = { StreamName, ShardToMerge: shard.id, AdjacentShardToMerge: neighbor.id };
  const split = { StreamName, ShardToSplit: shard.id, NewStartingHashKey: String((shard.start + shard.end) / 2n) };
  if (open.length >= MOST_SHARDS) await kinesis.send(new MergeShardsCommand(merge));
  else await kinesis.send(new SplitShardCommand(split));
  return true;
}

/** By their ranges of hash keys, so that neighbors stand side by side. */
async function openShards(kinesis: KinesisClient, stream: string) {
  const shards = await listShards(kinesis, stream);
  return shards
    .filter(({ SequenceNumberRange }) => SequenceNumberRange?.EndingSequenceNumber === undefined)
    .map(({ ShardId = "", HashKeyRange: { StartingHashKey = "0", EndingHashKey = "0" } = {} }) => ({
      id: ShardId,
      start: BigInt(StartingHashKey),
      end: BigInt(EndingHashKey),
    }))
    .sort((a, b) => (a.start < b.start ? -1 : 1));
}
