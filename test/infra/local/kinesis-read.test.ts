import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evenRanges, fromDecimal, hashOf, toDecimal } from "../../../infra/local/kinesis/hash.ts";
import { parseSequence, sequencer, startingSequence } from "../../../infra/local/kinesis/sequence.ts";
import { type KinesisService, openKinesis } from "../../../infra/local/kinesis/service.ts";
import type { JsonObject } from "../../../infra/local/service.ts";

const START = 1_700_000_000_000;
const HOUR = 3_600_000;
const SHARD = "shardId-000000000000";

/** A stream with a clock that the test moves. */
class Lake {
  now = START;
  readonly kinesis: KinesisService = openKinesis(":memory:", { now: () => this.now });

  constructor(shards = 1) {
    this.kinesis.ensureStream({ name: "s", mode: "PROVISIONED", shards });
  }

  async call(name: string, input: JsonObject = {}): Promise<JsonObject> {
    const operation = this.kinesis.operations[name];
    if (!operation) throw new Error(`no operation ${name}`);
    return operation({ StreamName: "s", ...input });
  }

  /** Puts texts, each a second after the one before. */
  async put(...texts: string[]): Promise<string[]> {
    const sequences: string[] = [];
    for (const text of texts) {
      const Data = Buffer.from(text).toString("base64");
      sequences.push(String((await this.call("PutRecord", { Data, PartitionKey: text })).SequenceNumber));
      this.now += 1000;
    }
    return sequences;
  }

  async iterator(input: JsonObject): Promise<JsonObject> {
    const { ShardIterator = null } = await this.call("GetShardIterator", { ShardId: SHARD, ...input });
    return { ShardIterator };
  }

  async texts(iterator: JsonObject): Promise<string[]> {
    return textsOf(await this.call("GetRecords", iterator));
  }
}

function textsOf({ Records }: JsonObject): string[] {
  return (Records as { Data: string }[]).map(({ Data }) => Buffer.from(Data, "base64").toString());
}

describe("shard iterators", () => {
  test.each<[string, (sequences: string[]) => JsonObject, string[]]>([
    ["TRIM_HORIZON gives all", () => ({ ShardIteratorType: "TRIM_HORIZON" }), ["a", "b", "c"]],
    ["LATEST gives what comes later", () => ({ ShardIteratorType: "LATEST" }), []],
    [
      "AT_SEQUENCE_NUMBER gives that record",
      ([, b]) => ({ ShardIteratorType: "AT_SEQUENCE_NUMBER", StartingSequenceNumber: b ?? "" }),
      ["b", "c"],
    ],
    [
      "AFTER_SEQUENCE_NUMBER gives the next",
      ([, b]) => ({ ShardIteratorType: "AFTER_SEQUENCE_NUMBER", StartingSequenceNumber: b ?? "" }),
      ["c"],
    ],
    [
      "AT_TIMESTAMP of an arrival gives that record",
      () => ({ ShardIteratorType: "AT_TIMESTAMP", Timestamp: START / 1000 + 1 }),
      ["b", "c"],
    ],
    [
      "AT_TIMESTAMP between two gives the later",
      () => ({ ShardIteratorType: "AT_TIMESTAMP", Timestamp: START / 1000 + 1.001 }),
      ["c"],
    ],
    [
      "AT_TIMESTAMP after all gives none",
      () => ({ ShardIteratorType: "AT_TIMESTAMP", Timestamp: START / 1000 + 3 }),
      [],
    ],
  ])("%s", async (_, input, expected) => {
    const lake = new Lake();
    const iterator = await lake.iterator(input(await lake.put("a", "b", "c")));
    expect(await lake.texts(iterator)).toEqual(expected);
    await lake.put("later");
    expect(await lake.texts(iterator)).toEqual([...expected, "later"]);
    lake.kinesis.close();
  });

  test("are valid for five minutes", async () => {
    const lake = new Lake();
    const iterator = await lake.iterator({ ShardIteratorType: "LATEST" });
    lake.now += 300_000;
    expect(await lake.texts(iterator)).toEqual([]);
    lake.now += 1;
    await expect(lake.call("GetRecords", iterator)).rejects.toMatchObject({ code: "ExpiredIteratorException" });
    lake.kinesis.close();
  });

  test("of a deleted stream find nothing, even when the name is used again", async () => {
    const lake = new Lake();
    const iterator = await lake.iterator({ ShardIteratorType: "LATEST" });
    await lake.call("DeleteStream");
    lake.kinesis.ensureStream({ name: "s", mode: "PROVISIONED" });
    await expect(lake.call("GetRecords", iterator)).rejects.toMatchObject({ code: "ResourceNotFoundException" });
    lake.kinesis.close();
  });

  test("that are no iterators are refused as such, whatever they are", async () => {
    const lake = new Lake();
    const text = fc.oneof(
      fc.string({ minLength: 1, maxLength: 512 }),
      fc
        .json()
        .map((json) => Buffer.from(json).toString("base64").slice(0, 512))
        .filter((one) => one !== ""),
    );
    await fc.assert(
      fc.asyncProperty(text, async (ShardIterator) => {
        await expect(lake.call("GetRecords", { ShardIterator })).rejects.toMatchObject({
          code: "InvalidArgumentException",
        });
      }),
    );
    lake.kinesis.close();
  });
});

