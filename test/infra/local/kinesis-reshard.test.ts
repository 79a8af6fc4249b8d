import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type KinesisService, openKinesis } from "../../../infra/local/kinesis/service.ts";
import type { JsonObject } from "../../../infra/local/service.ts";

const START = 1_700_000_000_000;
const DAY = 86_400_000;
const LAST_KEY = String(2n ** 128n - 1n);

interface Shard {
  ShardId: string;
  ParentShardId?: string;
  AdjacentParentShardId?: string;
  HashKeyRange: { StartingHashKey: string; EndingHashKey: string };
  SequenceNumberRange: { StartingSequenceNumber: string; EndingSequenceNumber?: string };
}

async function withStream(
  shards: number,
  work: (call: Call, clock: { now: number }, kinesis: KinesisService) => Promise<void>,
) {
  const clock = { now: START };
  const kinesis = openKinesis(":memory:", { now: () => clock.now });
  kinesis.ensureStream({ name: "s", mode: "PROVISIONED", shards });
  await work(
    async (name, input = {}) => kinesis.operations[name]?.({ StreamName: "s", ...input }) ?? {},
    clock,
    kinesis,
  );
  kinesis.close();
}
type Call = (name: string, input?: JsonObject) => Promise<JsonObject>;

async function list(call: Call, input: JsonObject = {}): Promise<Shard[]> {
  return (await call("ListShards", input)).Shards as unknown as Shard[];
}
const ids = (shards: Shard[]) => shards.map(({ ShardId }) => Number(ShardId.slice(8)));
const id = (ix: number) => `shardId-${String(ix).padStart(12, "0")}`;

describe("split and merge", () => {
  test("a closed shard is read to its end, which names its children", () =>
    withStream(1, async (call) => {
      const put = (text: string) =>
        call("PutRecord", { Data: Buffer.from(text).toString("base64"), PartitionKey: "a", ExplicitHashKey: "0" });
      await put("parent");
      await call("SplitShard", { ShardToSplit: id(0), NewStartingHashKey: "100" });
      const { ShardId } = await put("child");
      expect(ShardId).toBe(id(1));
      const iterator = await call("GetShardIterator", { ShardId: id(0), ShardIteratorType: "TRIM_HORIZON" });
      expect(await call("GetRecords", iterator)).toMatchObject({
        Records: [{ Data: Buffer.from("parent").toString("base64") }],
        NextShardIterator: null,
        MillisBehindLatest: 0,
        ChildShards: [
          { ShardId: id(1), ParentShards: [id(0)], HashKeyRange: { StartingHashKey: "0", EndingHashKey: "99" } },
          { ShardId: id(2), ParentShards: [id(0)], HashKeyRange: { StartingHashKey: "100", EndingHashKey: LAST_KEY } },
        ],
      });
    }));

  test("a merge takes neighbors in either order and names both parents", () =>
    withStream(3, async (call) => {
      await call("MergeShards", { ShardToMerge: id(1), AdjacentShardToMerge: id(0) });
      await expect(call("MergeShards", { ShardToMerge: id(1), AdjacentShardToMerge: id(2) })).rejects.toThrow(
        /already been merged or split/,
      );
      const [merged] = await list(call, { ShardFilter: { Type: "AFTER_SHARD_ID", ShardId: id(2) } });
      expect(merged).toMatchObject({ ShardId: id(3), ParentShardId: id(1), AdjacentParentShardId: id(0) });
    }));

  test("a closed shard disappears with its records once the retention has passed", () =>
    withStream(1, async (call, clock) => {
      await call("SplitShard", { ShardToSplit: id(0), NewStartingHashKey: "100" });
      clock.now += DAY;
      expect(ids(await list(call))).toEqual([0, 1, 2]);
      clock.now += 1;
      expect(ids(await list(call))).toEqual([1, 2]);
      await call("SplitShard", { ShardToSplit: id(1), NewStartingHashKey: "50" });
      expect(ids(await list(call))).toEqual([1, 2, 3, 4]);
    }));

  test("after any resharding the open shards cover every key once, and every new shard names its parents", () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }), (targets) =>
        withStream(1, async (call, _, kinesis) => {
          for (const shards of targets) kinesis.ensureStream({ name: "s", mode: "PROVISIONED", shards });
          const all = await list(call);
          const open = all
            .filter(({ SequenceNumberRange }) => SequenceNumberRange.EndingSequenceNumber === undefined)
            .sort((a, b) => (BigInt(a.HashKeyRange.StartingHashKey) < BigInt(b.HashKeyRange.StartingHashKey) ? -1 : 1));
          expect(open).toHaveLength(targets.at(-1) ?? 1);
          let nextKey = 0n;
          for (const { HashKeyRange } of open) {
            expect(BigInt(HashKeyRange.StartingHashKey)).toBe(nextKey);
            nextKey = BigInt(HashKeyRange.EndingHashKey) + 1n;
          }
          expect(nextKey).toBe(2n ** 128n);
          expect(all.slice(1).every(({ ParentShardId }) => ParentShardId !== undefined)).toBe(true);
        }),
      ),
      { numRuns: 40 },
    ));
});

describe("ListShards", () => {
  test.each<[string, JsonObject, number[]]>([
    ["all within the retention by default", {}, [0, 1, 2]],
    ["those open at a time", { ShardFilter: { Type: "AT_TIMESTAMP", Timestamp: START / 1000 + 1 } }, [0]],
    [
      "those open at a time and later",
      { ShardFilter: { Type: "FROM_TIMESTAMP", Timestamp: START / 1000 + 3000 } },
      [1, 2],
    ],
    ["those open at the oldest record", { ShardFilter: { Type: "AT_TRIM_HORIZON" } }, [0]],
    ["those open now", { ShardFilter: { Type: "AT_LATEST" } }, [1, 2]],
    ["those after one", { ExclusiveStartShardId: id(0) }, [1, 2]],
  ])("gives %s", (_, input, expected) =>
    withStream(1, async (call, clock) => {
      clock.now += 1_000_000;
      await call("SplitShard", { ShardToSplit: id(0), NewStartingHashKey: "100" });
      clock.now += 3_000_000;
      expect(ids(await list(call, input))).toEqual(expected);
    }),
  );

  test("a token goes on with the same filter, alone, for five minutes", () =>
    withStream(4, async (call, clock, kinesis) => {
      const filter = { ShardFilter: { Type: "AFTER_SHARD_ID", ShardId: id(0) } };
      const first = await call("ListShards", { ...filter, MaxResults: 1 });
      const resume = (input: JsonObject) => kinesis.operations.ListShards?.({ NextToken: first.NextToken, ...input });
      expect(await resume({})).toMatchObject({ Shards: [{ ShardId: id(2) }, { ShardId: id(3) }] });
      expect(() => resume({ StreamName: "s" })).toThrow("NextToken and StreamName cannot be provided together.");
      clock.now += 300_001;
      expect(() => resume({})).toThrow(/expired/);
    }));
});
