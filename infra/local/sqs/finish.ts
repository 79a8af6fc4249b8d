import { list, reader, required, structure } from "../kinesis/check.ts";
import { type Operation, ServiceError } from "../service.ts";
import {
  announce,
  type Context,
  entryId,
  findQueue,
  queueUrl,
  receiptHandle,
  runBatch,
  visibilityTimeout,
} from "./context.ts";
import { handlePattern } from "./receive.ts";
import type { Queue } from "./store.ts";

const handle = { ReceiptHandle: required(receiptHandle) };
const change = { ...handle, VisibilityTimeout: required(visibilityTimeout) };
const readDelete = reader({ QueueUrl: required(queueUrl), ...handle });
const readChange = reader({ QueueUrl: required(queueUrl), ...change });
const readDeletes = reader({
  QueueUrl: required(queueUrl),
  Entries: required(list(required(structure({ Id: required(entryId), ...handle })))),
});
const readChanges = reader({
  QueueUrl: required(queueUrl),
  Entries: required(list(required(structure({ Id: required(entryId), ...change })))),
});

/** The operations that end a receive: the message is deleted, or its time out of sight changed. */
export function finishOperations(context: Context): Record<string, Operation> {
  return {
    DeleteMessage(input) {
      const { QueueUrl, ReceiptHandle } = readDelete(input);
      remove(context, findQueue(context, QueueUrl), ReceiptHandle);
      return {};
    },
    DeleteMessageBatch(input) {
      const { QueueUrl, Entries } = readDeletes(input);
      const queue = findQueue(context, QueueUrl);
      return batch(context, Entries, (entry) => remove(context, queue, entry.ReceiptHandle));
    },
    ChangeMessageVisibility(input) {
      const { QueueUrl, ReceiptHandle, VisibilityTimeout } = readChange(input);
      changeVisibility(context, findQueue(context, QueueUrl), ReceiptHandle, VisibilityTimeout);
      return {};
    },
    ChangeMessageVisibilityBatch(input) {
      const { QueueUrl, Entries } = readChanges(input);
      const queue = findQueue(context, QueueUrl);
      return batch(context, Entries, (entry) =>
        changeVisibility(context, queue, entry.ReceiptHandle, entry.VisibilityTimeout),
      );
    },
  };
}

function batch<E extends { Id: string }>(context: Context, entries: readonly E[], work: (entry: E) => void) {
  const one = (entry: E) => {
    work(entry);
    return {};
  };
  return context.store.transaction(() => runBatch(entries, one));
}

/** A handle that was overtaken by a later receive, or whose message is gone, deletes nothing and is no error. */
function remove(context: Context, queue: Queue, receipt: string): void {
  context.store.removeMessage(queue.id, checkHandle(receipt));
}

/** @throws {ServiceError} ReceiptHandleIsInvalid, InvalidParameterValue, MessageNotInflight */
function changeVisibility(context: Context, queue: Queue, receipt: string, seconds: number): void {
  const { store } = context;
  const message = store.messageByHandle(queue.id, checkHandle(receipt));
  const now = context.now();
  if (!message) {
    const reason = "Message does not exist or is not available for visibility timeout change.";
    throw new ServiceError(
      "InvalidParameterValue",
      `Value ${receipt} for parameter ReceiptHandle is invalid. ${reason}`,
    );
  }
  if (message.visible <= now) {
    throw new ServiceError("MessageNotInflight", `The message ${message.messageId} is not in flight any more.`);
  }
  store.setVisible(message.id, now + seconds * 1000);
  announce(context, queue);
}

function checkHandle(receipt: string): string {
  if (handlePattern.test(receipt)) return receipt;
  throw new ServiceError("ReceiptHandleIsInvalid", `The input receipt handle "${receipt.slice(0, 120)}" is not valid.`);
}
