import type { PluginSet } from "../../core/order.ts";
import type { Plugin } from "../../core/plugin.ts";
import { createRunner } from "../../core/run.ts";
import { createBest } from "./best.ts";
import { CLOCK_MS, repeat } from "./clock.ts";
import type { Corpus } from "./corpus.ts";
import { runRecord } from "./jobs.ts";
import { sourceRecordOf } from "./product.ts";

export interface PluginTime {
  readonly name: string;
  /** Microseconds, averaged over all events: a plugin that few events summon costs little. */
  readonly us: number;
  /** Share of the events that summon it, 0 to 1. */
  readonly share: number;
}

/** Times each plugin by itself, the dearest first. What they leave of the stage `run` is the runner's own. */
export function measurePlugins(corpus: Corpus, plugins: PluginSet, seconds: number): PluginTime[] {
  const best = createBest();
  const spent = new Map<string, Spent>();
  const run = createRunner(withClocks(plugins, spent));
  const calls = new Map<string, number>();
  let events = 0;
  repeat(corpus, seconds, ({ Records }, slice) => {
    spent.clear();
    for (const source of Records.map(sourceRecordOf)) runRecord(run, source);
    events += Records.length;
    for (const [name, own] of spent) {
      best.note(name, slice, own.ms);
      calls.set(name, (calls.get(name) ?? 0) + own.calls);
    }
  });
  const us = (name: string) => (best.total(name) * 1000) / corpus.texts.length;
  return [...calls].map(([name, count]) => ({ name, us: us(name), share: count / events })).sort((a, b) => b.us - a.us);
}

interface Spent {
  ms: number;
  calls: number;
}

function withClocks(set: PluginSet, spent: Map<string, Spent>): PluginSet {
  const withClock = (plugin: Plugin): Plugin => ({
    ...plugin,
    onMessage(event, metadata) {
      const start = performance.now();
      const result = plugin.onMessage(event, metadata);
      const ms = performance.now() - start - CLOCK_MS;
      const { ms: before, calls } = spent.get(plugin.name) ?? { ms: 0, calls: 0 };
      spent.set(plugin.name, { ms: before + ms, calls: calls + 1 });
      return result;
    },
  });
  return { ...set, normalize: set.normalize.map(withClock), enrich: set.enrich.map(withClock) };
}
