import { addBit, hasBit, nextBit } from "./bits.ts";
import { PipelineError } from "./error.ts";
import { areTexts, eventOf, type LakeEvent, textsOf } from "./event.ts";
import { hasField, isObject, type JsonObject } from "./json.ts";
import type { KeyIndex } from "./keys.ts";
import { createMetadata, type State, setArrival } from "./metadata.ts";
import type { OrderedPlugin, Summons } from "./order.ts";
import { createRan, ranNext } from "./ran.ts";
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
 * @param admits asked before each plugin that looks at more than fields that it names; without it each is admitted
 * @returns undefined when a plugin failed: it is in `failed` now, and the document must be run again without it; or when
 *   a plugin that it summons was not admitted
 */
export type Pass = (
  document: JsonObject,
  arrival: Arrival,
  failed: Failure[],
  admits?: (entry: OrderedPlugin, event: LakeEvent) => boolean,
) => RunResult | undefined;

/** @param done how many of the first plugins have done their work before */
export function createPass(parts: Parts, done = 0): Pass {
  const { order, index, work } = parts;
  const start = createRan(order.slice(0, done).map(({ label }) => label));
  const state: State = { event: eventOf({}), isIndexed: true, isComplete: true, ran: start };
  const metadata = createMetadata(state, index, parts.resources);
  const seen: Seen = { category: undefined, tags: 0 };

  /** Until event_shell has run, the document is not in the shell's form: only plugins that run before it know. */
  function begin(document: JsonObject, arrival: Arrival): void {
    state.event = eventOf(document);
    state.isIndexed = true;
    state.isComplete = true;
    state.ran = start;
    seen.category = undefined;
    seen.tags = 0;
    setArrival(metadata, arrival);
  }

  return (document, arrival, failed, admits) => {
    begin(document, arrival);
    let wouldDrop: string[] | undefined;
    for (let at = nextBit(index.summoned, done); at >= 0; at = nextBit(index.summoned, at + 1)) {
      const entry = order[at];
      if (!entry || isLeftOut(entry, failed)) continue;
      if (admits && entry.reach !== "fields" && !admits(entry, state.event)) return undefined;
      const { plugin, label } = entry;
      const before = plugin.adds === undefined ? namesIn(state.event) : NONE;
      try {
        work.plugin = label;
        const { event } = state;
        const { details } = event;
        const result = plugin.onMessage(event, metadata);
        if (result !== event || result.details !== details) check(result, event);
        if (result === null) {
          if (plugin.dropMode !== "count") return { kind: "dropped", plugin: label, failed, wouldDrop };
          wouldDrop = [...(wouldDrop ?? []), label];
        } else if (result !== event) {
          state.event = result;
        }
      } catch (error) {
        if (error instanceof PipelineError) throw error;
        failed.push({ plugin: label, error: String(error) });
        return undefined;
      }
      state.ran = ranNext(state.ran, at, entry);
      noteRun(entry, state, index);
      if (plugin.adds === undefined) summonByOthers(before, state, parts);
      else summonByAdded(entry.adds, state.event, index);
      summonByColumns(state.event, seen, parts);
    }
    work.plugin = undefined;
    return finish(state, index, { failed, wouldDrop });
  };
}

function isLeftOut({ label }: OrderedPlugin, failed: readonly Failure[]): boolean {
  return failed.length > 0 && failed.some(({ plugin }) => plugin === label);
}

/** What of the index still holds after a plugin has run. */
function noteRun({ reach }: OrderedPlugin, state: State, index: KeyIndex): void {
  if (reach !== "deep") return;
  state.isIndexed = false;
  index.reading = undefined;
}

/** The category and the number of tags when plugins were last summoned by them. */
interface Seen {
  category: string | undefined;
  tags: number;
}

/** An event that has its shell must keep it: without `details` nothing of the producer's would be stored. */
function check(result: LakeEvent | null, before: LakeEvent): void {
  if (result === null) return;
  const isEvent = isObject(result) && !(result instanceof Promise);
  if (isEvent && (isObject(result.details) || !hasShell(before))) return;
  if (isEvent) throw new TypeError("it returned an event without details");
  throw new TypeError(`it returned ${describe(result)}, not the event`);
}

function hasShell({ details, tags, plugins }: LakeEvent): boolean {
  return isObject(details) && Array.isArray(tags) && Array.isArray(plugins);
}

// What a plugin changed summons later plugins as if it had arrived: fields of `details`, the category, tags.

function summonByAdded(adds: readonly Summons[], { details }: LakeEvent, index: KeyIndex): void {
  if (adds.length === 0 || typeof details !== "object" || details === null) return;
  for (const { name, plugins } of adds) {
    if (!areSummoned(plugins, index) && hasField(details, name)) summon(plugins, index);
  }
}

/** After a plugin that does not say what it adds; most events are not its own, and have the names that they had before. */
function summonByOthers(before: readonly string[], state: State, { byName, index }: Parts): void {
  const names = namesIn(state.event);
  if (names.length === before.length && names.every((name, i) => name === before[i])) return;
  state.isComplete = false;
  for (const name of names) summon(byName.get(name), index);
}

function namesIn({ details }: LakeEvent): readonly string[] {
  return isObject(details) ? Object.keys(details) : NONE;
}

const NONE: readonly never[] = [];

function summonByColumns({ category, tags }: LakeEvent, seen: Seen, { byName, index }: Parts): void {
  if (category !== seen.category) summon(byName.get(category), index);
  seen.category = category;
  if (!Array.isArray(tags) || tags.length === seen.tags) return;
  for (const tag of tags) summon(byName.get(tag), index);
  seen.tags = tags.length;
}

function areSummoned(positions: readonly number[], { summoned }: KeyIndex): boolean {
  for (const position of positions) if (!hasBit(summoned, position)) return false;
  return true;
}

function summon(positions: readonly number[] = [], { summoned }: KeyIndex): void {
  for (const position of positions) addBit(summoned, position);
}

function finish({ event, ran }: State, index: KeyIndex, notes: PluginNotes): RunResult {
  const isNew = event.plugins?.length === 0;
  event.plugins = isNew ? ran.labels : [...textsOf(event.plugins), ...ran.labels];
  index.ran = isNew ? ran : undefined;
  if (!areTexts(event.tags)) event.tags = textsOf(event.tags);
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
