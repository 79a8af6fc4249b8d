import type { PluginSet } from "../../core/order.ts";
import { DEFAULT_WINDOW } from "../../core/partition.ts";
import type { Plugin } from "../../core/plugin.ts";
import { type Step, tracePipeline } from "../../core/trace.ts";
import { within } from "../watchdog.ts";

/** A plugin's first runs are mostly the engine's warming up: its time is the shortest of this many. */
const ROUNDS = 50;

/** For all the runs together, in milliseconds. */
const PATIENCE_MS = 2000;

/** How long a plugin takes on its own examples, as a sentence. It is what this machine takes, now; nothing depends on it. */
export function timesOf(set: PluginSet, plugin: Plugin, arrivalMs: number): string {
  const { examples = [], name } = plugin;
  const times = examples.flatMap((example) => {
    const resources = { ...set.resources, ...example.resources };
    const steps = shortest({ ...set, resources }, example.in, arrivalMs);
    const own = steps.find((step) => step.plugin.endsWith(`_${name}`));
    return own ? [own.microseconds] : [];
  });
  if (times.length === 0) return `${name} runs on none of its examples`;
  const slowest = Math.max(...times);
  return `${name} takes up to ${slowest.toFixed(1)} µs an event (each the shortest of ${ROUNDS} runs)`;
}

/** The steps of one event with the shortest time of each. */
export function shortest(set: PluginSet, raw: string, arrivalMs: number): readonly Step[] {
  const { pipeline, stepsOf } = tracePipeline(set, DEFAULT_WINDOW, {}, () => performance.now());
  const record = { stream: "time", shard: "0", sequence: "1", partitionKey: "", arrivalMs, payload: Buffer.from(raw) };
  let best: readonly Step[] = [];
  within(PATIENCE_MS, () => {
    for (let round = 0; round < ROUNDS; round++) {
      pipeline.process(record, arrivalMs);
      best = stepsOf(0).map((step, i) => {
        const before = best[i]?.microseconds ?? Number.POSITIVE_INFINITY;
        return { ...step, microseconds: Math.min(step.microseconds, before) };
      });
    }
  });
  return best;
}
