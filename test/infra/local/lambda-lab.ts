/** What the tests of the event source mapping share: a real stream, a function that is a closure, a bucket that is a list. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KinesisStreamEvent } from "aws-lambda";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { type KinesisService, openKinesis } from "../../../infra/local/kinesis/service.ts";
import { type Mapping, startMapping } from "../../../infra/local/lambda/mapping.ts";
import type { Invocation } from "../../../infra/local/lambda/sandbox.ts";
import type { JsonObject } from "../../../infra/local/service.ts";

export const STREAM_ARN = "arn:aws:kinesis:us-east-1:000000000000:stream/logs";
export const REPORTING = { FunctionResponseTypes: ["ReportBatchItemFailures"] };
export const TO_S3 = { DestinationConfig: { OnFailure: { Destination: "arn:aws:s3:::failed" } } };

/** A record as a test sees it: its text, and the number to report it by. */
export interface Seen {
  readonly text: string;
  readonly id: string;
}

/** What the function does with a batch: the value it returns, or what it throws. */
export type Handler = (records: Seen[], event: KinesisStreamEvent) => unknown;

let folder: string;
const cleanups: (() => unknown)[] = [];

/** Gives each test of the calling file its own folder of streams, and closes what it opened. */
export function useStreams(): void {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "mapping-"));
  });

  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  afterAll(() => rmSync(folder, { recursive: true }));
}

export function kinesisWith(
  options: { shards?: number; now?: () => number; maxRecordKib?: number } = {},
): KinesisService {
  const { now = Date.now, shards = 1, maxRecordKib = 1024 } = options;
  const kinesis = openKinesis(join(mkdtempSync(join(folder, "kinesis-")), "kinesis.db"), { now });
  kinesis.ensureStream({ name: "logs", mode: "PROVISIONED", shards, maxRecordKib });
  cleanups.push(() => kinesis.close());
  return kinesis;
}

export async function put(
  kinesis: KinesisService,
  texts: readonly string[],
  key: (text: string) => string = () => "key",
) {
  for (const text of texts) {
    const input = { StreamName: "logs", Data: Buffer.from(text).toString("base64"), PartitionKey: key(text) };
    await kinesis.operations.PutRecord?.(input);
  }
}

export interface Lab {
  mapping: Mapping;
  /** The texts of each batch, in the order of the calls. */
  calls: string[][];
  /** What was written to the on-failure bucket. */
  failed: { key: string; record: JsonObject & { KinesisBatchInfo: JsonObject } }[];
  log: string[];
}

export const checkpointFile = () => join(mkdtempSync(join(folder, "checkpoints-")), "checkpoints.db");

export async function start(
  kinesis: KinesisService,
  properties: JsonObject,
  handler: Handler,
  more: Partial<Parameters<typeof startMapping>[0]> = {},
): Promise<Lab> {
  const lab: Omit<Lab, "mapping"> = { calls: [], failed: [], log: [] };
  const mapping = await startMapping({
    properties: { EventSourceArn: STREAM_ARN, StartingPosition: "TRIM_HORIZON", ...properties },
    kinesis,
    invoke: (event) => run(handler, event as KinesisStreamEvent, lab.calls),
    putObject: async (bucket, key, bytes) => {
      expect(bucket).toBe("failed");
      lab.failed.push({ key, record: JSON.parse(Buffer.from(bytes).toString()) });
    },
    checkpointFile: checkpointFile(),
    functionArn: "arn:aws:lambda:us-east-1:000000000000:function:consumer",
    region: "us-east-1",
    account: "000000000000",
    log: (line) => lab.log.push(line),
    backoff: { initialMs: 1, maxMs: 4 },
    ...more,
  });
  cleanups.push(() => mapping.stop());
  return { mapping, ...lab };
}

async function run(handler: Handler, event: KinesisStreamEvent, calls: string[][]): Promise<Invocation> {
  const records = event.Records.map(({ kinesis }) => ({
    text: Buffer.from(kinesis.data, "base64").toString(),
    id: kinesis.sequenceNumber,
  }));
  calls.push(records.map((record) => record.text));
  try {
    return { ok: true, requestId: "r", result: await handler(records, event) };
  } catch (thrown) {
    const error = { errorType: "Error", errorMessage: String(thrown), trace: [] };
    return { ok: false, requestId: "r", kind: "error", error };
  }
}

/** Reports the records with these texts. */
export const report =
  (...texts: string[]): Handler =>
  (records) => ({
    batchItemFailures: records.filter(({ text }) => texts.includes(text)).map(({ id }) => ({ itemIdentifier: id })),
  });

/** Throws for a batch with one of these texts in it. */
export const throwOn =
  (...texts: string[]): Handler =>
  (records) => {
    if (records.some(({ text }) => texts.includes(text))) throw new Error("poison");
  };

/** Puts the texts, runs the mapping over them and stops. */
export async function settle(texts: string[], properties: JsonObject, handler: Handler, more = {}): Promise<Lab> {
  const kinesis = kinesisWith();
  await put(kinesis, texts);
  const lab = await start(kinesis, properties, handler, more);
  await lab.mapping.idle();
  return lab;
}

/** The texts in the payload of an on-failure object, which is JSON inside JSON. */
export function payload(record: JsonObject): string[] {
  const event: KinesisStreamEvent = JSON.parse(String(record.payload));
  return event.Records.map(({ kinesis }) => Buffer.from(kinesis.data, "base64").toString());
}
