import { addBit, type Bits, createBits } from "./bits.ts";
import type { JsonObject } from "./json.ts";
import { createKeyIndex, type Interest, resetKeyIndex } from "./keys.ts";
import { type Arrival, createPass, type Failure, type RunResult, type Work } from "./once.ts";
import { type OrderedPlugin, type PluginSet, runOrder } from "./order.ts";
import { createBytesRunner } from "./run-bytes.ts";

export interface Run {
  /**
   * Runs one document through the plugins that it summons. The result's `index` is valid until the next call.
   *
   * @param parse makes the document anew: it is called again when a plugin throws, so that the event goes on
   *   without a trace of that plugin
   * @param leftOut plugins that did not come back when this document was run before
   * @throws {PipelineError} `too_deep`, from lower-casing
   */
  (parse: () => JsonObject, arrival: Arrival, leftOut?: readonly string[]): RunResult;
  /**
   * The same for a document of bytes: undefined when it is not one usual JSON object, or summons a plugin that needs it
   * parsed.
   */
  bytes(bytes: Uint8Array, arrival: Arrival): RunResult | undefined;
  /** The plugin at work when the last call was ended from outside; undefined when none was. */
  atWork(): string | undefined;
}

/** Prepares a plugin set: the order, and the index by which an event pays only for plugins that match. */
export function createRunner(set: PluginSet): Run {
  const order = runOrder(set);
  const byName = summonsByName(order);
  const interests = interestsOf(order, byName);
  const index = createKeyIndex(interests, generalOf(order));
  const work: Work = { plugin: undefined };
  const { resources = {} } = set;
  const parts = { order, byName, index, work, resources };
  const pass = createPass(parts);
  const run = (parse: () => JsonObject, arrival: Arrival, leftOut: readonly string[] = []) => {
    work.plugin = undefined;
    const failed: Failure[] = leftOut.map((plugin) => ({ plugin, error: "it did not come back in its time" }));
    for (;;) {
      resetKeyIndex(index);
      const result = pass(parse(), arrival, failed);
      if (result) return result;
    }
  };
  return Object.assign(run, { bytes: createBytesRunner(parts), atWork: () => work.plugin });
}

function generalOf(order: readonly OrderedPlugin[]): Bits {
  const bits = createBits(order.length);
  for (const [position, { general }] of order.entries()) if (general) addBit(bits, position);
  return bits;
}

function interestsOf(
  order: readonly OrderedPlugin[],
  byName: ReadonlyMap<string, readonly number[]>,
): Map<string, Interest> {
  const interests = new Map<string, Interest>();
  for (const [key, summons] of byName) interests.set(key, { summons, lookup: false });
  for (const key of order.flatMap(({ plugin }) => plugin.lookups ?? [])) {
    interests.set(key, { summons: byName.get(key) ?? [], lookup: true });
  }
  return interests;
}

function summonsByName(order: readonly OrderedPlugin[]): Map<string, number[]> {
  const byName = new Map<string, number[]>();
  for (const [position, { plugin, general }] of order.entries()) {
    if (general) continue;
    for (const name of plugin.registration) byName.set(name, [...(byName.get(name) ?? []), position]);
  }
  return byName;
}
