import type { DecodeOptions } from "./decode.ts";
import { isObject, type Json, type JsonObject } from "./json.ts";
import type { PluginSet } from "./order.ts";
import type { Window } from "./partition.ts";
import { createPipeline, type Pipeline, type Reader, withReaders } from "./pipeline.ts";
import type { Plugin } from "./plugin.ts";

/** What one plugin did to one document. */
export interface Step {
  /** As events record it: `normalization_okta`. */
  readonly plugin: string;
  readonly microseconds: number;
  /** Paths that it set or changed, such as `details.user`; of an object that it added, only the object's own. */
  readonly set: readonly string[];
  /** Why its changes were left out. */
  readonly error?: string;
}

export interface TracedPipeline {
  readonly pipeline: Pipeline;
  /** What the plugins did to a document of the last record, by its place in the record's outcomes; in their order. */
  stepsOf(document: number): readonly Step[];
}

/** What a plugin is said to have done until it has come back. */
const UNFINISHED = "it did not come back in its time";

/**
 * The same pipeline as `createPipeline` makes, that also tells what each plugin did. Every document is parsed for it, and
 * compared around each plugin: it is for looking at a few events, not for a stream of them.
 *
 * @param now milliseconds of a clock that is good for short times
 */
export function tracePipeline(
  plugins: PluginSet,
  window: Window,
  options: DecodeOptions,
  now: () => number,
): TracedPipeline {
  let documents = new Map<number, Map<string, Step>>();
  /** The one that began a record last. */
  let reader: Reader | undefined;
  const pipeline = createPipeline(
    {
      ...plugins,
      normalize: plugins.normalize.map((plugin) => traced(plugin, `normalization_${plugin.name}`)),
      enrich: plugins.enrich.map((plugin) => traced(plugin, `enrichment_${plugin.name}`)),
    },
    window,
    options,
  );
  return {
    pipeline: withReaders(pipeline, (own) => ({
      ...own,
      begin(record, processedMs) {
        documents = new Map();
        reader = own;
        own.begin(record, processedMs);
      },
    })),
    stepsOf: (document) => [...(documents.get(document)?.values() ?? [])],
  };

  /** Without the short way by which its work counts as done already (core/run-bytes.ts). */
  function traced({ isScan: _, ...plugin }: Plugin, label: string): Plugin {
    return {
      ...plugin,
      onMessage(event, metadata) {
        const steps = stepsFor(label);
        const before = viewOf(event);
        steps.set(label, { plugin: label, microseconds: 0, set: [], error: UNFINISHED });
        const started = now();
        const took = () => Math.round((now() - started) * 10_000) / 10;
        try {
          const result = plugin.onMessage(event, metadata);
          const microseconds = took();
          const set = changes(before, viewOf(result ?? event), "");
          steps.set(label, { plugin: label, microseconds, set });
          return result;
        } catch (error) {
          steps.set(label, { plugin: label, microseconds: took(), set: [], error: String(error) });
          throw error;
        }
      },
    };
  }

  /** A plugin that comes twice to a document is the sign that it is run anew, without the one that failed. */
  function stepsFor(label: string): Map<string, Step> {
    const document = reader?.atWork().document ?? 0;
    const known = documents.get(document);
    const kept = known?.has(label) ? [...known].filter(([, { error }]) => error !== undefined) : (known ?? []);
    const steps = new Map(kept);
    documents.set(document, steps);
    return steps;
  }
}

/** The event as plain JSON, its own copy. Before event_shell has run, what it holds is what will be its details. */
function viewOf(event: unknown): JsonObject {
  const copy = copyOf(event);
  if (!isObject(copy)) return {};
  return isObject(copy.details) && Array.isArray(copy.plugins) ? copy : { details: copy };
}

function copyOf(value: unknown): Json {
  try {
    return JSON.parse(JSON.stringify(value) ?? "null");
  } catch {
    return null; // it holds itself: rows of it cannot be written either
  }
}

function changes(before: Json | undefined, after: Json, path: string): string[] {
  if (!isObject(before) || !isObject(after)) return JSON.stringify(before) === JSON.stringify(after) ? [] : [path];
  return Object.entries(after).flatMap(([name, value]) => {
    const place = path === "" ? name : `${path}.${name}`;
    return Object.hasOwn(before, name) ? changes(before[name], value, place) : [place];
  });
}
