import { KinesisClient } from "@aws-sdk/client-kinesis";
import { S3Client } from "@aws-sdk/client-s3";
import { ChangeMessageVisibilityCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import middy from "@middy/core";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { config } from "./s3-drop/config.ts";
import { forwardObject } from "./s3-drop/forward.ts";
import { type Drop, dropsIn, messageOf } from "./s3-drop/notification.ts";
import { objectLine } from "./s3-drop/report.ts";

/** Seconds until what failed comes again: doubled with each delivery. The queue's own wait is an hour and a half. */
const AGAIN_SECONDS = { first: 30, cap: 900 };

const settings = config(process.env);
const requestHandler = new NodeHttpHandler({ connectionTimeout: 2000, requestTimeout: 20_000, socketTimeout: 20_000 });
const s3 = new S3Client({ requestHandler });
/** The queue is in this region: its URL need not say where to find it. */
const sqs = new SQSClient({ requestHandler, useQueueUrlAsEndpoint: false });
/** We retry ourselves: only the failed entries, within the time that is left. */
const kinesis = new KinesisClient({ maxAttempts: 1 });

/**
 * S3 objects to records of the stream, told of by the queue. Answers with the messages whose objects failed for now;
 * the queue delivers them again, and in the end hands them to its dead-letter queue.
 */
export const handler = middy<SQSEvent, SQSBatchResponse>().handler(async (event, context) => {
  const batchItemFailures: SQSBatchResponse["batchItemFailures"] = [];
  for (const record of event.Records) {
    try {
      for (const drop of dropsIn(record.body)) await take(drop, context);
    } catch (error) {
      console.error(`s3-drop: message ${record.messageId} failed and comes again:`, error);
      batchItemFailures.push({ itemIdentifier: record.messageId });
      await comeAgainSoon(record);
    }
  }
  return { batchItemFailures };
});

async function take(drop: Drop, context: Context): Promise<void> {
  const started = performance.now();
  const timeLeft = () => context.getRemainingTimeInMillis();
  const forwarded = await forwardObject(drop, { s3, kinesis, stream: settings.streamName, timeLeft });
  const { next, error } = forwarded;
  if (next) await goOnLater(next, error === undefined ? 0 : AGAIN_SECONDS.first);
  // Not console.log: Lambda's JSON log format would wrap the line, and CloudWatch would find no metrics in it.
  const line = objectLine(drop, forwarded, context.functionName, Date.now(), performance.now() - started);
  process.stdout.write(`${line}\n`);
}

/** The message is done with, and another one takes its place that knows the position: whatever follows goes on from there. */
async function goOnLater(next: Drop, DelaySeconds: number): Promise<void> {
  await sqs.send(new SendMessageCommand({ QueueUrl: settings.queueUrl, MessageBody: messageOf(next), DelaySeconds }));
}

async function comeAgainSoon({ receiptHandle, attributes }: SQSRecord): Promise<void> {
  const deliveries = Number(attributes.ApproximateReceiveCount);
  const VisibilityTimeout = Math.min(AGAIN_SECONDS.cap, AGAIN_SECONDS.first * 2 ** (deliveries - 1));
  const command = { QueueUrl: settings.queueUrl, ReceiptHandle: receiptHandle, VisibilityTimeout };
  try {
    await sqs.send(new ChangeMessageVisibilityCommand(command));
  } catch (error) {
    console.warn(`s3-drop: the message comes again only when the queue's own wait is over (${error})`);
  }
}
