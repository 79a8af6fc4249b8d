import { readFileSync, rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import {
  DescribeDeliveryStreamCommand,
  FirehoseClient,
  ListDeliveryStreamsCommand,
  PutRecordBatchCommand,
  PutRecordCommand,
} from "@aws-sdk/client-firehose";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Endpoint, startEndpoint } from "../../../infra/local/endpoint.ts";
import { type DeliveryStreamConfig, type Firehose, openFirehose } from "../../../infra/local/firehose/firehose.ts";
import { openS3, type S3 } from "../../../infra/local/s3/s3.ts";

const DeliveryStreamName = "events";
const START = Date.parse("2026-11-24T07:59:30Z");

const STREAM: DeliveryStreamConfig = {
  DeliveryStreamName,
  ExtendedS3DestinationConfiguration: {
    BucketARN: "arn:aws:s3:::lake",
    Prefix: "events/year=!{partitionKeyFromQuery:year}/hour=!{partitionKeyFromQuery:hour}/",
    ErrorOutputPrefix: "errors/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd/HH}/",
    BufferingHints: { IntervalInSeconds: 60, SizeInMBs: 8 },
    CompressionFormat: "GZIP",
    FileExtension: ".json.gz",
    DynamicPartitioningConfiguration: { Enabled: true },
    ProcessingConfiguration: {
      Enabled: true,
      Processors: [
        { Type: "RecordDeAggregation", Parameters: [{ ParameterName: "SubRecordType", ParameterValue: "JSON" }] },
        {
          Type: "MetadataExtraction",
          Parameters: [
            { ParameterName: "MetadataExtractionQuery", ParameterValue: "{year:.year,hour:.hour}" },
            { ParameterName: "JsonParsingEngine", ParameterValue: "JQ-1.6" },
          ],
        },
        { Type: "AppendDelimiterToRecord", Parameters: [] },
      ],
    },
  },
};

let folder: string;
let s3: S3;
let firehose: Firehose;
let endpoint: Endpoint;
let client: FirehoseClient;
let clock: number;
let s3Fails: boolean;
let stored: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "firehose-"));
  s3 = await openS3(join(folder, "s3"));
  s3.ensureBucket("lake");
  clock = START;
  s3Fails = false;
  stored = [];
  s3.onObjectCreated(({ key }) => void stored.push(key));
  await open();
});

afterEach(async () => {
  await close();
  await s3.close();
  rmSync(folder, { recursive: true });
});

async function open(): Promise<void> {
  firehose = await openFirehose({
    dir: join(folder, "firehose"),
    streams: [STREAM],
    now: () => new Date(clock),
    async s3Put(bucket, key, bytes) {
      if (s3Fails) throw new Error("no space");
      await s3.put(bucket, key, bytes);
    },
  });
  endpoint = await startEndpoint({ port: 0, services: [firehose], s3: s3.handler });
  const credentials = { accessKeyId: "any", secretAccessKey: "any" };
  client = new FirehoseClient({ endpoint: endpoint.url, region: "us-east-1", credentials, maxAttempts: 1 });
}

async function close(): Promise<void> {
  client.destroy();
  await endpoint.close();
  await firehose.close();
}

const batch = (...texts: (string | Uint8Array)[]) =>
  client.send(
    new PutRecordBatchCommand({ DeliveryStreamName, Records: texts.map((text) => ({ Data: Buffer.from(text) })) }),
  );

const event = (year: string, hour: string, more = {}): string => JSON.stringify({ year, hour, ...more });

const rejected = (promise: Promise<unknown>) => promise.then(() => "accepted").catch((error: Error) => error.name);

