/** Watching one plugin at work among the others. */

import { SHELL_TEXTS } from "../core/event.ts";
import type { PluginSet } from "../core/order.ts";
import { DEFAULT_WINDOW } from "../core/partition.ts";
import { createPipeline, type Pipeline } from "../core/pipeline.ts";
import type { Plugin } from "../core/plugin.ts";
import { COMMON_NAMES } from "../core/vendor.ts";

type OnMessage = Plugin["onMessage"];

/** The pipeline of a set in which one plugin's work is wrapped. */
export function watched(plugin: Plugin, set: PluginSet, wrap: (onMessage: OnMessage) => OnMessage): Pipeline {
  const own = { ...plugin, isScan: false, onMessage: wrap((event, metadata) => plugin.onMessage(event, metadata)) };
  const replaced = (list: readonly Plugin[]) => list.map((other) => (other.name === plugin.name ? own : other));
  const plugins = { ...set, normalize: replaced(set.normalize), enrich: replaced(set.enrich) };
  return createPipeline(plugins, DEFAULT_WINDOW);
}

/** Runs an event, at a fixed time. */
export function process(pipeline: Pipeline, input: string): void {
  const record = { stream: "s", shard: "0", sequence: "1", partitionKey: "", arrivalMs: 1.6e12 };
  pipeline.process({ ...record, payload: Buffer.from(input) }, 1.6e12);
}

/** Columns' names, under which what the producer itself said of a column is kept (core/vendor.ts, `claim`). */
const COLUMNS = new Set<string>(SHELL_TEXTS);

/**
 * What the plugin changes in `details` and does not say in `adds`, and nested values that it changes in place though it says
 * it is `shallow`. The plugins that make the shell have no details yet to be watched. Without `adds` a plugin may set any
 * field, as those must that take names from a line of text; one that sets common fields only has to say so.
 */
export function undeclared({ ...plugin }: Plugin, set: PluginSet, inputs: readonly string[]): string[] {
  if (plugin.priority < 3) return [];
  const found = new Set<string>();
  const named = new Set([...(plugin.adds ?? COMMON_NAMES), ...(plugin.fields ?? []), ...COLUMNS]);
  const pipeline = watched(plugin, set, (onMessage) => (event, metadata) => {
    const { eventid, details } = event;
    const before = { ...details };
    const texts = textsOf(details);
    const result = onMessage(event, metadata);
    if (result?.eventid !== eventid && plugin.name !== "ensure_eventid") found.add("eventid");
    for (const [name, text] of textsOf(result?.details ?? {})) {
      if (texts.get(name) === text) continue;
      if (plugin.shallow && Object.hasOwn(before, name) && before[name] === result?.details[name])
        found.add(`${name} is changed in place`);
      if (!named.has(name)) found.add(name);
    }
    return result;
  });
  for (const input of inputs) process(pipeline, input);
  if (plugin.adds) return [...found].sort();
  return found.size > 0 ? [] : ["it sets common fields only, so let it say adds: COMMON_NAMES"];
}

function textsOf(details: object): Map<string, string> {
  return new Map(Object.entries(details).map(([name, value]) => [name, JSON.stringify(value) ?? ""]));
}
