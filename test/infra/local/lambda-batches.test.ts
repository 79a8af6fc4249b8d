import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  checkpointFile,
  type Handler,
  kinesisWith,
  put,
  REPORTING,
  STREAM_ARN,
  settle,
  start,
  TO_S3,
  useStreams,
} from "./lambda-lab.ts";

useStreams();

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

describe("batches", () => {
  test("hold at most BatchSize records, in order", async () => {
    const { calls } = await settle(["1", "2", "3", "4", "5"], { BatchSize: 2 }, () => null);
    expect(calls).toEqual([["1", "2"], ["3", "4"], ["5"]]);
  });

  test("wait for the window", async () => {
    const kinesis = kinesisWith();
    const { calls, mapping } = await start(kinesis, { MaximumBatchingWindowInSeconds: 1 }, () => null);
    const began = performance.now();
    await put(kinesis, ["1"]);
    await sleep(50);
    await put(kinesis, ["2"]);
    await mapping.idle();
    expect(calls).toEqual([["1", "2"]]);
    expect(performance.now() - began).toBeGreaterThan(1000);
  });

  test("do not wait when they are full", async () => {
    const { calls } = await settle(["1", "2"], { BatchSize: 2, MaximumBatchingWindowInSeconds: 300 }, () => null);
    expect(calls).toEqual([["1", "2"]]);
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
