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
  readonly processed: string;
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

/**
 * Runs one document through the plugins that it summons. The result's `index` is valid until the next call.
 *
 * @param parse makes the document anew: it is called again when a plugin throws, so that the event goes on
 *   without a trace of that plugin
 * @throws {PipelineError} `too_deep`, from lower-casing
 */
export type Run = (parse: () => JsonObject, arrival: Arrival) => RunResult;

/** Prepares a plugin set: the order, and the index by which an event pays only for plugins that match. */
export function createRunner(set: PluginSet): Run {
  const order = runOrder(set);
  const byName = summonsByName(order);
  const index = createKeyIndex(interestsOf(order, byName));
  return (parse, arrival) => {
    const failed: Failure[] = [];
    for (;;) {
      resetKeyIndex(index);
      const result = runOnce(parse(), { order, byName, index, failed, arrival });
      if (result) return result;
    }
  };
}

interface Job {
  readonly order: readonly OrderedPlugin[];
  /** By field, tag or category: the positions of the plugins that registered for it. */
  readonly byName: ReadonlyMap<string, readonly number[]>;
  readonly index: KeyIndex;
  readonly failed: Failure[];
  readonly arrival: Arrival;
}

/** @returns undefined when a plugin failed: it is in `failed` now, and the document must be run again without it */
function runOnce(document: JsonObject, job: Job): RunResult | undefined {
  const { order, failed } = job;
  // Until event_shell has run, the document is not in the shell's form: only plugins that run before it know.
  const state: State = { event: eventOf(document), indexed: true, lastField: undefined };
  const metadata = metadataFor(state, job);
  const ran: string[] = [];
  for (const [position, { plugin, label }] of order.entries()) {
    if (!isSummoned(position, job, state.event) || failed.some((failure) => failure.plugin === label)) continue;
    try {
      const event = checked(plugin.onMessage(state.event, metadata), state.event);
      if (event === null) return { kind: "dropped", plugin: label, failed };
      state.event = event;
    } catch (error) {
      if (error instanceof PipelineError) throw error;
      failed.push({ plugin: label, error: String(error) });
      return undefined;
    }
    ran.push(label);
    state.indexed &&= plugin.shallow === true;
    summonByNewFields(state, job);
  }
  return finish(state.event, ran, job);
}

interface State {
  event: LakeEvent;
  /** False once a plugin may have changed nested objects. */
  indexed: boolean;
  /** The last key of `details` that was looked at for plugins that it summons. */
  lastField: string | undefined;
}

/** An event that has its shell must keep it: without `details` nothing of the producer's would be stored. */
function checked(result: LakeEvent | null, before: LakeEvent): LakeEvent | null {
  if (result === null) return null;
  const isEvent = isObject(result) && !(result instanceof Promise);
  if (isEvent && (isObject(result.details) || !isObject(before.details))) return result;
  if (isEvent) throw new TypeError("it returned an event without details");
  throw new TypeError(`it returned ${describe(result)}, not the event`);
}

function metadataFor(state: State, { index, arrival }: Job): Metadata {
  return {
    arrivalMs: arrival.arrivalMs,
    arrival: arrival.arrival,
    processed: arrival.processed,
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

function isSummoned(position: number, { order, index, byName }: Job, event: LakeEvent): boolean {
  const entry = order[position];
  if (entry === undefined) return false;
  if (isGeneral(entry.plugin) || index.summoned.has(position)) return true;
  const { tags, category } = event;
  if (typeof category === "string" && byName.get(category)?.includes(position)) return true;
  return Array.isArray(tags) && tags.some((tag) => byName.get(tag)?.includes(position));
}

/** Fields that a plugin added to `details` summon later plugins as if they had arrived. */
function summonByNewFields(state: State, { index }: Job): void {
  const { details } = state.event;
  if (!isObject(details)) return;
  const keys = Object.keys(details);
  const last = keys.at(-1);
  if (last === state.lastField) return;
  const known = state.lastField === undefined ? -1 : keys.lastIndexOf(state.lastField);
  for (const key of keys.slice(known + 1)) {
    for (const plugin of index.interests.get(key)?.summons ?? []) index.summoned.add(plugin);
  }
  state.lastField = last;
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
