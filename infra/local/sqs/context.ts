/** What every SQS operation works with, and how it finds the queue that it is asked about. */

import type { EventEmitter } from "node:events";
import { list, map, required, text, whole } from "../kinesis/check.ts";
import { type JsonObject, ServiceError } from "../service.ts";
import { numberOf } from "./attributes.ts";
import type { Queue, Store } from "./store.ts";

export interface Context {
  readonly store: Store;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly region: string;
  readonly account: string;
  /** Start of the URLs of queues, without a slash at its end. */
  readonly endpointUrl: () => string;
  /** Has an event named by a queue whenever there is something new for who waits for its messages. */
  readonly arrivals: EventEmitter;
  /** Aborted when the service closes: who waits for messages goes away with what there is. */
  readonly closing: AbortSignal;
}

export const queueUrl = text({ min: 1, max: 2048 });
export const receiptHandle = text({ min: 1, max: 1024 });
export const visibilityTimeout = whole({ min: 0, max: 43_200 });
export const textList = list(required(text({ min: 1, max: 256 })));
export const attributeMap = map({ key: { min: 1 }, value: {} });

/**
 * Finds a queue by its URL, and forgets what its retention no longer covers. Only the URL's last part counts, so that a
 * queue has the same URL whatever the port is.
 *
 * @throws {ServiceError} QueueDoesNotExist
 */
export function findQueue(context: Context, url: string): Queue {
  return current(context, url.slice(url.lastIndexOf("/") + 1));
}

/** @throws {ServiceError} QueueDoesNotExist, also for another region's or account's ARN */
export function findQueueByArn(context: Context, arn: string): Queue {
  const prefix = arnOf(context, "");
  return current(context, arn.startsWith(prefix) ? arn.slice(prefix.length) : arn);
}

function current(context: Context, name: string): Queue {
  const queue = context.store.queue(name);
  if (!queue) throw new ServiceError("QueueDoesNotExist", `The specified queue does not exist: ${name}.`);
  context.store.trim(queue.id, context.now() - numberOf(queue, "MessageRetentionPeriod") * 1000);
  return queue;
}

/** Whether the ARN names a queue that exists here. */
export function queueOfArn(context: Context, arn: string): Queue | undefined {
  const prefix = arnOf(context, "");
  return arn.startsWith(prefix) ? context.store.queue(arn.slice(prefix.length)) : undefined;
}

export function arnOf({ region, account }: Context, name: string): string {
  return `arn:aws:sqs:${region}:${account}:${name}`;
}

export function urlOf({ endpointUrl, account }: Context, name: string): string {
  return `${endpointUrl()}/${account}/${name}`;
}

/** Wakes who waits for messages of this queue. */
export function announce(context: Context, queue: Queue): void {
  context.arrivals.emit(queue.name);
}

/** An entry of a batch, told apart from the others by its id. */
export interface Entry {
  readonly Id: string;
}

/** Constraints on the id of a batch's entry (SQS API Reference, SendMessageBatchRequestEntry). */
export const entryId = text({ min: 1, max: 80, pattern: "[A-Za-z0-9_-]+" });

const MOST_ENTRIES = 10; // SQS API Reference, SendMessageBatch

/**
 * Runs a batch: what one entry throws is that entry's failure.
 *
 * @param work gives what `Successful` says beside the id
 * @throws {ServiceError} EmptyBatchRequest, TooManyEntriesInBatchRequest, BatchEntryIdsNotDistinct
 */
export function runBatch<E extends Entry>(entries: readonly E[], work: (entry: E) => JsonObject): JsonObject {
  checkBatch(entries);
  const Successful: JsonObject[] = [];
  const Failed: JsonObject[] = [];
  for (const entry of entries) {
    try {
      Successful.push({ Id: entry.Id, ...work(entry) });
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      Failed.push({ Id: entry.Id, SenderFault: true, Code: error.code, Message: error.message });
    }
  }
  return { ...(Successful.length > 0 && { Successful }), ...(Failed.length > 0 && { Failed }) };
}

function checkBatch(entries: readonly Entry[]): void {
  if (entries.length === 0) throw new ServiceError("EmptyBatchRequest", "There should be at least one entry.");
  if (entries.length > MOST_ENTRIES) {
    const message = `Maximum number of entries per request are ${MOST_ENTRIES}. You have sent ${entries.length}.`;
    throw new ServiceError("TooManyEntriesInBatchRequest", message);
  }
  const ids = entries.map((entry) => entry.Id);
  if (new Set(ids).size === ids.length) return;
  throw new ServiceError("BatchEntryIdsNotDistinct", `Two entries have the same Id: ${ids.join(", ")}.`);
}
