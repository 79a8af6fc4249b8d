import { PipelineError } from "./error.ts";
import { eventOf, type LakeEvent, textsOf } from "./event.ts";
import { isObject, type JsonObject } from "./json.ts";
import type { KeyIndex } from "./keys.ts";
import type { OrderedPlugin } from "./order.ts";
import { holdersOf } from "./path.ts";
import type { Metadata, Plugin } from "./plugin.ts";

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

/** The plugin at work. */
export interface Work {
  plugin: string | undefined;
}

const NONE: readonly never[] = [];

/** What a document is run with. */
export interface Job {
  readonly order: readonly OrderedPlugin[];
  /** By field, tag or category: the positions of the plugins that registered for it. */
  readonly byName: ReadonlyMap<string, readonly number[]>;
  readonly index: KeyIndex;
  readonly failed: Failure[];
  readonly arrival: Arrival;
  readonly work: Work;
  /** Names of the plugins whose work is done already: the first of the order. */
  readonly done?: readonly string[];
  /** Whether what the document holds is enough for a plugin; every plugin when absent. */
  readonly suits?: (plugin: Plugin) => boolean;
}

/**
 * Runs a document through the plugins once.
 *
 * @returns undefined when a plugin failed: it is in `failed` now, and the document must be run again without it; or when
 *   the document does not suit a plugin that it summons
 */
export function runOnce(document: JsonObject, job: Job): RunResult | undefined {
  const { order, failed, done = NONE, suits } = job;
  // Until event_shell has run, the document is not in the shell's form: only plugins that run before it know.
  const state: State = { event: eventOf(document), isIndexed: true, isComplete: true, category: undefined, tags: 0 };
  const metadata = metadataFor(state, job);
  const ran = [...done];
  for (let position = done.length; position < order.length; position++) {
    const entry = order[position];
    if (!entry || !(entry.general || job.index.summoned.has(position))) continue;
    const { plugin, label } = entry;
    if (failed.length > 0 && failed.some((failure) => failure.plugin === label)) continue;
    if (suits?.(plugin) === false) return undefined;
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
    state.isIndexed &&= plugin.shallow === true;
    summonByChanges(entry, state, job);
  }
  return finish(state.event, ran, job);
}

interface State {
  event: LakeEvent;
  /** False once a plugin may have changed nested objects. */
  isIndexed: boolean;
  /** False once a plugin may have added looked-for fields that the index does not name. */
  isComplete: boolean;
  /** The category and the number of tags when plugins were last summoned by them. */
  category: string | undefined;
  tags: number;
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
      if (!state.isIndexed) return holdersOf(details, key);
      const nested = index.holders.get(key) ?? NONE;
      if (!isObject(details) || !Object.hasOwn(details, key)) return nested;
      return nested.length === 0 ? [details] : [details, ...nested];
    },
    named(lookups) {
      const { details } = state.event;
      if (!state.isIndexed || !isObject(details)) return lookups;
      const { named } = index;
      if (!state.isComplete) return lookups.filter((name) => named.includes(name) || Object.hasOwn(details, name));
      return named.length === 0 ? NONE : lookups.filter((name) => named.includes(name));
    },
  };
}

/** What a plugin changed summons later plugins as if it had arrived: fields of `details`, the category, tags. */
function summonByChanges({ plugin, adds }: OrderedPlugin, state: State, { byName, index }: Job): void {
  const { details, category, tags } = state.event;
  if (!plugin.adds) state.isComplete = false;
  if (isObject(details)) {
    for (const name of adds) if (Object.hasOwn(details, name)) noteAdded(name, byName.get(name), index);
  }
  if (category !== state.category) summon(byName.get(category), index);
  state.category = category;
  if (!Array.isArray(tags) || tags.length === state.tags) return;
  for (const tag of tags) summon(byName.get(tag), index);
  state.tags = tags.length;
}

function noteAdded(name: string, positions: readonly number[] | undefined, index: KeyIndex): void {
  summon(positions, index);
  if (!index.named.includes(name)) index.named.push(name);
}

function summon(positions: readonly number[] = [], { summoned }: KeyIndex): void {
  for (const position of positions) summoned.add(position);
}

function finish(event: LakeEvent, ran: string[], { index, failed }: Job): RunResult {
  event.plugins = event.plugins?.length === 0 ? ran : [...textsOf(event.plugins), ...ran];
  event.tags = textsOf(event.tags);
  if (failed.length > 0 && !event.tags.includes(PLUGIN_ERROR_TAG)) event.tags.push(PLUGIN_ERROR_TAG);
  return { kind: "event", event, index, failed };
}

function describe(value: unknown): string {
  if (value instanceof Promise) return "a promise (plugins are synchronous)";
  return value === undefined ? "nothing" : JSON.stringify(value);
}
