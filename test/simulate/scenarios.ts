import { loadOf } from "../../handlers/cost/compare.ts";
import type { Load } from "../../handlers/cost/load.ts";
import { type Scenario, type Simulated, simulate } from "./lake.ts";

/** A lake as most are: it fits a new account but for Firehose's quota, which the plan asks for. */
export const USUAL: Load = loadOf({ eventsPerSecond: 1_000, bytes: 1_200 });

const MINUTE = 60;
const HOUR = 3600;

/** What can happen to a lake, each with time to recover. */
export function scenariosOf(load: Load): Record<string, Scenario> {
  return {
    "steady state": { load, seconds: 30 * MINUTE, warmUp: 2 * MINUTE },
    "burst of 10 times for 5 minutes": {
      load,
      seconds: HOUR,
      warmUp: 2 * MINUTE,
      rates: [
        { from: 10 * MINUTE, times: 10 },
        { from: 15 * MINUTE, times: 1 },
      ],
    },
    "Firehose down for an hour": {
      load,
      seconds: 3 * HOUR,
      warmUp: 2 * MINUTE,
      outage: { from: 10 * MINUTE, to: 10 * MINUTE + HOUR },
    },
    "one hot shard": { load, seconds: 30 * MINUTE, warmUp: 2 * MINUTE, hotShard: 6 },
  };
}

/** What a scenario did to the age of what waits, and to the time until it is written. In seconds. */
export interface Outcome {
  readonly name: string;
  readonly simulated: Simulated;
  readonly iteratorAge: { readonly usual: number; readonly most: number };
  /** From the end of what happened until the oldest waiting event was as young as usual again; undefined if never. */
  readonly recoveredAfter: number | undefined;
}

export function outcomeOf(name: string, scenario: Scenario): Outcome {
  const simulated = simulate(scenario);
  const ages = simulated.samples.filter(({ time }) => time >= scenario.warmUp).map(({ iteratorAge }) => iteratorAge);
  const calm = 3 * scenario.load.settings.batchWindowSeconds;
  const lastLate = simulated.samples.findLastIndex(({ iteratorAge }) => iteratorAge > calm);
  const end = scenario.outage?.to ?? scenario.rates?.at(-1)?.from ?? 0;
  const back = lastLate < 0 ? end : simulated.samples[lastLate + 1]?.time;
  return {
    name,
    simulated,
    iteratorAge: { usual: ages.toSorted((a, b) => a - b)[Math.floor(ages.length / 2)] ?? 0, most: Math.max(...ages) },
    recoveredAfter: back === undefined ? undefined : Math.max(0, back - end),
  };
}

export function outcomesOf(load: Load): Outcome[] {
  return Object.entries(scenariosOf(load)).map(([name, scenario]) => outcomeOf(name, scenario));
}
