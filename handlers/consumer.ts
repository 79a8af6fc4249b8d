import middy from "@middy/core";
import type { Context, KinesisStreamBatchResponse, KinesisStreamEvent } from "aws-lambda";
import { createPipeline, type Pipeline } from "../core/pipeline.ts";
import { plugins } from "../plugins/registry.ts";
import { createFirehose } from "./aws/firehose.ts";
import { loading } from "./aws/loading.ts";
import { objectWriter } from "./aws/s3.ts";
import { processBatch } from "./batch.ts";
import { config } from "./config.ts";
import { deliver } from "./delivery.ts";
import { recordsOf } from "./kinesis.ts";
import { storePayload } from "./payloads.ts";
import { batchLine, namedLines } from "./report.ts";
import { prepared } from "./resources.ts";

/** Kept free at the end of an invocation, in milliseconds: to stop beginning records, and to answer. */
const RESERVE_MS = { forDelivery: 15_000, forAnswer: 3000 };

const settings = config(process.env);
/** Made once, at the start, with what the settings name for plugins. */
const pipelineReady = prepared(settings.places, loading(process.env), (resources) =>
  createPipeline({ ...plugins, resources }, settings.window, settings),
);
void pipelineReady();
const firehose = createFirehose(process.env);
const writeObject = objectWriter(process.env);

/**
 * Kinesis to Firehose. Answers with the sequence numbers of the records that could not be forwarded; Lambda delivers
 * everything from the lowest of them again (event source mapping, ReportBatchItemFailures).
 */
export const handler = middy<KinesisStreamEvent, KinesisStreamBatchResponse>().handler(async (event, context) => {
  const started = performance.now();
  const dependencies = dependenciesOf(await pipelineReady(), context);
  const { counts, facts, toComeAgain } = await processBatch(recordsOf(event.Records), dependencies);
  // Not console.log: Lambda's JSON log format would wrap the line, and CloudWatch would find no metrics in it.
  const { functionName } = context;
  const line = batchLine(counts, facts, functionName, Date.now(), performance.now() - started);
  process.stdout.write(`${[line, ...namedLines(facts, functionName, Date.now())].join("\n")}\n`);
  const identifiers = toComeAgain.flatMap((i) => event.Records[i]?.kinesis.sequenceNumber ?? []);
  return { batchItemFailures: identifiers.map((itemIdentifier) => ({ itemIdentifier })) };
});

function dependenciesOf(pipeline: Pipeline, context: Context): Parameters<typeof processBatch>[1] {
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
    storePayload: (entry) => storePayload(writeObject, settings.lakeBucket, entry),
  };
}
