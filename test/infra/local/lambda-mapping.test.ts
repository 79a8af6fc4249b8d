import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { KinesisStreamEvent } from "aws-lambda";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type KinesisService, openKinesis } from "../../../infra/local/kinesis/service.ts";
import { type Mapping, startMapping } from "../../../infra/local/lambda/mapping.ts";
import type { Invocation } from "../../../infra/local/lambda/sandbox.ts";
import type { JsonObject } from "../../../infra/local/service.ts";

const STREAM_ARN = "arn:aws:kinesis:us-east-1:000000000000:stream/logs";
const REPORTING = { FunctionResponseTypes: ["ReportBatchItemFailures"] };
const TO_S3 = { DestinationConfig: { OnFailure: { Destination: "arn:aws:s3:::failed" } } };

/** A record as a test sees it: its text, and the number to report it by. */
interface Seen {
  readonly text: string;
  readonly id: string;
}

/** What the function does with a batch: the value it returns, or what it throws. */
type Handler = (records: Seen[], event: KinesisStreamEvent) => unknown;

let folder: string;
const cleanups: (() => unknown)[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mapping-"));
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

afterAll(() => rmSync(folder, { recursive: true }));

function kinesisWith(options: { shards?: number; now?: () => number; maxRecordKib?: number } = {}): KinesisService {
  const { now = Date.now, shards = 1, maxRecordKib = 1024 } = options;
  const kinesis = openKinesis(join(mkdtempSync(join(folder, "kinesis-")), "kinesis.db"), { now });
  kinesis.ensureStream({ name: "logs", mode: "PROVISIONED", shards, maxRecordKib });
  cleanups.push(() => kinesis.close());
  return kinesis;
}

async function put(kinesis: KinesisService, texts: readonly string[], key: (text: string) => string = () => "key") {
  for (const text of texts) {
    const input = { StreamName: "logs", Data: Buffer.from(text).toString("base64"), PartitionKey: key(text) };
    await kinesis.operations.PutRecord?.(input);
  }
}

interface Lab {
  mapping: Mapping;
  /** The texts of each batch, in the order of the calls. */
  calls: string[][];
  /** What was written to the on-failure bucket. */
  failed: { key: string; record: JsonObject & { KinesisBatchInfo: JsonObject } }[];
  log: string[];
}

const checkpointFile = () => join(mkdtempSync(join(folder, "checkpoints-")), "checkpoints.db");

async function start(
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
const report =
  (...texts: string[]): Handler =>
  (records) => ({
    batchItemFailures: records.filter(({ text }) => texts.includes(text)).map(({ id }) => ({ itemIdentifier: id })),
  });

/** Throws for a batch with one of these texts in it. */
const throwOn =
  (...texts: string[]): Handler =>
  (records) => {
    if (records.some(({ text }) => texts.includes(text))) throw new Error("poison");
  };

/** Puts the texts, runs the mapping over them and stops. */
async function settle(texts: string[], properties: JsonObject, handler: Handler, more = {}): Promise<Lab> {
  const kinesis = kinesisWith();
  await put(kinesis, texts);
  const lab = await start(kinesis, properties, handler, more);
  await lab.mapping.idle();
  return lab;
}

/** The texts in the payload of an on-failure object, which is JSON inside JSON. */
function payload(record: JsonObject): string[] {
  const event: KinesisStreamEvent = JSON.parse(String(record.payload));
  return event.Records.map(({ kinesis }) => Buffer.from(kinesis.data, "base64").toString());
}

test("the event is Lambda's", async () => {
  let seen: unknown;
  await settle(["hello"], {}, (_, event) => {
    seen = event;
  });
  expect(seen).toEqual({
    Records: [
      {
        kinesis: {
          kinesisSchemaVersion: "1.0",
          partitionKey: "key",
          sequenceNumber: expect.stringMatching(/^\d{56}$/),
          data: "aGVsbG8=",
          approximateArrivalTimestamp: expect.closeTo(Date.now() / 1000, -2),
        },
        eventSource: "aws:kinesis",
        eventVersion: "1.0",
        eventID: expect.stringMatching(/^shardId-000000000000:\d{56}$/),
        eventName: "aws:kinesis:record",
        invokeIdentityArn: expect.stringMatching(/^arn:aws:iam::000000000000:role\//),
        awsRegion: "us-east-1",
        eventSourceARN: STREAM_ARN,
      },
    ],
  });
});

describe("what counts as success", () => {
  test.each([
    ["empty text", ""],
    ["an empty list", []],
    ["null", null],
    ["an empty object", {}],
    ["an empty list of failures", { batchItemFailures: [] }],
    ["failures of null", { batchItemFailures: null }],
  ])("%s", async (_, answer) => {
    const { calls, mapping } = await settle(["1", "2"], { ...REPORTING, MaximumRetryAttempts: 1 }, () => answer);
    expect(calls).toEqual([["1", "2"]]);
    expect(mapping.stats()).toMatchObject({ records: 2, errors: 0, partialFailures: 0, dropped: 0 });
  });

  test("without ReportBatchItemFailures any answer", async () => {
    const { calls } = await settle(["1", "2"], {}, report("1"));
    expect(calls).toEqual([["1", "2"]]);
  });
});

describe("what fails the whole batch", () => {
  test.each([
    ["an identifier that is not in the batch", { batchItemFailures: [{ itemIdentifier: 123 }] }],
    ["one unknown identifier as text", { batchItemFailures: [{ itemIdentifier: "123" }] }],
    ["an empty identifier", { batchItemFailures: [{ itemIdentifier: "" }] }],
    ["an identifier of null", { batchItemFailures: [{ itemIdentifier: null }] }],
    ["another key", { batchItemFailures: [{ foo: 123 }] }],
    ["another key with null", { batchItemFailures: [{ foo: null }] }],
    ["failures that are no list", { batchItemFailures: "1" }],
  ])("%s", async (_, answer) => {
    const properties = { ...REPORTING, ...TO_S3, MaximumRetryAttempts: 2 };
    const { calls, failed, mapping } = await settle(["1", "2"], properties, () => answer);
    expect(calls).toEqual(Array(3).fill(["1", "2"]));
    expect(failed[0]?.record).toMatchObject({
      requestContext: { condition: "RetryAttemptsExhausted", approximateInvokeCount: 3 },
      responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: null },
      KinesisBatchInfo: { batchSize: 2 },
    });
    expect(mapping.stats()).toMatchObject({ invocations: 3, errors: 3, retries: 2, discarded: 2, dropped: 0 });
  });

  test("an exception", async () => {
    const { calls, failed } = await settle(["1"], { ...TO_S3, MaximumRetryAttempts: 1 }, throwOn("1"));
    expect(calls).toEqual([["1"], ["1"]]);
    expect(failed[0]?.record.responseContext).toMatchObject({ functionError: "Unhandled" });
  });
});

describe("what is sent again", () => {
  const retries = (count: number) => ({ ...REPORTING, ...TO_S3, MaximumRetryAttempts: count });
  const bisecting = (count: number) => ({ ...retries(count), BisectBatchOnFunctionError: true });
  test.each<[string, JsonObject, Handler, string, string]>([
    ["the rest, with all its retries", retries(3), report("6"), "456 6 6 6 6", "6"],
    ["all from the lowest reported on", retries(0), report("5", "6"), "456 56", "56"],
    ["all that remains is given up together", retries(1), report("5"), "456 56 56", "56"],
    ["the first record reported is a retry of the batch", retries(1), report("4"), "456 456", "456"],
    ["without retries a throw gives the batch up", retries(0), throwOn("5"), "456", "456"],
    ["halves after a throw, without using up retries", bisecting(1), throwOn("6"), "456 45 6 6", "6"],
    ["halves until the poison is alone", bisecting(0), throwOn("4"), "456 45 4 5 6", "4"],
    ["from the reported record on when both are on", bisecting(0), report("5"), "456 56 5 6", "5"],
    [
      "halves after an unknown identifier",
      bisecting(0),
      (all) => (all.length > 1 ? { batchItemFailures: [{}] } : {}),
      "456 45 4 5 6",
      "",
    ],
  ])("%s", async (_, properties, handler, sent, givenUp) => {
    const { calls, failed } = await settle(["4", "5", "6"], properties, handler);
    expect(calls.map((call) => call.join("")).join(" ")).toBe(sent);
    expect(failed.flatMap(({ record }) => payload(record)).join("")).toBe(givenUp);
  });

  test("progress gives the retries back again and again", async () => {
    let left = 3;
    const handler: Handler = (records) => {
      const next = records[records.length > 1 && left-- > 0 ? 1 : records.length];
      return { batchItemFailures: next ? [{ itemIdentifier: next.id }] : [] };
    };
    const { calls, mapping } = await settle(["1", "2", "3", "4"], retries(0), handler);
    expect(calls.map((call) => call.length)).toEqual([4, 3, 2, 1]);
    expect(mapping.stats()).toMatchObject({ records: 4, discarded: 0 });
  });

  test("without a limit until it works", async () => {
    let failures = 6;
    const handler: Handler = () => {
      if (failures-- > 0) throw new Error("busy");
    };
    const { calls } = await settle(["1"], {}, handler);
    expect(calls).toHaveLength(7);
  });

  test("a function that cannot be called uses up no retry", async () => {
    let refusals = 3;
    const invoke = async (): Promise<Invocation> => {
      if (refusals-- > 0) throw new Error("throttled");
      return { ok: true, requestId: "r", result: null };
    };
    const { mapping } = await settle(["1"], { MaximumRetryAttempts: 0 }, () => null, { invoke });
    expect(mapping.stats()).toMatchObject({ invocations: 1, records: 1, dropped: 0 });
  });
});

describe("the on-failure destination", () => {
  test("key and record are as documented", async () => {
    const at = Date.parse("2026-03-04T05:06:07.089Z");
    const clock = () => at;
    const kinesis = kinesisWith({ now: clock });
    await put(kinesis, ["1", "2"]);
    const properties = { ...TO_S3, MaximumRetryAttempts: 0 };
    const { mapping, failed } = await start(kinesis, properties, throwOn("1"), { now: clock, uuid: "esm-1" });
    await mapping.idle();
    expect(failed[0]?.key).toMatch(
      /^aws\/lambda\/esm-1\/shardId-000000000000\/2026\/03\/04\/2026-03-04T05\.06\.07-[0-9a-f-]{36}$/,
    );
    const info = failed[0]?.record.KinesisBatchInfo ?? {};
    expect(failed[0]?.record).toEqual({
      requestContext: {
        requestId: "r",
        functionArn: "arn:aws:lambda:us-east-1:000000000000:function:consumer",
        condition: "RetryAttemptsExhausted",
        approximateInvokeCount: 1,
      },
      responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
      version: "1.0",
      timestamp: "2026-03-04T05:06:07.089Z",
      KinesisBatchInfo: {
        shardId: "shardId-000000000000",
        startSequenceNumber: expect.stringMatching(/^\d{56}$/),
        endSequenceNumber: expect.stringMatching(/^\d{56}$/),
        approximateArrivalOfFirstRecord: "2026-03-04T05:06:07.089Z",
        approximateArrivalOfLastRecord: "2026-03-04T05:06:07.089Z",
        batchSize: 2,
        streamArn: STREAM_ARN,
      },
      payload: expect.any(String),
    });
    expect(info.startSequenceNumber).not.toBe(info.endSequenceNumber);
  });

  test("a write that fails is tried again, and the shard waits", async () => {
    let failures = 2;
    const written: string[] = [];
    const putObject = async (_: string, key: string) => {
      if (failures-- > 0) throw new Error("disk full");
      written.push(key);
    };
    const properties = { ...TO_S3, MaximumRetryAttempts: 0, BatchSize: 1 };
    const { calls, log, mapping } = await settle(["1", "2"], properties, throwOn("1"), { putObject });
    expect(written).toHaveLength(1);
    expect(calls).toEqual([["1"], ["2"]]);
    expect(log.filter((line) => line.includes("disk full"))).toHaveLength(2);
    expect(mapping.stats()).toMatchObject({ discarded: 1, records: 1 });
  });

  test("without one the records are dropped and counted", async () => {
    const { mapping, log } = await settle(["1", "2"], { MaximumRetryAttempts: 0 }, throwOn("1"));
    expect(mapping.stats()).toMatchObject({ dropped: 2, discarded: 0, records: 0 });
    expect(log.join()).toMatch(/2 records of shardId-000000000000 are lost: RetryAttemptsExhausted/);
  });
});

describe("records that are too old", () => {
  test.each([
    ["the maximum age", { MaximumRecordAgeInSeconds: 60 }, 61],
    ["the stream's retention, when there is no maximum age", {}, 24 * 3600 + 1],
  ])("past %s go to the destination, younger ones to the function", async (_, properties, seconds) => {
    const kinesis = kinesisWith();
    await put(kinesis, ["old", "older"]);
    let isLater = false;
    const now = () => Date.now() + (isLater ? seconds * 1000 : 0);
    const handler: Handler = () => {
      isLater = true;
      throw new Error("stuck");
    };
    const { calls, failed, mapping } = await start(kinesis, { ...TO_S3, ...properties }, handler, { now });
    await mapping.idle();
    expect(calls).toEqual([["old", "older"]]);
    expect(failed[0]?.record).toMatchObject({
      requestContext: { condition: "RecordAgeExceeded", approximateInvokeCount: 1 },
      KinesisBatchInfo: { batchSize: 2 },
    });
    expect(failed[0]?.record).not.toHaveProperty("responseContext");
    expect(payload(failed[0]?.record ?? {})).toEqual(["old", "older"]);
  });

  test("only the old ones of a batch go", async () => {
    let clock = Date.now() - 120_000;
    const kinesis = kinesisWith({ now: () => clock });
    await put(kinesis, ["old"]);
    clock = Date.now();
    await put(kinesis, ["young"]);
    const properties = { ...TO_S3, MaximumRecordAgeInSeconds: 60 };
    const { calls, failed, mapping } = await start(kinesis, properties, () => null);
    await mapping.idle();
    expect(calls).toEqual([["young"]]);
    expect(failed.map(({ record }) => payload(record))).toEqual([["old"]]);
  });
});

describe("batches", () => {
  test("hold at most BatchSize records, in order", async () => {
    const { calls } = await settle(["1", "2", "3", "4", "5"], { BatchSize: 2 }, () => null);
    expect(calls).toEqual([["1", "2"], ["3", "4"], ["5"]]);
  });

  test("wait for the window, and no longer when they are full", async () => {
    const kinesis = kinesisWith();
    const { calls, mapping } = await start(kinesis, { BatchSize: 3, MaximumBatchingWindowInSeconds: 1 }, () => null);
    const began = performance.now();
    await put(kinesis, ["1", "2"]);
    await sleep(50);
    await put(kinesis, ["3"]);
    await mapping.idle();
    expect(performance.now() - began).toBeLessThan(900);
    await put(kinesis, ["4"]);
    await sleep(50);
    await put(kinesis, ["5"]);
    await mapping.idle();
    expect(calls).toEqual([
      ["1", "2", "3"],
      ["4", "5"],
    ]);
    expect(performance.now() - began).toBeGreaterThan(1000);
  });

  test("stay under 6 MB of JSON", async () => {
    const kinesis = kinesisWith();
    await put(kinesis, Array(9).fill("x".repeat(1024 * 1024 - 3)));
    const sizes: number[] = [];
    const { mapping } = await start(kinesis, {}, (_, event) => {
      sizes.push(JSON.stringify(event).length);
    });
    await mapping.idle();
    expect(sizes).toHaveLength(3);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(6 * 1024 * 1024);
  });

  test("a record over 6 MB never reaches the function, and its neighbors do", async () => {
    const kinesis = kinesisWith({ maxRecordKib: 10_240 });
    await put(kinesis, ["1", "x".repeat(5 * 1024 * 1024), "2"]);
    const { calls, failed, mapping } = await start(kinesis, TO_S3, () => null);
    await mapping.idle();
    expect(calls.flat()).toEqual(["1", "2"]);
    expect(failed[0]?.record).toMatchObject({
      requestContext: { approximateInvokeCount: 0 },
      KinesisBatchInfo: { batchSize: 1 },
    });
    expect(failed[0]?.record).not.toHaveProperty("payload");
  });
});

describe("parallelization", () => {
  test("batches of one shard run at once, up to the factor", async () => {
    const kinesis = kinesisWith();
    const texts = Array.from({ length: 40 }, (_, index) => `${index}`);
    await put(kinesis, texts, (text) => text);
    let [running, most] = [0, 0];
    const handler: Handler = async () => {
      most = Math.max(most, ++running);
      await sleep(5);
      running--;
    };
    const { calls, mapping } = await start(kinesis, { ParallelizationFactor: 3, BatchSize: 2 }, handler);
    await mapping.idle();
    expect(most).toBe(3);
    expect(calls.flat().sort()).toEqual([...texts].sort());
  });

  test("records of one key are taken in order, and none is lost, whatever fails and however often it restarts", async () => {
    const run = fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 7 }),
      fc.infiniteStream(fc.integer({ min: 0, max: 9 })),
      async (keys, factor, size, dice) => {
        const texts = keys.map((key, index) => `${key}:${index}`);
        const keyOf = (text: string) => text.slice(0, 1);
        const kinesis = kinesisWith();
        await put(kinesis, texts, keyOf);
        const taken = new Map<string, Set<number>>();
        const handler: Handler = async (records) => {
          if (dice.next().value > 7) throw new Error("bad luck");
          await sleep(dice.next().value > 7 ? 2 : 0);
          const from = dice.next().value > 6 ? dice.next().value % records.length : records.length;
          for (const { text } of records.slice(0, from)) {
            const numbers = taken.get(keyOf(text)) ?? new Set();
            taken.set(keyOf(text), numbers.add(Number(text.slice(2))));
          }
          const failed = records[from];
          return { batchItemFailures: failed ? [{ itemIdentifier: failed.id }] : [] };
        };
        const properties = {
          ...REPORTING,
          ParallelizationFactor: factor,
          BatchSize: size,
          BisectBatchOnFunctionError: true,
        };
        const file = checkpointFile();
        const first = await start(kinesis, properties, handler, { checkpointFile: file });
        await sleep(dice.next().value);
        await first.mapping.stop();
        const second = await start(kinesis, properties, handler, { checkpointFile: file });
        await second.mapping.idle();
        await second.mapping.stop();
        const all = [...taken.values()].flatMap((numbers) => [...numbers]);
        expect(all.sort((a, b) => a - b)).toEqual(texts.map((_, index) => index));
        for (const numbers of taken.values()) expect([...numbers]).toEqual([...numbers].sort((a, b) => a - b));
      },
    );
    await fc.assert(run, { numRuns: 25 });
  });
});

