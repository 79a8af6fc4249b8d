import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import type { JsonObject } from "../../../infra/local/service.ts";
import { ARN, left, reopen, send, settle, sqs, start, useQueues } from "./queue-lab.ts";

useQueues();

describe("batches", () => {
  test("have at most BatchSize messages", async () => {
    send("1", "2", "3", "4", "5");
    const { calls } = await settle({ BatchSize: 2 }, () => null);
    expect(calls).toEqual([["1", "2"], ["3", "4"], ["5"]]);
  });

  test("wait for their window", async () => {
    const run = start({ BatchSize: 100, MaximumBatchingWindowInSeconds: 1 }, () => null);
    for (const body of ["1", "2", "3"]) {
      send(body);
      await sleep(20);
    }
    expect(run.calls).toEqual([]);
    await run.mapping.idle();
    expect(run.calls).toEqual([["1", "2", "3"]]);
  });

  test("do not wait when they are full", async () => {
    send("1", "2");
    const started = performance.now();
    await settle({ BatchSize: 2, MaximumBatchingWindowInSeconds: 60 }, () => null);
    expect(performance.now() - started).toBeLessThan(1000);
  });

  test("fit into the 6 MB of an invocation, and what does not fit is not counted as received", async () => {
    const body = "x".repeat(1_000_000);
    send(...Array(10).fill(body));
    const receives: (string | undefined)[] = [];
    const { calls } = await settle({ BatchSize: 20, MaximumBatchingWindowInSeconds: 1 }, (_, { Records }) => {
      receives.push(...Records.map((record) => record.attributes.ApproximateReceiveCount));
    });
    expect(calls.map((call) => call.length)).toEqual([6, 4]);
    expect(new Set(receives)).toEqual(new Set(["1"]));
  });

  test("run at once as far as MaximumConcurrency allows, and no message waits in flight for its turn", async () => {
    send("1", "2", "3", "4");
    const { promise, resolve } = Promise.withResolvers<void>();
    const run = start({ BatchSize: 1, ScalingConfig: { MaximumConcurrency: 2 } }, () => promise);
    await vi.waitFor(() => expect(run.calls).toHaveLength(2));
    await sleep(50);
    expect(run.mapping.stats()).toMatchObject({ running: 2, inFlight: 2, visible: 2 });
    resolve();
    await run.mapping.idle();
    expect(run.calls).toHaveLength(4);
  });
});

describe("a stop", () => {
  test("waits for what runs", async () => {
    send("1");
    const run = start({}, () => sleep(100));
    await vi.waitFor(() => expect(run.calls).toHaveLength(1));
    await run.mapping.stop();
    expect(run.mapping.stats()).toMatchObject({ messages: 1, inFlight: 0 });
  });

  test("in the middle loses nothing: what was in flight comes again at the next start, not after its timeout", async () => {
    send("1");
    const never = start({}, () => new Promise(() => {}));
    await vi.waitFor(() => expect(never.calls).toHaveLength(1));
    reopen();
    const { calls } = await settle({}, () => null);
    expect(calls).toEqual([["1"]]);
  });
});

test("a disabled mapping leaves the queue alone", async () => {
  send("1");
  const run = await settle({ Enabled: false }, () => null);
  expect(run.calls).toEqual([]);
  expect(await left(ARN)).toEqual(["1"]);
});

test("a queue that is deleted and made anew is read on", async () => {
  const run = start({}, () => null);
  await sqs.operations.DeleteQueue?.({ QueueUrl: "jobs" });
  sqs.ensureQueue("jobs", {});
  send("1");
  await vi.waitFor(() => expect(run.calls).toEqual([["1"]]));
});

test.each<[string, JsonObject]>([
  ["FilterCriteria", { FilterCriteria: { Filters: [{ Pattern: "{}" }] } }],
  ["ProvisionedPollerConfig", { ProvisionedPollerConfig: { MinimumPollers: 2 } }],
  ["BatchSize", { BatchSize: 11 }],
  ["BatchSize", { BatchSize: 0 }],
  ["MaximumConcurrency", { ScalingConfig: { MaximumConcurrency: 1 } }],
  ["EventSourceArn", { EventSourceArn: "arn:aws:kinesis:us-east-1:000000000000:stream/logs" }],
  ["does not exist", { EventSourceArn: ARN.replace("jobs", "nope") }],
])("it does not start: %s of %j", (what, properties) => {
  expect(() => start(properties, () => null)).toThrow(what);
});
