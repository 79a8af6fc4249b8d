import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { JsonObject } from "../service.ts";
import { stableUuid } from "../template/identity.ts";
import type { BatchRecord } from "./batching.ts";
import type { Backoff } from "./bell.ts";
import { type Checkpoints, openCheckpoints } from "./checkpoint.ts";
import { type Counters, type Delivery, deliverBatch, newCounters } from "./deliver.ts";
import { giveUp } from "./failures.ts";
import { followShards, type Lineage } from "./lineage.ts";
import { type Progress, trackProgress } from "./progress.ts";
import type { Invocation } from "./sandbox.ts";
import { type MappingSettings, readSettings } from "./settings.ts";
import { runShard, type ShardRun } from "./shard.ts";
import { type KinesisSource, type Position, readStream, type StreamReader } from "./stream.ts";

export interface MappingOptions {
  /** Identity of the mapping, in object keys and checkpoints; by default it follows from function and stream. */
  readonly uuid?: string;
  /** Resolved properties of an `AWS::Lambda::EventSourceMapping`. */
  readonly properties: JsonObject;
  readonly kinesis: KinesisSource;
  readonly invoke: (event: unknown) => Promise<Invocation>;
  /** Writes to the on-failure bucket; a rejection is tried again. */
  readonly putObject: (bucket: string, key: string, bytes: Uint8Array) => Promise<void>;
  /** SQLite file; created when missing. */
  readonly checkpointFile: string;
  readonly functionArn: string;
  /** The function's role, as events name it. */
  readonly roleArn?: string;
  readonly region: string;
  readonly account: string;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly log: (message: string) => void;
  /** Wait between re-sends; default 100 ms, doubled up to 10 s. */
  readonly backoff?: Backoff;
  /** How long `stop` waits for running invocations; default 10. */
  readonly stopSeconds?: number;
}

export interface ShardStats {
  readonly shardId: string;
  /** Age of the oldest record that is not finished; else how far reading is behind the tip. */
  readonly iteratorAgeMs: number;
  /** Last sequence number before which everything is finished; absent before the first. */
  readonly checkpoint: string | undefined;
}

export interface MappingStats extends Readonly<Counters> {
  readonly shards: readonly ShardStats[];
}

export interface Mapping {
  readonly uuid: string;
  stats(): MappingStats;
  /** Resolves when everything that was in the stream at the call is finished; at once when disabled or stopped. */
  idle(): Promise<void>;
  /** Stops reading and waits for running invocations. What is not finished comes again after the next start. */
  stop(): Promise<void>;
}

interface ShardState {
  readonly run: ShardRun;
  readonly progress: Progress;
  checkpoint: string | undefined;
}

/** What the shards of one mapping share. */
interface Context {
  readonly options: MappingOptions;
  readonly uuid: string;
  readonly settings: MappingSettings;
  readonly reader: StreamReader;
  readonly checkpoints: Checkpoints;
  readonly counters: Counters;
  readonly backoff: Backoff;
  readonly signal: AbortSignal;
  readonly states: Map<string, ShardState>;
  readonly nextPoll: () => number;
  readonly now: () => number;
  readonly log: (message: string) => void;
}

/**
 * Starts an event source mapping: reads every shard of the stream and invokes the function with batches, as the recorded
 * behavior of AWS Lambda has it. Delivery is at least once; a restart goes on after the last checkpoint.
 *
 * @throws Error for properties that this lake does not honor, and when the stream does not exist
 */
