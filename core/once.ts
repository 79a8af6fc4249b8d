import { PipelineError } from "./error.ts";
import { eventOf, type LakeEvent, textsOf } from "./event.ts";
import { isObject, type JsonObject } from "./json.ts";
import type { KeyIndex } from "./keys.ts";
import { createMetadata, type State, setArrival } from "./metadata.ts";
import type { OrderedPlugin } from "./order.ts";
import type { Plugin } from "./plugin.ts";
import { createRan, type Ran, ranNext } from "./ran.ts";
import type { Resources } from "./resources.ts";

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

/** What became of a document. */
export type RunResult =
  | ({ readonly kind: "event"; readonly event: LakeEvent; readonly index: KeyIndex } & PluginNotes)
  | ({ readonly kind: "dropped"; readonly plugin: string } & PluginNotes);

/** What there is to count about the plugins that ran. */
export interface PluginNotes {
  /** Plugins whose changes the document goes on without. */
  readonly failed: readonly Failure[];
  /** Plugins in COUNT mode that said to drop it. */
  readonly wouldDrop?: readonly string[] | undefined;
}

export interface Failure {
  readonly plugin: string;
  readonly error: string;
}

/** Tag of an event that goes on without the changes of a plugin that threw. */
export const PLUGIN_ERROR_TAG = "plugin_error";

/** Tag of an event that a plugin in COUNT mode said to drop. */
export const WOULD_DROP_TAG = "would_drop";

/** The plugin at work. */
export interface Work {
  plugin: string | undefined;
}

/** What every document is run with. */
export interface Parts {
  readonly order: readonly OrderedPlugin[];
  /** By field, tag or category: the positions of the plugins that registered for it. */
  readonly byName: ReadonlyMap<string, readonly number[]>;
  readonly index: KeyIndex;
  readonly work: Work;
  readonly resources: Resources;
}

/**
 * Runs a document through the plugins once.
 *
 * @param suits whether what the document holds is enough for a plugin
 * @returns undefined when a plugin failed: it is in `failed` now, and the document must be run again without it; or when
 *   the document does not suit a plugin that it summons
 */
export type Pass = (
  document: JsonObject,
  arrival: Arrival,
  failed: Failure[],
  suits?: (plugin: Plugin) => boolean,
) => RunResult | undefined;

/** @param done how many of the first plugins have done their work before */
export function createPass(parts: Parts, done = 0): Pass {
  const { order, index, work } = parts;
  const state: State = { event: eventOf({}), isIndexed: true, isComplete: true };
  const metadata = createMetadata(state, index, parts.resources);
  const isGeneral = Uint8Array.from(order, ({ general }) => Number(general));
  const start = createRan(order.slice(0, done).map(({ label }) => label));
  return (document, arrival, failed, suits) => {
    // Until event_shell has run, the document is not in the shell's form: only plugins that run before it know.
    state.event = eventOf(document);
    state.isIndexed = true;
    state.isComplete = true;
    setArrival(metadata, arrival);
    const seen: Seen = { category: undefined, tags: 0 };
    let ran = start;
    let wouldDrop: string[] | undefined;
    for (let position = done; position < order.length; position++) {
      if (isGeneral[position] !== 1 && index.summoned[position] !== 1) continue;
      const entry = order[position];
      if (!entry) continue;
      const { plugin, label } = entry;
      if (failed.length > 0 && failed.some((failure) => failure.plugin === label)) continue;
      if (suits?.(plugin) === false) return undefined;
      try {
        work.plugin = label;
        const event = checked(plugin.onMessage(state.event, metadata), state.event);
        if (event !== null) state.event = event;
        else if (plugin.dropMode === "count") wouldDrop = [...(wouldDrop ?? []), label];
        else return { kind: "dropped", plugin: label, failed, wouldDrop };
      } catch (error) {
        if (error instanceof PipelineError) throw error;
        failed.push({ plugin: label, error: String(error) });
        return undefined;
      }
      work.plugin = undefined;
      ran = ranNext(ran, position, label);
      noteRun(entry, state, index);
      summonByChanges(entry, state.event, seen, parts);
    }
    return finish(state.event, ran, index, { failed, wouldDrop });
  };
}

/** What of the index still holds after a plugin has run. */
function noteRun({ plugin }: OrderedPlugin, state: State, index: KeyIndex): void {
  if (plugin.adds === undefined) state.isComplete = false;
  if (plugin.shallow === true) return;
  state.isIndexed = false;
  index.reading = undefined;
}

/** The category and the number of tags when plugins were last summoned by them. */
interface Seen {
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

/** What a plugin changed summons later plugins as if it had arrived: fields of `details`, the category, tags. */
function summonByChanges({ adds }: OrderedPlugin, event: LakeEvent, seen: Seen, { byName, index }: Parts): void {
  const { details, category, tags } = event;
  if (adds.length > 0 && isObject(details)) {
    for (const name of adds) if (Object.hasOwn(details, name)) noteAdded(name, byName, index);
  }
  if (category !== seen.category) summon(byName.get(category), index);
  seen.category = category;
  if (!Array.isArray(tags) || tags.length === seen.tags) return;
  for (const tag of tags) summon(byName.get(tag), index);
  seen.tags = tags.length;
}

function noteAdded(name: string, byName: Parts["byName"], index: KeyIndex): void {
  if (index.named.includes(name)) return; // it summoned then
  summon(byName.get(name), index);
  index.named.push(name);
}

function summon(positions: readonly number[] = [], { summoned }: KeyIndex): void {
  for (const position of positions) summoned[position] = 1;
}

function finish(event: LakeEvent, { labels, json }: Ran, index: KeyIndex, notes: PluginNotes): RunResult {
  const isNew = event.plugins?.length === 0;
  event.plugins = isNew ? labels : [...textsOf(event.plugins), ...labels];
  index.pluginsJson = isNew ? json : undefined;
  event.tags = textsOf(event.tags);
  if (notes.failed.length > 0) tag(event, PLUGIN_ERROR_TAG);
  if (notes.wouldDrop) tag(event, WOULD_DROP_TAG);
  return { kind: "event", event, index, failed: notes.failed, wouldDrop: notes.wouldDrop };
}

function tag({ tags }: LakeEvent, name: string): void {
  if (!tags.includes(name)) tags.push(name);
}

function describe(value: unknown): string {
  if (value instanceof Promise) return "a promise (plugins are synchronous)";
  return value === undefined ? "nothing" : JSON.stringify(value);
}
