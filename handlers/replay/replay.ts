import type { KinesisClient } from "@aws-sdk/client-kinesis";
import { type Clock, createPace } from "./clock.ts";
import type { OpenHours } from "./guard.ts";
import { listShards, runInLineage, type Shard } from "./lineage.ts";
import { type ReplayRequest, RequestError } from "./request.ts";
import { openShard, type Page } from "./shard.ts";
import { addCounts, noCounts, type ReplayCounts, type Sink, type Taken } from "./sink.ts";

/** Records a second: some 2 MB/s. Firehose takes 5 MiB/s at first in the larger regions (Quotas), live events included. */
export const DEFAULT_RATE = 2000;

/** Shards read at once: each holds a page of at most 10 MiB. */
const SHARDS_AT_ONCE = 16;

/** Most records of a page: at four pages a second, more than a shard gives (2 MiB/s) unless they are tiny. */
const MAX_PAGE_RECORDS = 2000;

/** How far a replay has come; what a checkpoint holds. */
export interface ReplayState {
  readonly shards: Record<string, ShardState>;
  readonly counts: ReplayCounts;
  readonly openHours: OpenHours;
}

interface ShardState {
  /** Of the last record that is settled. */
  readonly sequence?: string;
  /** Milliseconds since 1970 at which it arrived. */
  readonly arrivalMs?: number;
  readonly isFinished?: true;
}

export interface ReplayOptions {
  readonly kinesis: KinesisClient;
  readonly request: ReplayRequest;
  readonly sink: Sink;
  /** Where to start; kept up to date. */
  readonly state: ReplayState;
  readonly recordsPerSecond: number;
  /** Stops reading; what is in hand is settled. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Called whenever something more is settled. */
  readonly onSettled: () => void;
}

export function newState(): ReplayState {
  return { shards: {}, counts: noCounts(), openHours: {} };
}

/**
 * Reads the period of every shard, parents before their children, and hands the records to a sink, in each shard's order.
 *
 * @returns whether it came to the end; false when it was stopped before
 * @throws {Error} when a shard cannot be read, or the sink could not settle a record; the state says where
 */
export async function replay(options: ReplayOptions): Promise<boolean> {
  const { request, signal } = options;
  const shards = await shardsOf(options);
  const failure = new AbortController();
  const stop = AbortSignal.any([signal, failure.signal]);
  const pace = createPace(options.recordsPerSecond, options.clock);
  return runInLineage(shards, SHARDS_AT_ONCE, async (shard) => {
    try {
      return await replayShard(shard, { ...options, signal: stop }, pace);
    } catch (error) {
      if (signal.aborted && isAbort(error)) return false;
      failure.abort(); // the others settle what they have in hand, and end
      throw new Error(`replay: ${request.stream}, ${shard}: ${error instanceof Error ? error.message : error}`, {
        cause: error,
      });
    }
  });
}

async function shardsOf({ kinesis, request }: ReplayOptions): Promise<Shard[]> {
  const shards = await listShards(kinesis, request.stream, request.fromMs);
  if (request.shard === undefined) return shards;
  const chosen = shards.filter(({ id }) => id === request.shard);
  if (chosen.length > 0) return chosen;
  throw new RequestError(
    `replay: ${request.stream} has no shard ${request.shard} with records of that time; nothing was replayed`,
  );
}

async function replayShard(shard: string, options: ReplayOptions, pace: (records: number) => Promise<void>) {
  const { state, signal } = options;
  state.shards[shard] ??= {};
  if (state.shards[shard].isFinished) return true;
  const pageRecords = Math.min(MAX_PAGE_RECORDS, Math.max(1, Math.ceil(options.recordsPerSecond / 4)));
  const next = openShard({ ...options, shard, after: state.shards[shard]?.sequence, pageRecords });
  while (!signal.aborted) {
    const page = await next();
    await pace(page.records.length);
    const taken = page.records.length > 0 ? await options.sink(page.records) : { settled: 0, counts: noCounts() };
    settle(shard, page, taken, options);
    if (page.isLast) return true;
  }
  return false;
}

/** Moves the shard's checkpoint behind what is settled. */
function settle(shard: string, page: Page, { settled, counts, error }: Taken, { state, onSettled }: ReplayOptions) {
  const isWhole = settled === page.records.length;
  const last = isWhole ? page.last : page.records[settled - 1];
  addCounts(state.counts, counts);
  state.shards[shard] = {
    ...state.shards[shard],
    ...(last && { sequence: last.sequence, arrivalMs: last.arrivalMs }),
    ...(isWhole && page.isLast && { isFinished: true }),
  };
  onSettled();
  if (isWhole) return;
  const sequence = page.records[settled]?.sequence;
  throw new Error(`record ${sequence} was not delivered (${error}); the checkpoint is before it`);
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

/** How far the slowest shard that is being read is before the end of the period, in milliseconds. */
export function lagMs({ shards }: ReplayState, { fromMs, toMs }: ReplayRequest): number {
  const begun = Object.values(shards);
  if (begun.length === 0) return toMs - fromMs;
  const open = begun.filter(({ isFinished }) => !isFinished);
  const reached = open.map(({ arrivalMs = fromMs }) => arrivalMs);
  return Math.max(0, toMs - Math.min(toMs, ...reached));
}
