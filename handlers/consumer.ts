import { FirehoseClient } from "@aws-sdk/client-firehose";
import middy from "@middy/core";
import type { Context, KinesisStreamBatchResponse, KinesisStreamEvent, KinesisStreamRecord } from "aws-lambda";
import { createPipeline, type SourceRecord } from "../core/pipeline.ts";
import { plugins } from "../plugins/registry.ts";
import { processBatch } from "./batch.ts";
import { config } from "./config.ts";
import { deliver } from "./delivery.ts";
import { storePayload } from "./payloads.ts";
import { batchLine, namedLines } from "./report.ts";

/** Kept free at the end of an invocation, in milliseconds: to stop beginning records, and to answer. */
const RESERVE_MS = { forDelivery: 15_000, forAnswer: 3000 };

const settings = config(process.env);
const pipeline = createPipeline(plugins, settings.window, settings);
/** We retry ourselves: only the failed entries, within the time that is left. */
const firehose = new FirehoseClient({
  maxAttempts: 1,
  requestHandler: { connectionTimeout: 2000, requestTimeout: 10_000, throwOnRequestTimeout: true },
});

/**
 * Kinesis to Firehose. Answers with the sequence numbers of the records that could not be forwarded; Lambda delivers
 * everything from the lowest of them again (event source mapping, ReportBatchItemFailures).
 */
export const handler = middy<KinesisStreamEvent, KinesisStreamBatchResponse>().handler(async (event, context) => {
  const started = performance.now();
  const { counts, facts, toComeAgain } = await processBatch(event.Records.map(sourceRecordOf), dependencies(context));
  // Not console.log: Lambda's JSON log format would wrap the line, and CloudWatch would find no metrics in it.
  const { functionName } = context;
  const line = batchLine(counts, facts, functionName, Date.now(), performance.now() - started);
  process.stdout.write(`${[line, ...namedLines(facts, functionName, Date.now())].join("\n")}\n`);
  const identifiers = toComeAgain.flatMap((i) => event.Records[i]?.kinesis.sequenceNumber ?? []);
  return { batchItemFailures: identifiers.map((itemIdentifier) => ({ itemIdentifier })) };
});

function dependencies(context: Context): Parameters<typeof processBatch>[1] {
  const deadline = Date.now() + context.getRemainingTimeInMillis() - RESERVE_MS.forAnswer;
  const streams = { events: settings.deliveryStream, quarantine: settings.quarantineStream };
  return {
    pipeline,
    pluginSet: plugins.version,
    oneHour: settings.partitionBy === "event",
    watched: settings.watchedSources,
    timeLeft: () => context.getRemainingTimeInMillis() - RESERVE_MS.forDelivery,
    now: () => Date.now(),
    deliver: (table, calls) => deliver(firehose, streams[table], calls, deadline),
    storePayload: (entry) => storePayload(settings.lakeBucket, entry),
  };
}

function sourceRecordOf({ kinesis, eventID, eventSourceARN }: KinesisStreamRecord): SourceRecord {
  return {
    payload: Buffer.from(kinesis.data, "base64"),
    stream: eventSourceARN.split("/")[1] ?? eventSourceARN,
    shard: eventID.slice(0, eventID.indexOf(":")),
    sequence: kinesis.sequenceNumber,
    partitionKey: kinesis.partitionKey,
    arrivalMs: Math.round(kinesis.approximateArrivalTimestamp * 1000),
  };
}
