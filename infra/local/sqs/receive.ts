import { randomBytes } from "node:crypto";
import { reader, required, whole } from "../kinesis/check.ts";
import { createBell } from "../lambda/bell.ts";
import type { JsonObject, Operation } from "../service.ts";
import { numberOf, redriveOf } from "./attributes.ts";
import {
  announce,
  arnOf,
  type Context,
  findQueue,
  queueOfArn,
  queueUrl,
  textList,
  visibilityTimeout,
} from "./context.ts";
import { attributesMd5, parseMessageAttributes, pickAttributes } from "./message-attributes.ts";
import { bodyMd5 } from "./send.ts";
import type { MessageRow, Queue } from "./store.ts";

const readReceive = reader({
  QueueUrl: required(queueUrl),
  MaxNumberOfMessages: whole({ min: 1, max: 10 }),
  VisibilityTimeout: visibilityTimeout,
  WaitTimeSeconds: whole({ min: 0, max: 20 }),
  /** The former name of `MessageSystemAttributeNames`. */
  AttributeNames: textList,
  MessageSystemAttributeNames: textList,
  MessageAttributeNames: textList,
});

/** What a receiver wants. */
export interface Wish {
  readonly max: number;
  /** How long to wait for a first message. */
  readonly waitSeconds: number;
  /** How long what is received stays invisible; by default as long as the queue says. */
  readonly visibilitySeconds?: number | undefined;
  /** Ends the receive before a message that it refuses, which stays visible. */
  readonly fits?: (message: MessageRow) => boolean;
  /** Ends the wait. */
  readonly signal?: AbortSignal;
}

export function receiveOperations(context: Context): Record<string, Operation> {
  return {
    async ReceiveMessage(input) {
      const asked = readReceive(input);
      const queue = findQueue(context, asked.QueueUrl);
      const messages = await receive(context, queue.name, {
        max: asked.MaxNumberOfMessages ?? 1,
        waitSeconds: asked.WaitTimeSeconds ?? numberOf(queue, "ReceiveMessageWaitTimeSeconds"),
        visibilitySeconds: asked.VisibilityTimeout,
      });
      const system = [...(asked.AttributeNames ?? []), ...(asked.MessageSystemAttributeNames ?? [])];
      const names = asked.MessageAttributeNames ?? [];
      if (messages.length === 0) return {};
      return { Messages: messages.map((message) => describe(context, message, system, names)) };
    },
  };
}

/**
 * Receives messages, and waits for the first one as long as asked. What is returned is in flight, and counted as received.
 * Before that, what was received as often as the redrive policy allows goes to the dead-letter queue.
 *
 * @returns none when the time is over, the signal aborts or the service closes
 * @throws {ServiceError} QueueDoesNotExist, also when it is deleted in the meantime
 */
export async function receive(context: Context, name: string, wish: Wish): Promise<MessageRow[]> {
  const until = context.now() + wish.waitSeconds * 1000;
  const ends = [context.closing, ...(wish.signal ? [wish.signal] : [])];
  const bell = createBell();
  context.arrivals.on(name, bell.ring);
  for (const signal of ends) signal.addEventListener("abort", bell.ring);
  try {
    for (;;) {
      if (ends.some((signal) => signal.aborted)) return [];
      const queue = findQueue(context, name);
      const now = context.now(); // one for both: what becomes visible in between is next
      const { messages, refused } = takeDue(context, queue, wish, now);
      if (messages.length > 0 || refused || now >= until) return messages;
      const next = context.store.nextVisible(queue.id, now) ?? until;
      await bell.wait(Math.max(1, Math.min(until, next) - now));
    }
  } finally {
    context.arrivals.off(name, bell.ring);
    for (const signal of ends) signal.removeEventListener("abort", bell.ring);
  }
}

function takeDue(
  context: Context,
  queue: Queue,
  wish: Wish,
  now: number,
): { messages: MessageRow[]; refused: boolean } {
  const { store } = context;
  const { max, fits = () => true, visibilitySeconds = numberOf(queue, "VisibilityTimeout") } = wish;
  return store.transaction(() => {
    bury(context, queue, now);
    const due = store.dueMessages(queue.id, now, max);
    const end = due.findIndex((message) => !fits(message));
    const messages = (end === -1 ? due : due.slice(0, end)).map((message) => ({
      ...message,
      receives: message.receives + 1,
      firstReceived: message.firstReceived ?? now,
      handle: newHandle(),
      visible: now + visibilitySeconds * 1000,
    }));
    for (const message of messages) store.markReceived(message);
    return { messages, refused: end !== -1 };
  });
}

/** A dead-letter queue that does not exist keeps its messages where they are, to be received on. */
function bury(context: Context, queue: Queue, now: number): void {
  const redrive = redriveOf(queue.attributes);
  const deadLetters = redrive && queueOfArn(context, redrive.arn);
  if (!redrive || !deadLetters) return;
  const source = arnOf(context, queue.name);
  const moved = context.store.bury(queue.id, now, redrive.maxReceiveCount, deadLetters.id, source);
  if (moved > 0) announce(context, deadLetters);
}

/** A receipt handle: random, and with no character that a command line could take for something else. */
function newHandle(): string {
  return randomBytes(32).toString("hex");
}

export const handlePattern = /^[0-9a-f]{64}$/;

/** A received message in the wire's shape. */
function describe(context: Context, message: MessageRow, system: string[], names: string[]): JsonObject {
  const attributes = pickAttributes(parseMessageAttributes(message.attributes), names);
  const all = systemAttributes(context.account, message);
  const asked = Object.entries(all).filter(([name]) => system.includes("All") || system.includes(name));
  return {
    MessageId: message.messageId,
    ReceiptHandle: message.handle,
    MD5OfBody: bodyMd5(message.body),
    Body: message.body,
    ...(asked.length > 0 && { Attributes: Object.fromEntries(asked) }),
    ...(Object.keys(attributes).length > 0 && {
      MessageAttributes: attributes,
      MD5OfMessageAttributes: attributesMd5(attributes),
    }),
  };
}

/** What SQS notes about a message (SQS API Reference, ReceiveMessage). The sender is always this account. */
export function systemAttributes(account: string, message: MessageRow) {
  return {
    ApproximateReceiveCount: String(message.receives),
    SentTimestamp: String(message.sent),
    SenderId: account,
    ApproximateFirstReceiveTimestamp: String(message.firstReceived),
    ...(message.source !== null && { DeadLetterQueueSourceArn: message.source }),
  };
}