describe("GetRecords", () => {
  test("pages by Limit and says how far behind the page is", async () => {
    const lake = new Lake();
    await lake.put("a", "b", "c"); // the clock is now one second after c
    const pages: [string[], unknown][] = [];
    let iterator = await lake.iterator({ ShardIteratorType: "TRIM_HORIZON" });
    for (let i = 0; i < 3; i++) {
      const page = await lake.call("GetRecords", { ...iterator, Limit: 2 });
      pages.push([textsOf(page), page.MillisBehindLatest]);
      iterator = { ShardIterator: page.NextShardIterator ?? null };
    }
    expect(pages).toEqual([
      [["a", "b"], 2000],
      [["c"], 0],
      [[], 0],
    ]);
    lake.kinesis.close();
  });

  test("answers at most 10 MiB, and one record in any case", async () => {
    const lake = new Lake();
    lake.kinesis.ensureStream({ name: "s", mode: "PROVISIONED", maxRecordKib: 10_240 });
    const record = (size: number) =>
      lake.call("PutRecord", { Data: Buffer.alloc(size).toString("base64"), PartitionKey: "a" });
    const MIB = 1024 * 1024;
    for (const size of [4 * MIB, 6 * MIB, 1, 10 * MIB - 1, 5]) await record(size);
    const counts: number[] = [];
    let iterator = await lake.iterator({ ShardIteratorType: "TRIM_HORIZON" });
    for (let i = 0; i < 3; i++) {
      const page = await lake.call("GetRecords", iterator);
      counts.push(textsOf(page).length);
      iterator = { ShardIterator: page.NextShardIterator ?? null };
    }
    expect(counts).toEqual([2, 2, 1]);
    lake.kinesis.close();
  });

  test("forgets what is older than the retention", async () => {
    const lake = new Lake();
    const [a] = await lake.put("a", "b");
    lake.now = START + 24 * HOUR;
    const iterator = await lake.iterator({ ShardIteratorType: "TRIM_HORIZON" });
    expect(await lake.texts(iterator)).toEqual(["a", "b"]);
    lake.now += 1;
    expect(await lake.texts(iterator)).toEqual(["b"]);
    expect(
      await lake.texts(
        await lake.iterator({ ShardIteratorType: "AT_SEQUENCE_NUMBER", StartingSequenceNumber: a ?? "" }),
      ),
    ).toEqual(["b"]);
    lake.kinesis.close();
  });

  test("numbers stay above every earlier one when the clock is set back", async () => {
    const lake = new Lake();
    const [before] = await lake.put("a");
    lake.now = START - HOUR;
    const [after] = await lake.put("b");
    expect(BigInt(after ?? 0) > BigInt(before ?? 0)).toBe(true);
    lake.kinesis.close();
  });
});

