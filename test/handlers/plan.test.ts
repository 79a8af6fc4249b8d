import { describe, expect, test } from "vitest";
import { loadOf } from "../../handlers/cost/compare.ts";
import { DEFAULTS } from "../../handlers/cost/load.ts";
import { planOf } from "../../handlers/plan/plan.ts";
import { QUOTAS } from "../../handlers/plan/quotas.ts";
import { lake } from "../e2e/support.ts";

const at = (eventsPerSecond: number, mode: "onDemand" | "provisioned" = "onDemand") =>
  planOf(loadOf({ eventsPerSecond, bytes: 1_200 }), mode);
const crossed = (eventsPerSecond: number, mode: "onDemand" | "provisioned" = "onDemand") =>
  at(eventsPerSecond, mode).crossed.map(({ quota }) => quota);

describe("quotas", () => {
  test("ten events a second cross none", () => {
    expect(crossed(10)).toEqual([]);
  });

  test.each([
    [1_000, "firehoseBytes"],
    [10_000, "newStream"],
    [10_000_000, "concurrency"],
    [10_000_000, "onDemandStream"],
    [10_000_000, "partitionBytes"],
    [10_000_000, "firehoseBytes"],
  ])("%d events a second cross %s", (rate, quota) => {
    expect(crossed(rate)).toContain(quota);
  });

  test("provisioned, ten million need more shards than an account has", () => {
    expect(crossed(10_000_000, "provisioned")).toContain("shards");
    expect(crossed(1_000_000, "provisioned")).not.toContain("shards");
  });

  test("each says what is needed, what to ask for, and whose number it is", () => {
    for (const { needed, value, ask, source } of at(10_000_000).crossed) {
      expect(needed).toBeGreaterThan(value);
      expect(ask).toMatch(/\d/);
      expect(source).toMatch(/Guide|Reference|settings/);
    }
    expect(Object.keys(QUOTAS).length).toBe(9);
  });
});

describe("what is provided for", () => {
  test("a shard is never busier than a lane of it can be, so the order of a shard is kept", () => {
    for (const rate of [10, 1_000, 100_000, 10_000_000]) expect(at(rate).parallelizationFactor).toBe(1);
  });

  test("a slow plugin needs more lanes", () => {
    const slow = loadOf({ eventsPerSecond: 1_000, bytes: 1_200, usPerEvent: 2_000 });
    expect(planOf(slow, "onDemand").parallelizationFactor).toBeGreaterThan(1);
  });

  test("the late window is within Firehose's partitions", () => {
    expect(at(1_000).activePartitions).toEqual({ usual: 2, most: 483 });
    const late = { ...loadOf({ eventsPerSecond: 1, bytes: 100 }), settings: { ...DEFAULTS, lateHours: 600 } };
    expect(planOf(late, "onDemand").crossed.map(({ quota }) => quota)).toContain("partitions");
  });

  test("the stream holds a week", () => {
    expect(at(1_000).retainedBytes).toBe(1_000 * 1_200 * 168 * 3600);
  });
});

test("lake plan names the quota in words, and says the same as JSON", async () => {
  const args = ["plan", "--events-per-second", "1000", "--bytes", "1200"];
  const [text, json] = await Promise.all([lake(args), lake([...args, "--json"])]);
  expect(JSON.parse(json.stdout)).toMatchObject(JSON.parse(JSON.stringify(at(1_000))));
  expect(text.stdout).toContain("the Firehose limits form: 6.9 MB/s for each delivery stream");
});