describe("checkpoints", () => {
  test("a restart goes on after the last success", async () => {
    const kinesis = kinesisWith();
    const file = checkpointFile();
    await put(kinesis, ["1", "2"]);
    const first = await start(kinesis, {}, () => null, { checkpointFile: file });
    await first.mapping.idle();
    await first.mapping.stop();
    await put(kinesis, ["3"]);
    const second = await start(kinesis, {}, () => null, { checkpointFile: file });
    await second.mapping.idle();
    expect(second.mapping.uuid).toBe(first.mapping.uuid);
    expect(second.calls).toEqual([["3"]]);
  });

  test("stop waits for what runs, and what failed comes again", async () => {
    const kinesis = kinesisWith();
    const file = checkpointFile();
    await put(kinesis, ["1", "2", "3"]);
    let started = () => {};
    const running = new Promise<void>((resolve) => {
      started = resolve;
    });
    const slow: Handler = async (records) => {
      started();
      await sleep(30);
      return { batchItemFailures: [{ itemIdentifier: records[1]?.id }] };
    };
    const first = await start(kinesis, REPORTING, slow, { checkpointFile: file });
    await running;
    await first.mapping.stop();
    expect(first.calls).toHaveLength(1);
    const second = await start(kinesis, REPORTING, () => null, { checkpointFile: file });
    await second.mapping.idle();
    expect(second.calls).toEqual([["2", "3"]]);
  });

  test("stop gives up on what does not end", async () => {
    const kinesis = kinesisWith();
    await put(kinesis, ["1"]);
    const { mapping } = await start(kinesis, {}, () => new Promise(() => {}), { stopSeconds: 0.05 });
    await sleep(20);
    await mapping.stop();
    expect(mapping.stats().records).toBe(0);
  });

  test("stats tell the iterator age and the checkpoint of each shard", async () => {
    const kinesis = kinesisWith({ now: () => Date.now() - 5000 });
    await put(kinesis, ["1"]);
    let release = () => {};
    const handler: Handler = () =>
      new Promise<void>((resolve) => {
        release = resolve;
      });
    const { mapping } = await start(kinesis, {}, handler);
    await sleep(30);
    expect(mapping.stats().shards[0]?.iteratorAgeMs).toBeGreaterThanOrEqual(5000);
    release();
    await mapping.idle();
    expect(mapping.stats().shards).toEqual([
      { shardId: "shardId-000000000000", iteratorAgeMs: 0, checkpoint: expect.stringMatching(/^\d{56}$/) },
    ]);
  });
});

