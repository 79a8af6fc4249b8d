import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { billedBytes } from "../../core/billing.ts";
import { createPacker } from "../../core/pack.ts";
import { arrivalPartition } from "../../core/partition.ts";
import { billOf, MONTH_HOURS, totalOf } from "../../handlers/cost/bill.ts";
import { directOf, loadOf, modesOf, packingOf, seedTestOf } from "../../handlers/cost/compare.ts";
import { DEFAULTS } from "../../handlers/cost/load.ts";
import { MEASURED, rowBytes } from "../../handlers/cost/measured.ts";
import { PRICES, TIERS } from "../../handlers/cost/prices.ts";
import { costOf, costTable, money } from "../../handlers/cost/print.ts";
import { volumesOf } from "../../handlers/cost/volumes.ts";
import { readSettings } from "../../infra/settings.ts";
import { createCorpus } from "../bench/corpus.ts";
import { createProduct, type Deliver, takeAll } from "../bench/product.ts";
import { SETS } from "../bench/sets.ts";
import { lake } from "../e2e/support.ts";

const USUAL = loadOf({ eventsPerSecond: 1_000, bytes: 1_000 });

describe("bytes that Firehose bills", () => {
  test("at rows of 500 bytes they are hardly more than it delivers; ten times as many unpacked", () => {
    const packer = createPacker<number>();
    const bytes = Buffer.alloc(499, "x");
    for (let i = 0; i < 1_000; i++) packer.add({ bytes, partition: arrivalPartition(0) }, i);
    const records = packer.take().flat();
    const delivered = records.reduce((sum, { data }) => sum + data.length, 0);
    const billed = records.reduce((sum, { data }) => sum + billedBytes(data.length), 0);
    expect(delivered).toBe(500_000);
    expect(billed / delivered).toBeLessThanOrEqual(1.02);
    expect((1_000 * billedBytes(500)) / delivered).toBeGreaterThan(10);
  });

  test("the consumer's metrics say so of a batch of 500-byte events", async () => {
    const { slices } = createCorpus(1_000);
    const records = slices
      .flatMap(({ Records }) => Records)
      .map((record) => {
        const text = `{"eventName":"x","eventTime":"2020-06-19T11:00:00Z","pad":"`.padEnd(498, "p");
        return { ...record, kinesis: { ...record.kinesis, data: Buffer.from(`${text}"}`).toString("base64") } };
      });
    const { facts } = await createProduct(SETS.seed)({ Records: records });
    expect(facts.deliveredBytes).toBeGreaterThan(500_000);
    expect(facts.billedBytes / facts.deliveredBytes).toBeLessThanOrEqual(1.02);
  });

  test("what is refused is not billed", async () => {
    const refuse: Deliver = async (_, calls) => calls.map((call) => ({ delivered: call.map(() => false), retries: 0 }));
    const [slice = { Records: [] }] = createCorpus(10).slices;
    expect((await createProduct(SETS.seed, refuse)(slice)).facts).toMatchObject({ deliveredBytes: 0, billedBytes: 0 });
  });
});

describe("what the model knows of the lake is so", () => {
  test("its settings are the template's", () => {
    expect(readSettings({}, 2026)).toMatchObject(DEFAULTS);
  });

  test("rows are as large as it says, and compress as it says, within a tenth and a quarter", async () => {
    const corpus = createCorpus(2_000);
    const rows: Uint8Array[] = [];
    const keep: Deliver = async (table, calls) => {
      for (const call of calls) for (const { data } of call) rows.push(data);
      return takeAll(table, calls);
    };
    const product = createProduct(SETS.all, keep);
    for (const slice of corpus.slices) await product(slice);
    const stored = Buffer.concat(rows);
    expect(Math.abs(stored.length / 2_000 / rowBytes(corpus.statistics.mean) - 1)).toBeLessThan(0.1);
    expect(Math.abs(gzipSync(stored).length / stored.length / MEASURED.gzip - 1)).toBeLessThan(0.25);
  });
});