function lines(key: string | undefined): unknown[] {
  const bytes = readFileSync(s3.pathOf("lake", key ?? ""));
  const text = (key?.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString();
  expect(text.endsWith("\n")).toBe(true);
  return text
    .slice(0, -1)
    .split("\n")
    .map((line) => JSON.parse(line));
}

/** Waits until the ticking delivery has stored so many objects. */
const delivered = (count: number) => expect.poll(() => stored.length, { timeout: 5000 }).toBe(count);

describe("the wire", () => {
  test("answers are aligned with the records of a batch", async () => {
    const answer = await batch(event("2026", "07"), "no JSON", event("2026", "08"));
    expect(answer).toMatchObject({ FailedPutCount: 0, Encrypted: false });
    expect(new Set(answer.RequestResponses?.map(({ RecordId }) => RecordId)).size).toBe(3);
    const one = await client.send(new PutRecordCommand({ DeliveryStreamName, Record: { Data: Buffer.from("{}") } }));
    expect(one.RecordId).toBeTruthy();
  });

  test("streams are listed and described", async () => {
    const { DeliveryStreamNames } = await client.send(new ListDeliveryStreamsCommand({}));
    expect(DeliveryStreamNames).toEqual([DeliveryStreamName]);
    const { DeliveryStreamDescription: found } = await client.send(
      new DescribeDeliveryStreamCommand({ DeliveryStreamName }),
    );
    expect(found).toMatchObject({ DeliveryStreamStatus: "ACTIVE", DeliveryStreamType: "DirectPut" });
    expect(found?.Destinations?.[0]?.ExtendedS3DestinationDescription).toMatchObject({ CompressionFormat: "GZIP" });
  });

  test.each([
    ["501 records", () => batch(...Array(501).fill("{}")), "ValidationException"],
    ["no records", () => batch(), "ValidationException"],
    ["an empty record", () => batch("{}", ""), "ValidationException"],
    ["1,024,001 bytes", () => batch(Buffer.alloc(1_024_001, "x")), "ValidationException"],
    ["over 4 MiB", () => batch(...Array(5).fill(Buffer.alloc(900_000, "x"))), "InvalidArgumentException"],
    ["1,024,000 bytes", () => batch(Buffer.alloc(1_024_000, "x")), "accepted"],
    [
      "a stream that is not there",
      () => client.send(new PutRecordCommand({ DeliveryStreamName: "none", Record: { Data: Buffer.from("{}") } })),
      "ResourceNotFoundException",
    ],
  ])("%s", async (_, call, expected) => {
    expect(await rejected(call())).toBe(expected);
  });
});

describe("delivery", () => {
  test("sub-records go to the prefix of their keys, one a line, under the name that Firehose gives", async () => {
    const packed = `${event("2026", "07", { n: 1 })}\n${event("2026", "08", { n: 2, s: '}{"' })}${event("2026", "07", { n: 3 })} `;
    await batch(packed, event("2026", "07", { n: 4 }));
    await firehose.flush();
    const [seven, eight] = stored.sort();
    expect(seven).toMatch(/^events\/year=2026\/hour=07\/events-1-2026-11-24-07-59-30-[0-9a-f-]{36}\.json\.gz$/);
    expect(lines(seven)).toMatchObject([{ n: 1 }, { n: 3 }, { n: 4 }]);
    expect(lines(eight)).toMatchObject([{ n: 2 }]);
  });

  test.each([
    ["no JSON", "no JSON", "Non JSON record provided"],
    ["a broken document", '{"year":', "Non JSON record provided"],
    ["a document that only looks like one", "{year}", "Non JSON record provided"],
    ["a missing key", '{"year":"2026"}', "partitionKeys values must not be null or empty"],
    ["an empty key", event("2026", ""), "partitionKeys values must not be null or empty"],
    ["a key that is a number", '{"year":2026,"hour":"07"}', "partitionKeys values must not be null or empty"],
    ["what jq cannot index", "[1]", 'jq: Cannot index array with string "year"'],
    ["501 sub-records", event("2026", "07").repeat(501), "Non JSON record provided"],
    ["a prefix over 512 characters", event("2026", "x".repeat(600)), "The prefix evaluates to over 512 characters"],
  ])("%s goes to the error prefix, raw", async (_, record, errorMessage) => {
    await batch(record);
    await firehose.flush();
    expect(stored[0]).toMatch(/^errors\/metadata-extraction-failed\/2026\/11\/24\/07\/events-1-/);
    const rawData = Buffer.from(record).toString("base64");
    const errorCode = "DynamicPartitioning.MetadataExtractionFailed";
    expect(lines(stored[0])).toEqual([
      { attemptsMade: 1, arrivalTimestamp: START, errorCode, errorMessage, attemptEndingTimestamp: START, rawData },
    ]);
  });

  test("500 sub-records are split, and a bad one among them fails alone", async () => {
    await batch(event("2026", "07").repeat(498) + event("2026", "") + event("2026", "07"));
    await firehose.flush();
    expect(await firehose.stats()).toMatchObject([{ objects: 2, records: 499, failedRecords: 1, buffers: [] }]);
  });

  test("records of the 501st active partition go to the error prefix", async () => {
    await batch(...Array.from({ length: 500 }, (_, i) => event("2026", `h${i}`)));
    await batch(event("2026", "h0"), event("2026", "one too many"));
    const [stats] = await firehose.stats();
    expect(stats?.buffers).toHaveLength(501);
    await firehose.flush();
    const [failed, ...more] = stored.filter((key) => key.startsWith("errors/activePartitionExceeded/"));
    expect([lines(failed).length, more.length]).toEqual([1, 0]);
    await batch(event("2026", "one too many"));
    await firehose.flush();
    expect(stored.at(-1)).toMatch(/hour=one too many/);
  });
});

describe("buffering", () => {
  test("a buffer is delivered at its interval, counted from its oldest record, also over a restart", async () => {
    await batch(event("2026", "07", { n: 1 }));
    clock = START + 40_000;
    await close();
    await open();
    await batch(event("2026", "07", { n: 2 }));
    const [stats] = await firehose.stats();
    expect(stats?.buffers).toMatchObject([{ records: 2, ageSeconds: 40, secondsToFlush: 20, isError: false }]);
    clock = START + 59_999;
    await new Promise((done) => setTimeout(done, 300));
    expect(stored).toEqual([]);
    clock = START + 60_000;
    await delivered(1);
    expect(lines(stored[0])).toMatchObject([{ n: 1 }, { n: 2 }]);
    expect(stored[0]).toContain("2026-11-24-07-59-30"); // the time of the oldest record
  });

  test("a buffer is delivered at its size, uncompressed", async () => {
    const record = event("2026", "07", { pad: "x".repeat(1_000_000) });
    for (let call = 0; call < 3; call++) await batch(record, record, record, record);
    await delivered(1);
    expect(lines(stored[0])).toHaveLength(12); // the call that reaches 8 MiB is whole in it
  });

  test("what S3 does not take is kept, tried again and counted", async () => {
    s3Fails = true;
    await batch(event("2026", "07"));
    await expect(firehose.flush()).rejects.toThrow(
      /1 objects could not be put and are kept: s3:\/\/lake\/events.*no space/,
    );
    expect(await firehose.stats()).toMatchObject([{ failedPuts: 1, objects: 0, buffers: [{ records: 1 }] }]);
    s3Fails = false;
    await delivered(1);
    expect(await firehose.stats()).toMatchObject([{ objects: 1, records: 1, buffers: [] }]);
  });
});