describe("partition keys", () => {
  test("any records come back once each, in order, from the shard of their key's MD5", async () => {
    const entry = fc.record({
      Data: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString("base64")),
      PartitionKey: fc.string({ minLength: 1, maxLength: 20, unit: "grapheme" }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(entry, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 7 }),
        async (Records, shards) => {
          const lake = new Lake(shards);
          const put = (await lake.call("PutRecords", { Records })).Records as {
            ShardId: string;
            SequenceNumber: string;
          }[];
          const width = 2n ** 128n / BigInt(shards);
          const md5 = (text: string) => BigInt(`0x${createHash("md5").update(text).digest("hex")}`);
          expect(put.map(({ ShardId }) => Number(ShardId.slice(8)))).toEqual(
            Records.map(({ PartitionKey }) => Math.min(Number(md5(PartitionKey) / width), shards - 1)),
          );
          for (let ix = 0; ix < shards; ix++) {
            const ShardId = `shardId-00000000000${ix}`;
            const page = await lake.call(
              "GetRecords",
              await lake.iterator({ ShardId, ShardIteratorType: "TRIM_HORIZON" }),
            );
            const sent = Records.map((one, i) => ({ ...one, ...put[i] })).filter((one) => one.ShardId === ShardId);
            expect(page.Records).toMatchObject(sent.map(({ ShardId: _, ...record }) => record));
          }
          lake.kinesis.close();
        },
      ),
      { numRuns: 30 },
    );
  });

  test("the ranges of two shards meet where AWS's do", () => {
    expect(evenRanges(2).map((range) => [toDecimal(range.hashStart), toDecimal(range.hashEnd)])).toEqual([
      ["0", "170141183460469231731687303715884105727"],
      ["170141183460469231731687303715884105728", "340282366920938463463374607431768211455"],
    ]);
  });

  test("hash keys keep their value and order as text", () => {
    const key = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n });
    fc.assert(
      fc.property(key, key, (a, b) => {
        const [left, right] = [fromDecimal(String(a)) ?? "", fromDecimal(String(b)) ?? ""];
        expect(toDecimal(left)).toBe(String(a));
        expect(left < right).toBe(a < b);
      }),
    );
    expect(fromDecimal(String(2n ** 128n))).toBeUndefined();
    expect(hashOf("a")).toBe("0cc175b9c0f1b6a831c399e269772661");
  });
});

describe("sequence numbers", () => {
  const shard = { ix: 0, created: 1_795_504_750_378 };

  test("are bit for bit what kinesis-local gives a shard of the same second", () => {
    expect(startingSequence(shard)).toBe("49680514810628466297404501740061124849805078652237381634");
    expect(startingSequence({ ...shard, ix: 1 })).toBe("49680514810650767042603032363202660568077727013743362066");
  });

  test("have 56 digits, can be read back, and rise with the index", () => {
    const ix = fc.integer({ min: 0, max: 0x7fffffff });
    const time = fc.integer({ min: START, max: START + 10 * 365 * 24 * HOUR });
    const index = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER - 1 });
    fc.assert(
      fc.property(ix, time, index, time, time, (ix, created, index, arrived, later) => {
        const sequenceOf = sequencer({ ix, created });
        const text = sequenceOf(index, arrived);
        expect(text).toMatch(/^\d{56}$/);
        expect(parseSequence(text)).toEqual({ ix, index, createdSeconds: Math.floor(created / 1000) });
        expect(BigInt(sequenceOf(index + 1, later)) > BigInt(text)).toBe(true);
      }),
    );
  });
});
