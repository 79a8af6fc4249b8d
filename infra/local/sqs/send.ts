import { createHash, randomUUID } from "node:crypto";
import { list, type Read, reader, required, structure, text, whole } from "../kinesis/check.ts";
import { type JsonObject, type Operation, ServiceError } from "../service.ts";
import { numberOf } from "./attributes.ts";
import { announce, type Context, entryId, findQueue, queueUrl, runBatch } from "./context.ts";
import { attributeBytes, attributesMd5, readMessageAttributes } from "./message-attributes.ts";
import type { Queue } from "./store.ts";

/** Most bytes of a message, and of all messages of a batch together (SQS Developer Guide, "Message quotas"). */
const MOST_BATCH_BYTES = 1_048_576;

/** Characters that a body may hold (SQS API Reference, SendMessage): XML's, so no lone surrogates either. */
const ALLOWED_BODY = /^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]*$/u;

/** `MessageSystemAttributes` (an X-Ray header) and `MessageGroupId` (fair queues) are taken and change nothing here. */
const message = {
  MessageBody: required(text({ min: 1 })),
  DelaySeconds: whole({ min: 0, max: 900 }),
  MessageAttributes: readMessageAttributes,
};
const readSend = reader({ QueueUrl: required(queueUrl), ...message });
const readBatch = reader({
  QueueUrl: required(queueUrl),
  Entries: required(list(required(structure({ Id: required(entryId), ...message })))),
});

type Outgoing = Read<typeof message>;

export function sendOperations(context: Context): Record<string, Operation> {
  return {
    SendMessage(input) {
      const { QueueUrl, ...outgoing } = readSend(input);
      const queue = findQueue(context, QueueUrl);
      const { MD5OfBody: MD5OfMessageBody, ...rest } = sendMessage(context, queue, outgoing);
      return { MD5OfMessageBody, ...rest };
    },
    SendMessageBatch(input) {
      const { QueueUrl, Entries } = readBatch(input);
      const queue = findQueue(context, QueueUrl);
      checkTogether(Entries);
      const send = () =>
        runBatch(Entries, (entry) => {
          const { MD5OfBody: MD5OfMessageBody, ...rest } = sendMessage(context, queue, entry);
          return { MD5OfMessageBody, ...rest };
        });
      return context.store.transaction(send);
    },
  };
}

/**
 * Puts a message into a queue. It is in the file when this returns, or when the transaction around it ends.
 *
 * @throws {ServiceError} InvalidMessageContents; InvalidParameterValue for a message that is too large for the queue
 */
export function sendMessage(context: Context, queue: Queue, outgoing: Outgoing): JsonObject {
  const { MessageBody: body, MessageAttributes: attributes } = outgoing;
  if (!ALLOWED_BODY.test(body))
    throw new ServiceError("InvalidMessageContents", "The body holds a forbidden character.");
  const most = numberOf(queue, "MaximumMessageSize");
  if (bytesOf(outgoing) > most) throw tooLong(`Message must be shorter than ${most} bytes.`);
  const sent = context.now();
  const visible = sent + (outgoing.DelaySeconds ?? numberOf(queue, "DelaySeconds")) * 1000;
  const messageId = randomUUID();
  context.store.addMessage(queue.id, { messageId, body, attributes: JSON.stringify(attributes), sent, visible });
  announce(context, queue);
  const hasAttributes = Object.keys(attributes).length > 0;
  return {
    MessageId: messageId,
    MD5OfBody: bodyMd5(body),
    ...(hasAttributes && { MD5OfMessageAttributes: attributesMd5(attributes) }),
  };
}

export function bodyMd5(body: string): string {
  return createHash("md5").update(body).digest("hex");
}

function bytesOf({ MessageBody, MessageAttributes }: Outgoing): number {
  return Buffer.byteLength(MessageBody) + attributeBytes(MessageAttributes);
}

function checkTogether(entries: readonly Outgoing[]): void {
  const bytes = entries.reduce((sum, entry) => sum + bytesOf(entry), 0);
  if (bytes <= MOST_BATCH_BYTES) return;
  const reason = `Batch requests cannot be longer than ${MOST_BATCH_BYTES} bytes. You have sent ${bytes} bytes.`;
  throw new ServiceError("BatchRequestTooLong", reason);
}

function tooLong(reason: string): ServiceError {
  return new ServiceError("InvalidParameterValue", `One or more parameters are invalid. Reason: ${reason}`);
}
