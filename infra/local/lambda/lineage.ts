import { type Backoff, backOff } from "./bell.ts";
import type { Checkpoints } from "./checkpoint.ts";
import type { StartingPosition } from "./settings.ts";
import type { ShardRun } from "./shard.ts";
import type { Position, Shard, StreamReader } from "./stream.ts";

export interface LineageOptions {
  readonly reader: StreamReader;
  readonly checkpoints: Checkpoints;
  /** Where the very first start of the mapping begins in every shard. */
  readonly start: StartingPosition;
  readonly runShard: (shardId: string, position: Position, iterator: string | undefined) => ShardRun;
  readonly backoff: Backoff;
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly log: (message: string) => void;
}

/** The shards of a stream that are being read. */
export interface Lineage {
  /** Whether every shard is settled since that poll, and none is about to be opened. Throws what ended a shard's reading. */
  settledSince(poll: number): boolean;
  wake(): void;
  /** Resolves when no shard is read any more. */
  ended(): Promise<void>;
}

/**
 * Reads every shard of a stream, parents before their children: a split or merged shard's children start when everything
 * in it is finished, so that records of one partition key keep their order.
 *
 * A shard that appears after the mapping's first start is read from its beginning.
 */
export async function followShards(options: LineageOptions): Promise<Lineage> {
  const { reader, checkpoints, signal, log } = options;
  const open = new Map<string, ShardRun>();
  const watching = new Set<Promise<void>>();
  let opening = 0;
  let failure: unknown;
  const listed = await reader.shards();
  const iterators = await beginShards(listed, options);
  startReady(listed);

  return {
    settledSince(poll) {
      if (failure !== undefined) throw failure;
      return opening === 0 && [...open.values()].every((run) => run.settledSince(poll));
    },
    wake() {
      for (const run of open.values()) run.wake();
    },
    async ended() {
      while (watching.size > 0) await Promise.all(watching);
    },
  };

  /** Starts the shards that wait for nothing: every parent is finished, or no longer listed. */
  function startReady(shards: readonly Shard[]): void {
    const kept = checkpoints.load();
    const unfinished = new Set(shards.map(({ shardId }) => shardId).filter((shardId) => !kept.get(shardId)?.finished));
    for (const { shardId, parents } of shards) {
      if (!unfinished.has(shardId) || open.has(shardId) || parents.some((parent) => unfinished.has(parent))) continue;
      const position = kept.get(shardId)?.position ?? { type: "TRIM_HORIZON" };
      const run = options.runShard(shardId, position, iterators.get(shardId));
      open.set(shardId, run);
      const watched: Promise<void> = watch(shardId, run).finally(() => watching.delete(watched));
      watching.add(watched);
    }
  }

  async function watch(shardId: string, run: ShardRun): Promise<void> {
    try {
      if (!(await run.done)) return;
      opening++;
      checkpoints.finish(shardId);
      open.delete(shardId);
      startReady(await listShards());
      opening--;
    } catch (cause) {
      failure = cause;
      log(`${shardId} is no longer read: ${String(cause)}; a restart goes on from its checkpoint`);
    }
  }

  async function listShards(): Promise<readonly Shard[]> {
    for (let failures = 0; !signal.aborted; ) {
      try {
        const shards = await reader.shards();
        await beginShards(shards, options);
        return shards;
      } catch (cause) {
        log(`the shards cannot be listed: ${String(cause)}; trying again`);
        await backOff(++failures, options.backoff, signal);
      }
    }
    return [];
  }
}

/**
 * Keeps where each shard starts, for shards that were not there before.
 *
 * LATEST means now: the time is kept, so that a restart before the first record skips nothing, and the iterators are taken
 * now, also of shards that wait for their parents.
 */
async function beginShards(shards: readonly Shard[], options: LineageOptions): Promise<Map<string, string>> {
  const { checkpoints, reader, now } = options;
  const kept = checkpoints.load();
  const start: StartingPosition = kept.size === 0 ? options.start : { type: "TRIM_HORIZON" };
  const isLatest = start.type === "LATEST";
  const position: Position = isLatest ? { type: "AT_TIMESTAMP", seconds: now() / 1000 } : start;
  for (const { shardId } of shards) if (!kept.has(shardId)) checkpoints.begin(shardId, position);
  const iterators = new Map<string, string>();
  if (!isLatest) return iterators;
  for (const { shardId } of shards) iterators.set(shardId, await reader.iterator(shardId, { type: "LATEST" }));
  return iterators;
}
