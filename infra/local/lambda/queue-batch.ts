import type { SQSMessageAttributes, SQSRecord } from "aws-lambda";
import { attributesMd5, parseMessageAttributes } from "../sqs/message-attributes.ts";
import { systemAttributes } from "../sqs/receive.ts";
import { bodyMd5 } from "../sqs/send.ts";
import type { MessageRow } from "../sqs/store.ts";
import { MAX_EVENT_BYTES } from "./function.ts";
import type { Invocation } from "./sandbox.ts";

/** What an event says about where its messages come from. */
export interface QueueSource {
  readonly queueArn: string;
  readonly region: string;
  readonly account: string;
}

/** A message as Lambda puts it into an SQS event (Lambda Developer Guide, "Using Lambda with Amazon SQS"). */
export function toSqsRecord(message: MessageRow, { queueArn, region, account }: QueueSource): SQSRecord {
  const attributes = parseMessageAttributes(message.attributes);
  return {
    messageId: message.messageId,
    receiptHandle: message.handle ?? "",
    body: message.body,
    attributes: systemAttributes(account, message),
    messageAttributes: eventAttributes(message.attributes),
    md5OfBody: bodyMd5(message.body),
    ...(Object.keys(attributes).length > 0 && { md5OfMessageAttributes: attributesMd5(attributes) }),
    eventSource: "aws:sqs",
    eventSourceARN: queueArn,
    awsRegion: region,
  };
}

function eventAttributes(text: string): SQSMessageAttributes {
  const entries = Object.entries(parseMessageAttributes(text)).map(([name, attribute]) => {
    const value =
      attribute.BinaryValue === undefined
        ? { stringValue: attribute.StringValue ?? "" }
        : { binaryValue: attribute.BinaryValue };
    return [name, { ...value, stringListValues: [], binaryListValues: [], dataType: attribute.DataType }];
  });
  return Object.fromEntries(entries);
}

/** Counts messages into one event. @returns whether the next one fits the 6 MB of an invocation; a first one always does */
export function eventSpace(source: QueueSource): (message: MessageRow) => boolean {
  let bytes = Buffer.byteLength('{"Records":[]}');
  let first = true;
  return (message) => {
    bytes += Buffer.byteLength(JSON.stringify(toSqsRecord(message, source))) + 1;
    const fits = first || bytes <= MAX_EVENT_BYTES;
    first = false;
    return fits;
  };
}

/**
 * The messages of a batch that the function did not finish (Lambda Developer Guide, "Implementing partial batch responses"
 * for Amazon SQS); all others are to be deleted.
 *
 * With ReportBatchItemFailures these are the reported ones, and nothing or an empty list is a success. An answer that is no
 * object, failures that are no list, and an identifier that is empty, missing or not in the batch fail the whole batch.
 * Without it, any answer is a success.
 */
export function failedMessages(
  invocation: Invocation,
  batch: readonly MessageRow[],
  reportFailures: boolean,
): readonly MessageRow[] {
  if (!invocation.ok) return batch;
  const { result } = invocation;
  if (!reportFailures || result === null || result === undefined || result === "") return [];
  if (typeof result !== "object") return batch;
  const failures = "batchItemFailures" in result ? result.batchItemFailures : null;
  if (failures === null) return [];
  if (!Array.isArray(failures)) return batch;
  const ids = new Set(failures.map(identifierOf));
  const failed = batch.filter((message) => ids.has(message.messageId));
  return failed.length === ids.size ? failed : batch;
}

function identifierOf(failure: unknown): unknown {
  return failure !== null && typeof failure === "object" && "itemIdentifier" in failure
    ? failure.itemIdentifier
    : undefined;
}
