import type { KinesisStreamEvent, KinesisStreamRecord } from "aws-lambda";
import type { PluginSet } from "../../core/order.ts";
import { DEFAULT_WINDOW } from "../../core/partition.ts";
import { createPipeline, type SourceRecord } from "../../core/pipeline.ts";
import { type BatchDependencies, type BatchResult, processBatch } from "../../handlers/batch.ts";
import { recordsOf } from "../../handlers/kinesis.ts";
import { FORMATS, type FormatName } from "./formats.ts";

export type Deliver = BatchDependencies["deliver"];

/**
 * The consumer's whole path, from the event that Lambda hands over to packed Firehose bytes, with a set of plugins. Only the network is missing: `deliver` takes what would be sent.
 */
export function createProduct(
  plugins: PluginSet,
  deliver: Deliver = takeAll,
): (event: KinesisStreamEvent) => Promise<BatchResult> {
  const deps: BatchDependencies = {
    pipeline: createPipeline(plugins, DEFAULT_WINDOW),
    pluginSet: plugins.version,
    oneHour: true,
    timeLeft: () => 60_000,
    now: () => Date.now(),
    deliver,
    storePayload: async ({ code }) => `s3://bench/${code}`,
  };
  return (event) => processBatch(recordsOf(event.Records), deps);
}

/** Answers as Firehose does when it takes everything. */
export async function takeAll(_table: string, calls: Parameters<Deliver>[1]): ReturnType<Deliver> {
  return calls.map((call) => ({ delivered: call.map(() => true), retries: 0 }));
}

/** A record by itself, which stays valid. */
export function sourceRecordOf(record: KinesisStreamRecord): SourceRecord {
  const source = recordsOf([record]).at(0);
  if (!source) throw new Error("no record");
  return { ...source, payload: Buffer.from(source.payload) };
}

/** The least that a consumer in JavaScript does with a batch: decode, parse, write, encode. What it makes is kept alive. */
export function createFloor(format: FormatName): (event: KinesisStreamEvent) => Buffer[][] {
  const { floor } = FORMATS[format];
  return (event) => event.Records.map(({ kinesis }) => floor(Buffer.from(kinesis.data, "base64")));
}
