import { EventEmitter } from "node:events";
import type { JsonObject, Service } from "../service.ts";
import { declaredAttributes } from "./attributes.ts";
import { type Context, findQueue, findQueueByArn } from "./context.ts";
import { finishOperations } from "./finish.ts";
import { queueOperations } from "./queues.ts";
import { receive, receiveOperations, type Wish } from "./receive.ts";
import { redriveOperations } from "./redrive.ts";
import { sendMessage, sendOperations } from "./send.ts";
import { type Depth, type MessageRow, openStore } from "./store.ts";

export interface SqsOptions {
  readonly region: string;
  readonly account: string;
  /** Start of the URLs of queues; asked for when a URL is answered, so the endpoint may start after the service. */
  readonly endpointUrl: () => string;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

export interface SqsService extends Service {
  /**
   * Creates the queue, or brings the one of that name to these settings; what is in it stays.
   *
   * @param properties resolved properties of an `AWS::SQS::Queue`
   * @throws {ServiceError} InvalidAttributeName, InvalidAttributeValue: what does not run here, such as a FIFO queue
   */
  ensureQueue(name: string, properties: JsonObject): void;
  /** Puts a message into a queue; it is in the file when this returns. @throws {ServiceError} QueueDoesNotExist */
  send(queueArn: string, body: string): void;
  /** @throws {ServiceError} QueueDoesNotExist */
  queue(arn: string): QueueAccess;
  close(): void;
}

/** A queue as its consumer in this process sees it. Every call throws QueueDoesNotExist once it is deleted. */
export interface QueueAccess {
  readonly name: string;
  /** As `ReceiveMessage`, but of any number. A wait ends early when the signal aborts. */
  receive(wish: Wish): Promise<MessageRow[]>;
  /** As `DeleteMessageBatch`, of any number, all or none. */
  remove(messages: readonly MessageRow[]): void;
  /** Makes visible whatever is in flight, for a consumer that knows that nobody works on it. @returns how many */
  release(): number;
  depth(): Depth;
}

/**
 * Opens the queues kept in one SQLite file: standard queues with visibility timeouts, delays, retention and dead-letter
 * queues. What an operation answered is in the file.
 *
 * Input that breaks a constraint is a ValidationException with all its problems; AWS's codes for it differ by parameter.
 *
 * @param file created when missing; its folder must exist. One process at a time.
 */
export function openSqs(file: string, options: SqsOptions): SqsService {
  const closing = new AbortController();
  const store = openStore(file);
  const arrivals = new EventEmitter().setMaxListeners(0);
  const context: Context = { now: Date.now, ...options, store, arrivals, closing: closing.signal };
  return {
    target: "AmazonSQS",
    operations: {
      ...queueOperations(context),
      ...sendOperations(context),
      ...receiveOperations(context),
      ...finishOperations(context),
      ...redriveOperations(context),
    },
    ensureQueue(name, properties) {
      const attributes = declaredAttributes(properties);
      const existing = store.queue(name);
      if (existing) store.setAttributes(existing.id, attributes, context.now());
      else store.addQueue(name, attributes, context.now());
    },
    send(queueArn, body) {
      sendMessage(context, findQueueByArn(context, queueArn), {
        MessageBody: body,
        DelaySeconds: 0,
        MessageAttributes: {},
      });
    },
    queue: (arn) => accessTo(context, findQueueByArn(context, arn).name),
    close() {
      closing.abort();
      store.close();
    },
  };
}

function accessTo(context: Context, name: string): QueueAccess {
  const { store } = context;
  const queue = () => findQueue(context, name);
  return {
    name,
    receive: async (wish) => receive(context, queue().name, wish),
    remove(messages) {
      const { id } = queue();
      store.transaction(() => {
        for (const { handle } of messages) store.removeMessage(id, handle ?? "");
      });
    },
    release: () => store.release(queue().id, context.now()),
    depth: () => store.depth(queue().id, context.now()),
  };
}
