import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { billOf, MONTH_HOURS, totalOf } from "../../handlers/cost/bill.ts";
import { loadOf } from "../../handlers/cost/compare.ts";
import { volumesOf } from "../../handlers/cost/volumes.ts";
import { planOf } from "../../handlers/plan/plan.ts";
import { simulate } from "./lake.ts";
import { plotOf } from "./plot.ts";
import { outcomesOf, USUAL } from "./scenarios.ts";

/** The plan may differ from the simulation by this part. */
const TOLERANCE = 0.15;

const RATES = [10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000];

const outcomes = outcomesOf(USUAL);
const outcome = (name: string) => {
  const found = outcomes.find((candidate) => candidate.name.includes(name));
  if (!found) throw new Error(`no scenario ${name}`);
  return found;
};

describe.each([500, 1_200])("events of %d bytes", (bytes) => {
  test.each(RATES)("at %d events a second the plan's numbers are the simulation's", (eventsPerSecond) => {
    const load = loadOf({ eventsPerSecond, bytes });
    const plan = planOf(load, "onDemand");
    const { billedBytes, deliveredBytes } = volumesOf(load, "onDemand");
    const [warmUp, seconds] = [120, 1320];
    const seen = simulate({ load, seconds, warmUp, shards: 40 });
    const perSecond = (count: number) => count / (seconds - warmUp);
    const pairs: Record<string, [planned: number, simulated: number]> = {
      events: [eventsPerSecond, perSecond(seen.events) / seen.part],
      invocations: [plan.invocations, perSecond(seen.invocations) / seen.part],
      eventsPerInvocation: [plan.invocation.events, seen.events / seen.invocations],
      concurrency: [plan.concurrency.average, seen.concurrency.average / seen.part],
      objectsPerHour: [plan.objectsPerHour, perSecond(seen.objects) * 3600],
      billed: [billedBytes / deliveredBytes, seen.billedBytesPerByte],
      delay: [plan.delay.average, seen.delay.average],
    };
    for (const [name, [planned, simulated]] of Object.entries(pairs))
      expect(Math.abs(planned / simulated - 1), `${name}: ${planned} planned, ${simulated} simulated`).toBeLessThan(
        TOLERANCE,
      );
    expect(seen.delay.most).toBeLessThanOrEqual(plan.delay.most * (1 + TOLERANCE));
  });
});

describe("the scenarios", () => {
  test("in steady state nothing waits longer than a batch gathers, and nothing is given up", () => {
    const { iteratorAge, simulated } = outcome("steady");
    expect(iteratorAge.most).toBeLessThan(USUAL.settings.batchWindowSeconds + 1);
    expect(simulated.gaveUp).toBe(0);
  });

  test("a burst is held back by full shards and by Firehose's quota, and is over in time", () => {
    const { simulated, recoveredAfter } = outcome("burst");
    expect(simulated.heldBackSeconds).toBeGreaterThan(60);
    expect(recoveredAfter).toBeLessThan(1800);
    expect(simulated.gaveUp).toBe(0);
  });

  test("an hour without Firehose is an hour of iterator age, and is caught up within another", () => {
    const { iteratorAge, recoveredAfter, simulated } = outcome("down");
    expect(iteratorAge.most).toBeGreaterThan(3000);
    expect(iteratorAge.most).toBeLessThan(4000);
    expect(recoveredAfter).toBeLessThan(3600);
    expect(simulated.gaveUp).toBeLessThan(0.01 * 3600 * USUAL.eventsPerSecond);
  });

  test("a hot shard is its producers' trouble: the consumer keeps up with any shard", () => {
    const { iteratorAge } = outcome("hot");
    expect(iteratorAge.most).toBeLessThan(USUAL.settings.batchWindowSeconds + 1);
  });

  test("the picture in the README is of these numbers (npm run simulate -- --plot test/simulate/plot.svg)", () => {
    expect(readFileSync(new URL("plot.svg", import.meta.url), "utf8")).toBe(plotOf(outcomes));
  });
});

test("cost grows linearly with the rate: a million events never cost more, and at most a seventh less", () => {
  const perMillion = [1_000, 10_000, 100_000, 1_000_000, 10_000_000].map((eventsPerSecond) => {
    const usd = totalOf(billOf(loadOf({ eventsPerSecond, bytes: 1_200 }), "onDemand", MONTH_HOURS));
    return (usd / (eventsPerSecond * MONTH_HOURS * 3600)) * 1e6;
  });
  for (const [i, usd] of perMillion.entries()) {
    expect(usd).toBeLessThanOrEqual((perMillion[i - 1] ?? usd) * 1.01);
    expect(usd).toBeGreaterThan((perMillion[0] ?? 0) * (1 - 1 / 7));
  }
});