export async function startMapping(options: MappingOptions): Promise<Mapping> {
  const { now = Date.now, backoff = { initialMs: 100, maxMs: 10_000 } } = options;
  const settings = checkStart(readSettings(options.properties), now());
  const { streamName } = settings;
  const uuid = options.uuid ?? stableUuid(`${options.functionArn}|${settings.streamArn}`);
  const abort = new AbortController();
  setMaxListeners(0, abort.signal);
  let polls = 0;
  const context: Context = {
    ...{ options, uuid, settings, backoff, now, signal: abort.signal, counters: newCounters(), states: new Map() },
    reader: readStream(options.kinesis, streamName),
    checkpoints: openCheckpoints(options.checkpointFile, uuid),
    nextPoll: () => polls++,
    log: (message) => options.log(`mapping: ${streamName}: ${message}`),
  };
  const lineage = settings.enabled ? await follow(context) : undefined;
  const unsubscribe = options.kinesis.onRecords?.((name) => {
    if (name === streamName) lineage?.wake();
  });

  return {
    uuid,
    stats: () => statsOf(context),
    async idle() {
      const asked = polls;
      while (lineage && !abort.signal.aborted && !lineage.settledSince(asked)) {
        lineage.wake();
        await sleep(10);
      }
    },
    async stop() {
      unsubscribe?.();
      abort.abort();
      const bound = sleep((options.stopSeconds ?? 10) * 1000, undefined, { ref: false });
      await Promise.race([lineage?.ended(), bound]);
      context.checkpoints.close();
    },
  };
}

async function follow(context: Context): Promise<Lineage> {
  const { settings, checkpoints } = context;
  try {
    return await followShards({
      ...context,
      start: settings.start,
      runShard: (shardId, position, iterator) => startShard(context, shardId, position, iterator),
    });
  } catch (cause) {
    checkpoints.close();
    throw new Error(`mapping: the stream ${settings.streamName} cannot be read; no record is delivered`, { cause });
  }
}

function startShard(context: Context, shardId: string, position: Position, iterator: string | undefined): ShardRun {
  const { options, settings, states } = context;
  const progress = trackProgress();
  const delivery = deliveryOf(context, shardId, progress);
  const invokeIdentityArn = options.roleArn ?? `arn:aws:iam::${options.account}:role/lambda`;
  const run = runShard({
    ...{ ...context, position, iterator, progress },
    source: { streamArn: settings.streamArn, region: options.region, shardId, invokeIdentityArn },
    deliver: (batch) => deliverBatch(batch, delivery),
  });
  const checkpoint = position.type === "AFTER_SEQUENCE_NUMBER" ? position.sequenceNumber : undefined;
  states.set(shardId, { run, progress, checkpoint });
  return run;
}

function deliveryOf(context: Context, shardId: string, progress: Progress): Delivery {
  const { settings, options, reader, checkpoints, states } = context;
  const { maxAgeSeconds, streamArn, failureBucket: bucket } = settings;
  const { putObject, functionArn } = options;
  const failures = { ...context, mapping: context.uuid, bucket, putObject, streamArn, functionArn };
  const finish = (records: readonly BatchRecord[]) => {
    const checkpoint = progress.finish(records);
    const state = states.get(shardId);
    if (checkpoint === undefined || !state) return;
    state.checkpoint = checkpoint;
    checkpoints.advance(shardId, checkpoint);
  };
  return {
    ...{ ...context, invoke: options.invoke, finish },
    maxAgeMs: async () => (maxAgeSeconds === -1 ? (await reader.retentionHours()) * 3600 : maxAgeSeconds) * 1000,
    async giveUp(records, reason) {
      if (await giveUp(shardId, records, reason, failures)) finish(records);
    },
  };
}

function checkStart(settings: MappingSettings, nowMs: number): MappingSettings {
  const { start } = settings;
  if (start.type !== "AT_TIMESTAMP" || start.seconds * 1000 <= nowMs) return settings;
  throw new Error(`mapping: StartingPositionTimestamp ${start.seconds} is in the future; the mapping does not start`);
}

function statsOf({ counters, states, now }: Context): MappingStats {
  const shards = [...states].map(([shardId, { run, progress, checkpoint }]) => {
    const oldest = progress.oldestMs;
    return { shardId, checkpoint, iteratorAgeMs: oldest === undefined ? run.behindMs : Math.max(0, now() - oldest) };
  });
  return { ...counters, shards };
}
