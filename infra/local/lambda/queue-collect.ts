import type { QueueAccess } from "../sqs/service.ts";
import type { MessageRow } from "../sqs/store.ts";
import { eventSpace, type QueueSource } from "./queue-batch.ts";
import type { QueueSettings } from "./queue-settings.ts";

/** Longest wait of one ReceiveMessage (SQS Developer Guide, "Long polling"). */
const POLL_SECONDS = 20;

export interface Collector {
  /** Waits for messages, then for more until the batch is full or its window over. @returns none when none came in time */
  next(): Promise<MessageRow[]>;
  /** Messages of a batch that waits for its window. */
  readonly held: number;
}

export interface CollectOptions {
  readonly queue: Pick<QueueAccess, "receive">;
  readonly settings: Pick<QueueSettings, "batchSize" | "windowSeconds">;
  readonly source: QueueSource;
  /** Ends the wait; what was received until then is a batch. */
  readonly signal: AbortSignal;
  readonly now: () => number;
}

/** Receives messages into batches: as many as the mapping says, and no more than fit into one invocation. */
export function collectBatches({ queue, settings, source, signal, now }: CollectOptions): Collector {
  const { batchSize, windowSeconds } = settings;
  let held = 0;
  return {
    get held() {
      return held;
    },
    async next() {
      const batch: MessageRow[] = [];
      const fits = eventSpace(source);
      let until = now() + POLL_SECONDS * 1000;
      try {
        for (;;) {
          const waitSeconds = Math.max(0, until - now()) / 1000;
          const more = await queue.receive({ max: batchSize - batch.length, waitSeconds, fits, signal });
          if (more.length === 0) return batch;
          if (batch.length === 0) until = now() + windowSeconds * 1000;
          held = batch.push(...more);
          if (held === batchSize || now() >= until) return batch;
        }
      } finally {
        held = 0;
      }
    },
  };
}
