import { type BatchRecord, nextBatch } from "./batching.ts";
import { createBell } from "./bell.ts";

/** A queue of one shard's records that is worked off batch by batch. A shard has as many as its parallelization factor. */
export interface Lane {
  add(record: BatchRecord): void;
  /** Says that the shard has ended: what waits is not held back for a fuller batch. */
  end(): void;
  /** Delivers batches until the shard has ended and all is delivered, or the signal aborts. */
  run(): Promise<void>;
  readonly waiting: number;
  readonly waitingBytes: number;
}

export interface LaneOptions {
  readonly batchSize: number;
  /** How long the first record waits for others. */
  readonly windowMs: number;
  readonly signal: AbortSignal;
  readonly deliver: (batch: readonly BatchRecord[]) => Promise<void>;
  /** Called when a batch leaves the queue. */
  readonly onTaken: () => void;
}

export function createLane(options: LaneOptions): Lane {
  const { batchSize, windowMs, signal } = options;
  const waiting: BatchRecord[] = [];
  const bell = createBell();
  let waitingBytes = 0;
  let ended = false;
  let waitingSince = 0;
  signal.addEventListener("abort", bell.ring);

  return {
    add(record) {
      if (waiting.length === 0) waitingSince = performance.now();
      waiting.push(record);
      waitingBytes += record.bytes;
      bell.ring();
    },
    end() {
      ended = true;
      bell.ring();
    },
    async run() {
      for (let batch = await take(); batch; batch = await take()) await options.deliver(batch);
    },
    get waiting() {
      return waiting.length;
    },
    get waitingBytes() {
      return waitingBytes;
    },
  };

  async function take(): Promise<BatchRecord[] | undefined> {
    while (!signal.aborted) {
      const { count, full } = nextBatch(waiting, batchSize);
      const windowLeft = waitingSince + windowMs - performance.now();
      if (count > 0 && (full || ended || windowLeft <= 0)) return remove(count);
      if (count === 0 && ended) return undefined;
      await bell.wait(count > 0 ? windowLeft : undefined);
    }
    return undefined;
  }

  function remove(count: number): BatchRecord[] {
    const batch = waiting.splice(0, count);
    for (const record of batch) waitingBytes -= record.bytes;
    waitingSince = performance.now();
    options.onTaken();
    return batch;
  }
}

/** The lane of a partition key: always the same, so that records of one key keep their order. */
export function laneOf(partitionKey: string, lanes: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < partitionKey.length; index++) {
    hash = Math.imul(hash ^ partitionKey.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0) % lanes;
}