describe("starting positions", () => {
  test("LATEST sees what comes after the start, also what comes before a restart", async () => {
    const kinesis = kinesisWith();
    const file = checkpointFile();
    await put(kinesis, ["before"]);
    await sleep(2);
    const first = await start(kinesis, { StartingPosition: "LATEST" }, () => null, { checkpointFile: file });
    await first.mapping.idle();
    await first.mapping.stop();
    await sleep(2);
    await put(kinesis, ["between"]);
    const second = await start(kinesis, { StartingPosition: "LATEST" }, () => null, { checkpointFile: file });
    await put(kinesis, ["after"]);
    await second.mapping.idle();
    expect(first.calls).toEqual([]);
    expect(second.calls.flat()).toEqual(["between", "after"]);
  });

  test("AT_TIMESTAMP goes by arrival", async () => {
    const kinesis = kinesisWith();
    await put(kinesis, ["before"]);
    await sleep(5);
    const StartingPositionTimestamp = Date.now() / 1000;
    await put(kinesis, ["after"]);
    const properties = { StartingPosition: "AT_TIMESTAMP", StartingPositionTimestamp };
    const { calls, mapping } = await start(kinesis, properties, () => null);
    await mapping.idle();
    expect(calls).toEqual([["after"]]);
  });
});

describe("resharding", () => {
  const keyOf = (text: string) => text.slice(0, 1);
  const texts = (from: number) => Array.from({ length: 8 }, (_, key) => [`${key}${from}`, `${key}${from + 1}`]).flat();

  async function reshard(kinesis: KinesisService): Promise<void> {
    const split = {
      StreamName: "logs",
      ShardToSplit: "shardId-000000000000",
      NewStartingHashKey: (2n ** 127n).toString(),
    };
    await put(kinesis, texts(1), keyOf);
    await kinesis.operations.SplitShard?.(split);
    await put(kinesis, texts(3), keyOf);
    const [ShardToMerge, AdjacentShardToMerge] = ["shardId-000000000001", "shardId-000000000002"];
    await kinesis.operations.MergeShards?.({ StreamName: "logs", ShardToMerge, AdjacentShardToMerge });
    await put(kinesis, texts(5), keyOf);
  }

  /** Every record once, and the records of each key in order. */
  function expectAllInOrder(calls: string[][]): void {
    const all = calls.flat();
    expect([...all].sort()).toEqual([...texts(1), ...texts(3), ...texts(5)].sort());
    for (const key of "01234567") {
      const ofKey = all.filter((text) => keyOf(text) === key);
      expect(ofKey).toEqual([...ofKey].sort());
    }
  }

  test("shards that were split and merged before the start are read parents first", async () => {
    const kinesis = kinesisWith();
    await reshard(kinesis);
    let failures = 2;
    const handler: Handler = async () => {
      await sleep(5);
      if (failures-- > 0) throw new Error("slow parent");
    };
    const { calls, mapping } = await start(kinesis, { BatchSize: 4 }, handler);
    await mapping.idle();
    expectAllInOrder(calls.slice(2));
  });

  test("shards that are split and merged while the mapping runs", async () => {
    const kinesis = kinesisWith();
    const { calls, mapping } = await start(kinesis, { BatchSize: 4, StartingPosition: "LATEST" }, () => sleep(2));
    await reshard(kinesis);
    await mapping.idle();
    expectAllInOrder(calls);
  });

  test("a finished parent stays finished after a restart", async () => {
    const kinesis = kinesisWith();
    const file = checkpointFile();
    await reshard(kinesis);
    const first = await start(kinesis, {}, () => null, { checkpointFile: file });
    await first.mapping.idle();
    await first.mapping.stop();
    const second = await start(kinesis, {}, () => null, { checkpointFile: file });
    await put(kinesis, ["07"], keyOf);
    await second.mapping.idle();
    expect(second.calls).toEqual([["07"]]);
  });
});

