import { PipelineError } from "./error.ts";
import { eventOf, type LakeEvent, textsOf } from "./event.ts";
import { isObject, type JsonObject } from "./json.ts";
import { createKeyIndex, type Interest, type KeyIndex, resetKeyIndex } from "./keys.ts";
import { isGeneral, type OrderedPlugin, type PluginSet, runOrder } from "./order.ts";
import { holdersOf } from "./path.ts";
import type { Metadata } from "./plugin.ts";

/** What the runner needs to know of a document beside its JSON. */
export interface Arrival {
  readonly arrivalMs: number;
  readonly arrival: string;
  /** When the event happened unless it says so itself; the arrival when undefined. */
  readonly fallback?: string | undefined;
  readonly processed: string;
  /** The `source` of an event that names none. */
  readonly source?: string | undefined;
  eventid(): string;
}

/** What became of a document. `failed` names plugins whose changes it goes on without. */
export type RunResult =
  | { readonly kind: "event"; readonly event: LakeEvent; readonly index: KeyIndex; readonly failed: readonly Failure[] }
  | { readonly kind: "dropped"; readonly plugin: string; readonly failed: readonly Failure[] };

export interface Failure {
  readonly plugin: string;
  readonly error: string;
}

/** Tag of an event that goes on without the changes of a plugin that threw. */
export const PLUGIN_ERROR_TAG = "plugin_error";

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
  /** The plugin at work when the last call was ended from outside; undefined when none was. */
  atWork(): string | undefined;
}

/** Prepares a plugin set: the order, and the index by which an event pays only for plugins that match. */
export function createRunner(set: PluginSet): Run {
  const order = runOrder(set);
  const byName = summonsByName(order);
  const index = createKeyIndex(interestsOf(order, byName));
  const work: Work = { plugin: undefined };
  const run = (parse: () => JsonObject, arrival: Arrival, leftOut: readonly string[] = []) => {
    work.plugin = undefined;
    const failed: Failure[] = leftOut.map((plugin) => ({ plugin, error: "it did not come back in its time" }));
    for (;;) {
      resetKeyIndex(index);
      const result = runOnce(parse(), { order, byName, index, failed, arrival, work });
      if (result) return result;
    }
  };
  return Object.assign(run, { atWork: () => work.plugin });
}

interface Work {
  plugin: string | undefined;
}

interface Job {
  readonly order: readonly OrderedPlugin[];
  /** By field, tag or category: the positions of the plugins that registered for it. */
  readonly byName: ReadonlyMap<string, readonly number[]>;
  readonly index: KeyIndex;
  readonly failed: Failure[];
  readonly arrival: Arrival;
  readonly work: Work;
}

/** @returns undefined when a plugin failed: it is in `failed` now, and the document must be run again without it */
function runOnce(document: JsonObject, job: Job): RunResult | undefined {
  const { order, failed } = job;
  // Until event_shell has run, the document is not in the shell's form: only plugins that run before it know.
  const state: State = { event: eventOf(document), indexed: true };
  const metadata = metadataFor(state, job);
  const ran: string[] = [];
  for (let position = 0; position < order.length; position++) {
    const entry = order[position];
    if (!entry || !isSummoned(entry, position, job, state.event)) continue;
    const { plugin, label } = entry;
    if (failed.length > 0 && failed.some((failure) => failure.plugin === label)) continue;
    try {
      job.work.plugin = label;
      const event = checked(plugin.onMessage(state.event, metadata), state.event);
      if (event === null) return { kind: "dropped", plugin: label, failed };
      state.event = event;
    } catch (error) {
      if (error instanceof PipelineError) throw error;
      failed.push({ plugin: label, error: String(error) });
      return undefined;
    }
    job.work.plugin = undefined;
    ran.push(label);
    state.indexed &&= plugin.shallow === true;
  }
  return finish(state.event, ran, job);
}

interface State {
  event: LakeEvent;
  /** False once a plugin may have changed nested objects. */
  indexed: boolean;
}

/** An event that has its shell must keep it: without `details` nothing of the producer's would be stored. */
function checked(result: LakeEvent | null, before: LakeEvent): LakeEvent | null {
  if (result === null) return null;
  const isEvent = isObject(result) && !(result instanceof Promise);
  if (isEvent && (isObject(result.details) || !hasShell(before))) return result;
  if (isEvent) throw new TypeError("it returned an event without details");
  throw new TypeError(`it returned ${describe(result)}, not the event`);
}

function hasShell({ details, tags, plugins }: LakeEvent): boolean {
  return isObject(details) && Array.isArray(tags) && Array.isArray(plugins);
}

function metadataFor(state: State, { index, arrival }: Job): Metadata {
  return {
    arrivalMs: arrival.arrivalMs,
    arrival: arrival.arrival,
    fallback: arrival.fallback ?? arrival.arrival,
    processed: arrival.processed,
    source: arrival.source,
    eventid: arrival.eventid,
    index,
    holders(key) {
      const { details } = state.event;
      if (!state.indexed) return holdersOf(details, key);
      const nested = index.holders.get(key) ?? [];
      return isObject(details) && Object.hasOwn(details, key) ? [details, ...nested] : nested;
    },
  };
}

/** By a key that arrived at any depth, a field of `details` that an earlier plugin added, the category, or a tag. */
function isSummoned({ plugin, general }: OrderedPlugin, position: number, { index }: Job, event: LakeEvent): boolean {
  if (general || index.summoned.has(position)) return true;
  const { details, category, tags } = event;
  return plugin.registration.some(
    (name) =>
      name === category ||
      (isObject(details) && Object.hasOwn(details, name)) ||
      (Array.isArray(tags) && tags.includes(name)),
  );
}

function finish(event: LakeEvent, ran: readonly string[], { index, failed }: Job): RunResult {
  event.plugins = [...textsOf(event.plugins), ...ran];
  event.tags = textsOf(event.tags);
  if (failed.length > 0 && !event.tags.includes(PLUGIN_ERROR_TAG)) event.tags.push(PLUGIN_ERROR_TAG);
  return { kind: "event", event, index, failed };
}

function interestsOf(order: readonly OrderedPlugin[], byName: Job["byName"]): Map<string, Interest> {
  const interests = new Map<string, Interest>();
  for (const [key, summons] of byName) interests.set(key, { summons, lookup: false });
  for (const key of order.flatMap(({ plugin }) => plugin.lookups ?? [])) {
    interests.set(key, { summons: byName.get(key) ?? [], lookup: true });
  }
  return interests;
}

function summonsByName(order: readonly OrderedPlugin[]): Map<string, number[]> {
  const byName = new Map<string, number[]>();
  for (const [position, { plugin }] of order.entries()) {
    if (isGeneral(plugin)) continue;
    for (const name of plugin.registration) byName.set(name, [...(byName.get(name) ?? []), position]);
  }
  return byName;
}

function describe(value: unknown): string {
  if (value instanceof Promise) return "a promise (plugins are synchronous)";
  return value === undefined ? "nothing" : JSON.stringify(value);
}
