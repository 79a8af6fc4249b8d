import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KinesisClient } from "@aws-sdk/client-kinesis";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { afterAll, beforeAll, expect, test } from "vitest";
import { batchesOf, putBatch } from "../../handlers/records.ts";
import { chaosAssembly } from "./assembly.ts";
import { type ChaosLake, chaosLake } from "./lake.ts";
import { CLIENT } from "./producer.ts";
import { startProxy } from "./proxy.ts";
import { readStored } from "./stored.ts";

/** A record waits for its batch, its shard's other batches and this machine, not for the poison. */
const BOUND_MS = 30_000;
const SETTLE_SECONDS = 90;

const folder = mkdtempSync(join(tmpdir(), "lake-poison-"));
const dir = join(folder, "lake");
const proxy = await startProxy({ faults: { next: () => undefined, stop() {} }, onFault: () => {} });
let lake: ChaosLake;
let put: (payloads: readonly string[]) => Promise<void>;

beforeAll(async () => {
  mkdirSync(dir);
  const { assembly } = await chaosAssembly(folder, {});
  lake = chaosLake({ dir, assembly, functionEndpoint: proxy.url, bufferSeconds: 1 });
  proxy.target = await lake.start();
  const kinesis = new KinesisClient({ ...CLIENT, endpoint: proxy.url, requestHandler: new NodeHttpHandler() });
  put = async (payloads) => {
    for await (const batch of batchesOf(payloads.map((text) => Buffer.from(text))))
      await putBatch(kinesis, lake.outputs.StreamName ?? "", batch);
    await lake.settle(SETTLE_SECONDS);
  };
});

afterAll(async () => {
  await lake?.kill();
  await proxy.close();
  rmSync(folder, { recursive: true, force: true });
});

const stored = () => readStored(join(dir, "s3"), lake.outputs.LakeBucket ?? "");

const around = (count: number, poison: string) =>
  Array.from({ length: count }, (_, i) => (i === count / 2 ? poison : JSON.stringify({ probe: `${count}.${i}` })));

test("a poison record in the middle of 10,000: the others are delivered once, it is quarantined, its shard goes on", {
  timeout: 120_000,
}, async () => {
  await put(around(10_000, "no JSON at all"));
  const { events, quarantine, rows, givenUp } = stored();
  expect(events.size).toBe(9999);
  expect([...quarantine.values()].map(({ code }) => code)).toEqual(["invalid_json"]);
  expect(rows).toBe(10_000);
  expect(givenUp.size).toBe(0);
  expect(lake.counts).toMatchObject({ received: 10_000, delivered: 9999, quarantined: 1, toComeAgain: 0 });
  expect(lake.counts).toMatchObject({ retries: 0, errors: 0, partialFailures: 0, discarded: 0 });
  expect(lake.iteratorAgeMs.highest).toBeLessThan(BOUND_MS);
  expect(lake.iteratorAgeMs.latest).toBe(0);
});

test("a record that kills the function each time is given up by itself, and its shard goes on", {
  timeout: 120_000,
}, async () => {
  const before = stored().events.size;
  await put(around(1000, '{"probe":"killer","chaos":"crash"}'));
  const { events, quarantine, givenUp } = stored();
  expect(events.size - before).toBe(999);
  expect(quarantine.size).toBe(1);
  expect(givenUp.size).toBe(1);
  expect(lake.counts.discarded).toBe(1);
  expect(lake.iteratorAgeMs.highest).toBeLessThan(BOUND_MS);
  expect(lake.iteratorAgeMs.latest).toBe(0);
});