describe("what is refused or off", () => {
  test.each<[JsonObject, RegExp]>([
    [{ FilterCriteria: { Filters: [{ Pattern: "{}" }] } }, /FilterCriteria is not supported/],
    [{ TumblingWindowInSeconds: 30 }, /TumblingWindowInSeconds is not supported/],
    [{ BatchSize: 0 }, /BatchSize is 0; Lambda takes 1 to 10000/],
    [{ ParallelizationFactor: 11 }, /ParallelizationFactor is 11/],
    [{ MaximumRecordAgeInSeconds: 30 }, /MaximumRecordAgeInSeconds is 30/],
    [{ StartingPosition: "YESTERDAY" }, /StartingPosition is "YESTERDAY"/],
    [{ StartingPosition: "AT_TIMESTAMP", StartingPositionTimestamp: 4e9 }, /is in the future/],
    [{ EventSourceArn: "arn:aws:sqs:us-east-1:1:q" }, /is no Kinesis stream/],
    [{ EventSourceArn: "arn:aws:kinesis:us-east-1:1:stream/absent" }, /the stream absent cannot be read/],
    [{ DestinationConfig: { OnFailure: { Destination: "arn:aws:sqs:us-east-1:1:q" } } }, /is no S3 bucket/],
  ])("%j", async (properties, message) => {
    await expect(start(kinesisWith(), properties, () => null)).rejects.toThrow(message);
  });

  test("a window of zero and an empty filter are none", async () => {
    const properties = { TumblingWindowInSeconds: 0, FilterCriteria: { Filters: [] } };
    const { calls } = await settle(["1"], properties, () => null);
    expect(calls).toEqual([["1"]]);
  });

  test("a disabled mapping reads nothing", async () => {
    const { calls, mapping } = await settle(["1"], { Enabled: false }, () => null);
    expect(calls).toEqual([]);
    expect(mapping.stats().shards).toEqual([]);
  });
});
