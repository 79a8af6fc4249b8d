import { setImmediate as yieldToOthers } from "node:timers/promises";
import { type BatchRecord, type Source, toBatchRecord } from "./batching.ts";
import { type Backoff, backOff, createBell } from "./bell.ts";
import { createLane, laneOf } from "./lane.ts";
import type { Progress } from "./progress.ts";
import type { MappingSettings } from "./settings.ts";
import type { Position, StreamReader } from "./stream.ts";

/** Most records of one GetRecords call (Kinesis API Reference). */
const MAX_PAGE_RECORDS = 10_000;
/** Base64 bytes a shard may hold that wait for an invocation; reading goes on below it. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;
/** Reads an idle shard this often, as Lambda does; a put in this process wakes the reader at once. */
const POLL_MS = 1000;
/** Wait after an empty page that is not the tip. */
const GAP_MS = 20;

export interface ShardOptions {
  readonly reader: StreamReader;
  readonly source: Source;
  readonly settings: MappingSettings;
  readonly position: Position;
  /** An iterator at that position that was taken earlier; it may have expired. */
  readonly iterator: string | undefined;
  readonly progress: Progress;
  readonly backoff: Backoff;
  readonly signal: AbortSignal;
  readonly deliver: (batch: readonly BatchRecord[]) => Promise<void>;
  /** Numbers the reads of all shards, so that it can be told which came after a question. */
  readonly nextPoll: () => number;
  readonly log: (message: string) => void;
}

/** The reading of one shard. */
export interface ShardRun {
  /** True when the shard is closed and everything in it is finished; false when the mapping stopped first. */
  readonly done: Promise<boolean>;
  /** Reads again now. */
  wake(): void;
  /** Whether that poll or a later one found nothing more, and all that was read is finished. */
  settledSince(poll: number): boolean;
  readonly behindMs: number;
}

/** Reads a shard from its position on and hands its records to lanes, until it ends or the signal aborts. */
export function runShard(options: ShardOptions): ShardRun {
  const { settings, signal, progress } = options;
  const { shardId } = options.source;
  const bell = createBell();
  const lanes = Array.from({ length: settings.parallelization }, () =>
    createLane({
      batchSize: settings.batchSize,
      windowMs: settings.windowSeconds * 1000,
      signal,
      deliver: options.deliver,
      onTaken: bell.ring,
    }),
  );
  const mostWaiting = 2 * settings.parallelization * settings.batchSize;
  let { position, iterator } = options;
  let behindMs = 0;
  let emptyPoll = -1;
  signal.addEventListener("abort", bell.ring);

  return {
    done: run(),
    wake: bell.ring,
    settledSince: (poll) => emptyPoll >= poll && progress.unfinished === 0,
    get behindMs() {
      return behindMs;
    },
  };

  async function run(): Promise<boolean> {
    const working = Promise.all(lanes.map((lane) => lane.run()));
    // A lane only ends here by itself when it fails or the signal aborts.
    const closed = await Promise.race([readToEnd(), working.then(() => false)]);
    for (const lane of lanes) lane.end();
    await working;
    return closed && progress.unfinished === 0;
  }

  async function readToEnd(): Promise<boolean> {
    for (let failures = 0; !signal.aborted; await yieldToOthers()) {
      try {
        if (await readPage()) return true;
        failures = 0;
      } catch (cause) {
        iterator = undefined;
        options.log(`${shardId} cannot be read: ${String(cause)}; trying again`);
        await backOff(++failures, options.backoff, signal);
      }
    }
    return false;
  }

  /** @returns true at the end of the shard */
  async function readPage(): Promise<boolean> {
    const room = mostWaiting - sum(lanes.map((lane) => lane.waiting));
    if (room <= 0 || sum(lanes.map((lane) => lane.waitingBytes)) >= MAX_WAITING_BYTES) {
      await bell.wait();
      return false;
    }
    const poll = options.nextPoll();
    iterator ??= await options.reader.iterator(shardId, position);
    const page = await options.reader.records(iterator, Math.min(room, MAX_PAGE_RECORDS));
    iterator = page.next;
    behindMs = page.behindMs;
    accept(page.records.map((record) => toBatchRecord(record, options.source)));
    if (page.next === undefined) return true;
    if (page.records.length > 0) return false;
    if (behindMs === 0) emptyPoll = poll;
    await bell.wait(behindMs === 0 ? POLL_MS : GAP_MS);
    return false;
  }

  function accept(records: readonly BatchRecord[]): void {
    progress.read(records);
    for (const record of records) {
      const { partitionKey, sequenceNumber } = record.event.kinesis;
      position = { type: "AFTER_SEQUENCE_NUMBER", sequenceNumber };
      lanes[laneOf(partitionKey, lanes.length)]?.add(record);
    }
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
