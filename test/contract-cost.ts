/** What a plugin costs, as ratios of the processor's time: how long anything takes depends on the machine and its load. */

import type { PluginSet } from "../core/order.ts";
import type { Plugin } from "../core/plugin.ts";
import { within } from "../handlers/watchdog.ts";
import { grown } from "./contract-hostile.ts";
import { process as run, watched } from "./contract-watch.ts";

/** Length of each text of an event, in characters, small and large. */
const LENGTHS = [1000, 16_000] as const;

/** Linear is 16 times the time; quadratic would be 256 times. */
const MAX_GROWTH = 80;

/** A plugin takes about as long as reading and writing the event's JSON; this much longer is a mistake. */
const MAX_RATIO = 100;

/** Each time is the least of so many: other work on the machine only adds to it. What holds after the first few holds. */
const ROUNDS = { least: 3, most: 12 };

/** Below this a time is the clock's own, in microseconds. */
const NOISE_US = 200;

/** For a plugin that does not come back at all; in milliseconds. */
const PATIENCE_MS = 30_000;

/** Events that are measured of each plugin: one of a kind tells. */
const MOST_EVENTS = 12;

/**
 * Whether the plugin's time grows no faster than its input, and is no more than a hundred times that of reading and writing
 * the event's JSON. Times are of this thread alone, and the least of several: other work on the machine does not decide.
 */
export function costs(plugin: Plugin, set: PluginSet, inputs: readonly string[]) {
  const events = spread(inputs.filter((input) => input.trimStart().startsWith("{")));
  const [small, large] = LENGTHS.map((length) => events.map((event) => grown(event, length)));
  const measure = meter(plugin, set);
  const holds = (limit: number, work: () => number, base: () => number) => {
    let least = { work: Number.POSITIVE_INFINITY, base: Number.POSITIVE_INFINITY };
    for (let round = 1; round <= ROUNDS.most; round++) {
      least = { work: Math.min(least.work, work()), base: Math.min(least.base, base()) };
      if (round >= ROUNDS.least && least.work <= limit * Math.max(NOISE_US, least.base)) return true;
    }
    return false;
  };
  let isLinear = false;
  let isBounded = false;
  within(PATIENCE_MS, () => {
    isLinear = holds(
      MAX_GROWTH,
      () => measure(large ?? []),
      () => measure(small ?? []),
    );
    isBounded = holds(
      MAX_RATIO,
      () => measure(events),
      () => json(events),
    );
  });
  return { isLinear, isBounded };
}

/** Some of them, evenly. */
function spread(inputs: readonly string[]): readonly string[] {
  const step = Math.max(1, Math.ceil(inputs.length / MOST_EVENTS));
  return inputs.filter((_, i) => i % step === 0);
}

/** Measures what the plugin itself takes of events that pass all plugins, in microseconds of the processor. */
function meter(plugin: Plugin, set: PluginSet): (events: readonly string[]) => number {
  let spent = 0;
  const pipeline = watched(plugin, set, (onMessage) => (event, metadata) => {
    const started = cpu();
    try {
      return onMessage(event, metadata);
    } finally {
      spent += cpu() - started;
    }
  });
  return (events) => {
    spent = 0;
    for (const event of events) run(pipeline, event);
    return spent;
  };
}

function json(events: readonly string[]): number {
  const started = cpu();
  for (const event of events) JSON.stringify(JSON.parse(event));
  return cpu() - started;
}

function cpu(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}
