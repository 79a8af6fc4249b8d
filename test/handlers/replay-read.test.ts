import { KinesisClient, MergeShardsCommand, PutRecordCommand, SplitShardCommand } from "@aws-sdk/client-kinesis";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { SourceRecord } from "../../core/pipeline.ts";
import { type Clock, createPace, systemClock } from "../../handlers/replay/clock.ts";
import { runInLineage } from "../../handlers/replay/lineage.ts";
import { lagMs, newState, type ReplayOptions, replay } from "../../handlers/replay/replay.ts";
import { noCounts, type Sink } from "../../handlers/replay/sink.ts";
import { type Endpoint, startEndpoint } from "../../infra/local/endpoint.ts";
import { type KinesisService, openKinesis } from "../../infra/local/kinesis/service.ts";

/** The clock of the stream, which only goes forward; records arrive when it says. */
let now = Date.parse("2026-09-15T12:00:00Z");
/** When the test began. */
let start = now;
let kinesis: KinesisService;
let endpoint: Endpoint;
let client: KinesisClient;
let stream = "";

beforeAll(async () => {
  kinesis = openKinesis(":memory:", { now: () => now });
  endpoint = await startEndpoint({ port: 0, services: [kinesis], s3: (_, response) => void response.end() });
  client = new KinesisClient({
    endpoint: endpoint.url,
    region: "us-east-1",
    credentials: { accessKeyId: "any", secretAccessKey: "any" },
    requestHandler: new NodeHttpHandler(),
  });
});
afterAll(async () => {
  client.destroy();
  await endpoint.close();
  kinesis.close();
});
beforeEach(({ task }) => {
  now += 3_600_000;
  start = now;
  stream = `s-${task.id.replaceAll(/\W/g, "")}`;
  kinesis.ensureStream({ name: stream, mode: "PROVISIONED", shards: 1 });
});

/** Nobody waits: sleeping moves the clock. */
const clock: Clock = {
  now: () => now,
  async sleep(milliseconds) {
    now += Math.ceil(milliseconds);
  },
};

async function put(...texts: string[]): Promise<void> {
  for (const text of texts) {
    now += 1000;
    const input = { StreamName: stream, Data: Buffer.from(text), PartitionKey: text };
    await client.send(new PutRecordCommand(input));
  }
}

/** Replays up to now, and returns the payloads in the order in which they came. */
async function run(options: Partial<ReplayOptions> = {}) {
  const taken: string[] = [];
  const toMs = now + 1;
  now += 60_000;
  const isDone = await replay({
    kinesis: client,
    request: { stream, fromMs: start, toMs },
    sink: async (records) => {
      taken.push(...records.map(textOf));
      return { settled: records.length, counts: { ...noCounts(), records: records.length } };
    },
    state: newState(),
    recordsPerSecond: 1000,
    signal: new AbortController().signal,
    clock,
    onSettled() {},
    ...options,
  });
  return { isDone, taken };
}

const textOf = ({ payload }: SourceRecord) => Buffer.from(payload).toString();

describe("a period", () => {
  test("starts with what arrived at --from and ends before what arrived at --to", async () => {
    await put("early", "first", "last", "late");
    const request = { stream, fromMs: start + 2000, toMs: start + 4000 };
    expect((await run({ request })).taken).toEqual(["first", "last"]);
  });

  test("of a gap is empty, and comes to its end", async () => {
    await put("early");
    const request = { stream, fromMs: start + 2000, toMs: start + 4000 };
    expect(await run({ request })).toEqual({ isDone: true, taken: [] });
  });

  test("a record's place is named as the consumer names it", async () => {
    await put("one");
    const records: SourceRecord[] = [];
    const sink: Sink = async (page) => {
      records.push(...page);
      return { settled: page.length, counts: noCounts() };
    };
    await run({ sink });
    expect(records).toEqual([
      {
        stream,
        shard: "shardId-000000000000",
        sequence: expect.stringMatching(/^\d{56}$/),
        partitionKey: "one",
        arrivalMs: start + 1000,
        payload: expect.any(Uint8Array),
      },
    ]);
  });
});

describe("a stream whose shards were split and merged", () => {
  async function reshard(): Promise<void> {
    await put("parent");
    const half = (2n ** 127n).toString();
    const [parent, left, right] = [0, 1, 2].map((n) => `shardId-00000000000${n}`);
    now += 1000;
    await client.send(new SplitShardCommand({ StreamName: stream, ShardToSplit: parent, NewStartingHashKey: half }));
    await put("a", "b", "c", "d", "e", "f");
    now += 1000;
    await client.send(new MergeShardsCommand({ StreamName: stream, ShardToMerge: left, AdjacentShardToMerge: right }));
    await put("child");
  }

  test("is read parents first, each record once", async () => {
    await reshard();
    const { taken } = await run();
    expect(taken[0]).toBe("parent");
    expect(taken.slice(1, -1).sort()).toEqual(["a", "b", "c", "d", "e", "f"]);
    expect(taken.at(-1)).toBe("child");
  });

  test("one shard alone does not wait for its parents", async () => {
    await reshard();
    const request = { stream, fromMs: start, toMs: now + 1, shard: "shardId-000000000003" };
    expect((await run({ request })).taken).toEqual(["child"]);
    await expect(run({ request: { ...request, shard: "shardId-9" } })).rejects.toThrow("has no shard shardId-9");
  });
});