describe("the bill", () => {
  test("every price has a page of AWS's and says where it was seen", () => {
    for (const { source, seen, usd } of Object.values(PRICES)) {
      expect(source).toMatch(/^https:\/\/aws\.amazon\.com\/.*pricing/);
      expect(seen).toMatch(/202[4-6]/);
      expect(usd).toBeGreaterThan(0);
    }
    for (const [name, tiers] of Object.entries(TIERS))
      expect(tiers[0]?.usd).toBe(PRICES[name as keyof typeof PRICES].usd);
  });

  test("1 KB events at 1,000 a second, on demand, reckoned by hand", () => {
    const load = loadOf({ eventsPerSecond: 1_000, bytes: 1_024 });
    const lines = billOf(load, "onDemand", 1);
    const usd = (price: string) => lines.find((line) => line.price === price)?.usd;
    const gb = (1_000 * 3600 * 1_024) / 2 ** 30;
    expect(usd("onDemandStream")).toBe(0.04);
    expect(usd("onDemandIn")).toBeCloseTo(gb * 0.08, 6);
    expect(usd("onDemandOut")).toBeCloseTo(gb * 0.04, 6);
    expect(usd("onDemandRetention")).toBeCloseTo((gb * 144 * 0.1) / 730, 6);
    expect(usd("jq")).toBeCloseTo((3.6e6 * 0.97e-3 * 0.07) / 3600, 6);
  });

  test.each([
    ["500-byte events are billed as 1 KB by an on-demand stream", 500, 1_024],
    ["1,025-byte events as 2 KB", 1_025, 2_048],
  ])("%s", (_, bytes, billed) => {
    expect(volumesOf(loadOf({ eventsPerSecond: 1, bytes }), "onDemand").streamBilledBytes).toBe(billed);
  });

  test("Firehose's price falls after 500 TB a month", () => {
    const firehose = (eventsPerSecond: number) => {
      const lines = billOf(loadOf({ eventsPerSecond, bytes: 1_000 }), "onDemand", MONTH_HOURS);
      const line = lines.find(({ price }) => price === "firehoseIn");
      return line ? line.usd / line.quantity : 0;
    };
    expect(firehose(10_000)).toBeCloseTo(0.029, 6);
    expect(firehose(1_000_000)).toBeLessThan(0.025);
  });

  test("by arrival there is no dynamic partitioning to pay for", () => {
    const byArrival = { ...USUAL, settings: { ...DEFAULTS, partitionBy: "arrival" as const } };
    expect(totalOf(billOf(byArrival, "onDemand", 1))).toBeLessThan(totalOf(billOf(USUAL, "onDemand", 1)));
    expect(billOf(byArrival, "onDemand", 1).map(({ price }) => price)).not.toContain("jq");
  });

  test("provisioned shards are cheaper until the peak is far above the average", () => {
    const { evenPeak } = modesOf(USUAL, MONTH_HOURS);
    const at = (peak: number) => modesOf({ ...USUAL, peak }, MONTH_HOURS);
    expect(at(evenPeak * 0.8).provisioned).toBeLessThan(at(evenPeak * 0.8).onDemand);
    expect(at(evenPeak * 1.2).provisioned).toBeGreaterThan(at(evenPeak * 1.2).onDemand);
  });

  test("the hop through Lambda costs less than the rounding it saves", () => {
    const { usd, hopUsd } = directOf(USUAL, MONTH_HOURS);
    expect(hopUsd).toBeLessThan(usd);
    expect(packingOf(USUAL, MONTH_HOURS).unpacked).toBeGreaterThan(2);
  });

  test("the original's 500 MB cost cents here, too", () => {
    const ours = Object.values(seedTestOf(1_000)).reduce((sum, usd) => sum + usd, 0);
    expect(ours).toBeLessThan(0.5);
  });
});

describe("lake cost", () => {
  test("prints the bill, and the same as JSON", async () => {
    const args = ["cost", "--events-per-second", "1,000", "--bytes", "1000"];
    const [text, json] = await Promise.all([lake(args), lake([...args, "--json"])]);
    const cost = costOf(USUAL, "onDemand", MONTH_HOURS);
    expect(JSON.parse(json.stdout)).toEqual(JSON.parse(JSON.stringify(cost)));
    expect(text.stdout).toContain(money(cost.usd));
    expect(cost.lines.reduce((sum, { usd }) => sum + usd, 0)).toBeCloseTo(cost.usd, 6);
  });

  test.each([
    [["cost"], /--events-per-second is not given/],
    [["cost", "--events-per-second", "many"], /--events-per-second many is no number above zero/],
    [["plan", "--events-per-second", "-1"], /--events-per-second -1 is no number above zero/],
  ])("%j is refused", async (args, message) => {
    const { code, stderr } = await lake(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});

describe("the README", () => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

  test("has the table that lake cost prints, and its sums", () => {
    const { firehoseAlone, packing, kinesis } = costOf(USUAL, "onDemand", MONTH_HOURS);
    expect(readme).toContain(costTable(1_000));
    for (const usd of [firehoseAlone.usd, firehoseAlone.hopUsd, packing.savedUsd])
      expect(readme).toContain(`$${Math.round(usd)}`);
    expect(readme).toContain(`${kinesis.evenPeak.toFixed(0)} times`);
  });
});
