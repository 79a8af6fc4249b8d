import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { KinesisService } from "../../../infra/local/kinesis/service.ts";
import type { JsonObject } from "../../../infra/local/service.ts";
import { checkpointFile, type Handler, kinesisWith, put, REPORTING, settle, start, useStreams } from "./lambda-lab.ts";

useStreams();

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