describe("a checkpoint", () => {
  const numbers = Array.from({ length: 20 }, (_, n) => String(n));

  test("a replay that is stopped goes on behind what was settled: nothing twice, nothing missed", async () => {
    await put(...numbers);
    const stop = new AbortController();
    const state = newState();
    const before = await run({ state, signal: stop.signal, recordsPerSecond: 12, onSettled: () => stop.abort() });
    expect(before).toEqual({ isDone: false, taken: ["0", "1", "2"] });
    const after = await run({ state: JSON.parse(JSON.stringify(state)) });
    expect(after).toEqual({ isDone: true, taken: numbers.slice(3) });
  });

  test("stays before a record that could not be delivered", async () => {
    await put(...numbers);
    const state = newState();
    const sink: Sink = async () => ({ settled: 7, counts: noCounts(), error: "no" });
    await expect(run({ state, sink })).rejects.toThrow(/shardId-000000000000: record \d+ was not delivered \(no\)/);
    expect((await run({ state })).taken).toEqual(numbers.slice(7));
  });

  test("tells how far the slowest shard is", () => {
    const request = { stream, fromMs: 1000, toMs: 5000 };
    const at = (arrivalMs: number) => ({ sequence: "1", arrivalMs });
    expect(lagMs(newState(), request)).toBe(4000);
    expect(lagMs({ ...newState(), shards: { a: at(2000), b: at(4000) } }, request)).toBe(3000);
    expect(lagMs({ ...newState(), shards: { a: { ...at(2000), isFinished: true } } }, request)).toBe(0);
  });
});

describe("trouble", () => {
  test("an iterator that expired is taken again", async () => {
    await put(...Array.from({ length: 6 }, (_, n) => String(n)));
    let pages = 0;
    const slow = async (milliseconds: number) => {
      now += Math.ceil(milliseconds) + (pages++ === 1 ? 360_000 : 0); // longer than the five minutes an iterator lives
    };
    const { taken } = await run({ recordsPerSecond: 8, clock: { ...clock, sleep: slow } });
    expect(taken).toEqual(["0", "1", "2", "3", "4", "5"]);
  });

  test("a throttled shard is waited for", async () => {
    await put("one");
    let refusals = 3;
    const throttled = new KinesisClient({
      endpoint: endpoint.url,
      region: "us-east-1",
      credentials: { accessKeyId: "any", secretAccessKey: "any" },
      requestHandler: new NodeHttpHandler(),
      maxAttempts: 1,
    });
    throttled.middlewareStack.add((next, { commandName }) => async (args) => {
      if (commandName === "GetRecordsCommand" && refusals-- > 0) {
        const error = { name: "ProvisionedThroughputExceededException", $fault: "client" };
        throw Object.assign(new Error("slow down"), error);
      }
      return next(args);
    });
    expect((await run({ kinesis: throttled })).taken).toEqual(["one"]);
    expect(refusals).toBe(-1);
    throttled.destroy();
  });

  test("what is the call's own fault ends the replay at once", async () => {
    const request = { stream: "nowhere", fromMs: start, toMs: start + 1 };
    await expect(run({ request })).rejects.toThrow("nowhere");
  });
});

describe("lineage", () => {
  const shards = [
    { id: "child", parents: ["left", "right"] },
    { id: "left", parents: ["root", "forgotten"] },
    { id: "right", parents: ["root"] },
    { id: "root", parents: [] },
  ];

  test("a child waits for both its parents, whatever the order of the list", async () => {
    const order: string[] = [];
    const isDone = await runInLineage(shards, 4, async (shard) => {
      await new Promise((resolve) => setTimeout(resolve, shard === "left" ? 5 : 1));
      order.push(shard);
      return true;
    });
    expect(isDone).toBe(true);
    expect(order).toEqual(["root", "right", "left", "child"]);
  });

  test("no child of an unfinished shard is begun", async () => {
    const begun: string[] = [];
    const isDone = await runInLineage(shards, 4, async (shard) => {
      begun.push(shard);
      return shard !== "left";
    });
    expect(isDone).toBe(false);
    expect(begun.sort()).toEqual(["left", "right", "root"]);
  });

  test("so many at once, and no more", async () => {
    const many = Array.from({ length: 10 }, (_, n) => ({ id: String(n), parents: [] }));
    let [running, most] = [0, 0];
    await runInLineage(many, 3, async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 1));
      running--;
      return true;
    });
    expect(most).toBe(3);
  });
});

test("the pace is kept over all shards together", async () => {
  const began = now;
  const pace = createPace(100, clock);
  await Promise.all([pace(50), pace(100), pace(1)]);
  expect(now - began).toBeGreaterThanOrEqual(1500);
  await expect(systemClock(AbortSignal.abort()).sleep(10_000)).rejects.toThrow(/abort/i);
});
