import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { JsonObject } from "../service.ts";
import type { SqsService } from "../sqs/service.ts";
import type { Depth, MessageRow } from "../sqs/store.ts";
import { backOff } from "./bell.ts";
import { failedMessages, toSqsRecord } from "./queue-batch.ts";
import { collectBatches } from "./queue-collect.ts";
import { readQueueSettings } from "./queue-settings.ts";
import type { Invocation } from "./sandbox.ts";

export interface QueueMappingOptions {
  /** Resolved properties of an `AWS::Lambda::EventSourceMapping` whose source is a queue. */
  readonly properties: JsonObject;
  readonly sqs: Pick<SqsService, "queue">;
  readonly invoke: (event: unknown) => Promise<Invocation>;
  readonly region: string;
  readonly account: string;
  readonly log: (message: string) => void;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** How long `stop` waits for running invocations; default 10. */
  readonly stopSeconds?: number;
}

export interface QueueMappingStats extends Depth {
  /** Messages that the function finished, which were deleted. */
  readonly messages: number;
  readonly invocations: number;
  /** Invocations after which the whole batch comes again. */
  readonly errors: number;
  /** Invocations after which a part of the batch comes again. */
  readonly partialFailures: number;
  readonly running: number;
}

export interface QueueMapping {
  stats(): QueueMappingStats;
  /**
   * Resolves when nothing is visible and nothing runs; at once when disabled or stopped. Messages that failed, and wait out
   * their visibility timeout, and delayed ones are not waited for.
   */
  idle(): Promise<void>;
  /** Stops receiving and waits for running invocations. What is not finished comes again after the next start. */
  stop(): Promise<void>;
}

/**
 * Starts an event source mapping of a queue: invokes the function with batches of messages and deletes what it finished. What
 * it did not finish becomes visible again by the queue's timeout, and goes to the dead-letter queue by its redrive policy.
 *
 * What is in flight at the start is made visible first: this process is the only one that invokes the function, so whoever
 * received it is gone.
 *
 * @throws {Error} for properties that this lake does not honor, and a queue that does not exist
 */
export function startQueueMapping(options: QueueMappingOptions): QueueMapping {
  const settings = readQueueSettings(options.properties);
  const queue = options.sqs.queue(settings.queueArn);
  const abort = new AbortController();
  setMaxListeners(0, abort.signal);
  const counters = { messages: 0, invocations: 0, errors: 0, partialFailures: 0 };
  const running = new Set<Promise<void>>();
  const log = (message: string) => options.log(`mapping: ${queue.name}: ${message}`);
  const { region, account, now = Date.now } = options;
  const source = { queueArn: settings.queueArn, region, account };
  const collector = collectBatches({ queue, settings, source, signal: abort.signal, now });

  if (settings.enabled) queue.release();
  const loop = settings.enabled ? run() : Promise.resolve();
  return {
    stats: () => ({ ...counters, running: running.size, ...queue.depth() }),
    async idle() {
      if (!settings.enabled) return;
      do await sleep(10);
      while (!abort.signal.aborted && isBusy());
    },
    async stop() {
      abort.abort();
      const bound = sleep((options.stopSeconds ?? 10) * 1000, undefined, { ref: false });
      await Promise.race([loop.then(() => Promise.all(running)), bound]);
    },
  };

  /** Right only between two turns of the event loop: within one, messages may be in flight and not yet counted. */
  function isBusy(): boolean {
    return running.size > 0 || collector.held > 0 || queue.depth().visible > 0;
  }

  /** A queue that cannot be read is tried again: it may be deleted and made anew while the lake runs. */
  async function run(): Promise<void> {
    for (let failures = 0; !abort.signal.aborted; ) {
      try {
        await step();
        failures = 0;
      } catch (cause) {
        log(`messages cannot be received: ${String(cause)}; trying again`);
        await backOff(++failures, { initialMs: 100, maxMs: 10_000 }, abort.signal);
      }
    }
  }

  async function step(): Promise<void> {
    if (running.size >= settings.concurrency) return Promise.race(running);
    const batch = await collector.next();
    if (batch.length === 0) return;
    const work = deliver(batch)
      .catch((cause) => log(`${batch.length} messages cannot be finished: ${String(cause)}; they come again`))
      .finally(() => running.delete(work));
    running.add(work);
  }

  async function deliver(batch: readonly MessageRow[]): Promise<void> {
    counters.invocations++;
    const invocation = await options.invoke({ Records: batch.map((message) => toSqsRecord(message, source)) });
    const failed = new Set(failedMessages(invocation, batch, settings.reportFailures));
    const done = batch.filter((message) => !failed.has(message));
    if (done.length === 0) counters.errors++;
    else if (failed.size > 0) counters.partialFailures++;
    if (failed.size > 0) log(describeFailure(invocation, failed.size, batch.length));
    queue.remove(done);
    counters.messages += done.length;
  }
}

function describeFailure(invocation: Invocation, failed: number, of: number): string {
  const why = invocation.ok ? "as it reported" : `${invocation.error.errorType}: ${invocation.error.errorMessage}`;
  return `the function failed on ${failed} of ${of} messages (${why}); they come again after the visibility timeout`;
}
