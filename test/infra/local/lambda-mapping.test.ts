import { describe, expect, test } from "vitest";
import type { Invocation } from "../../../infra/local/lambda/sandbox.ts";
import type { JsonObject } from "../../../infra/local/service.ts";
import {
  type Handler,
  kinesisWith,
  payload,
  put,
  REPORTING,
  report,
  STREAM_ARN,
  settle,
  start,
  TO_S3,
  throwOn,
  useStreams,
} from "./lambda-lab.ts";

useStreams();

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
