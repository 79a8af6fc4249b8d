import { ENVELOPE_FIELDS } from "./envelope.ts";
import { isObject } from "./json.ts";
import { type KeyIndex, resetKeyIndex } from "./keys.ts";
import { createNames } from "./names.ts";
import { type Arrival, createPass, type Parts, type RunResult } from "./once.ts";
import type { OrderedPlugin } from "./order.ts";
import type { Plugin } from "./plugin.ts";
import { scan } from "./scan.ts";
import type { Scanned } from "./scanned.ts";
import {
  type Asked,
  noteFound,
  type Parts as PartsOfObject,
  type Reading,
  sparseDocument,
  wholeDocument,
} from "./sparse.ts";
import { spliceOf } from "./splice.ts";

/**
 * Runs documents as bytes. One whose plugins all name their `fields` is never parsed; one whose plugins are all `shallow`
 * is parsed, but not written; any other is parsed and written. It is left to the reference, core/run.ts, when anything
 * about it is odd, or a plugin fails.
 */
export function createBytesRunner(parts: Parts) {
  const { order, index, work } = parts;
  if (order[0]?.plugin.isScan !== true) return () => undefined;
  const pass = createPass(parts, 1);
  const asked = askedOf(order, index);
  const names = createNames(asked.map(({ name }) => name));
  const seen = new Set(asked.flatMap((entry) => (entry.seen ? [entry.name] : [])));
  const isSeen = (name: string) => seen.has(name);
  // One plugin for every event that needs the document makes the shorter ways pointless.
  const isSparse = order.every(({ plugin, general }) => !general || namesFields(plugin));
  const isWhole = order.every(({ plugin, general }) => !general || isShallow(plugin));

  return (bytes: Uint8Array, arrival: Arrival): RunResult | undefined => {
    work.plugin = undefined;
    const scanned = scan(bytes, names);
    const way = scanned && noted(scanned);
    if (!way) return undefined;
    if (isSparse && way === "sparse" && areSummoned(namesFields)) {
      const result = runSparse(scanned, arrival);
      if (result) return result;
      noted(scanned); // what plugins of this try noted is forgotten
    }
    return isWhole && areSummoned(isShallow) ? runWhole(scanned, arrival) : runParsed(scanned, arrival);
  };

  function noted(scanned: Scanned): ReturnType<typeof noteFound> {
    resetKeyIndex(index);
    return noteFound(scanned, asked, index);
  }

  function areSummoned(suits: (plugin: Plugin) => boolean): boolean {
    for (let position = 0; position < order.length; position++) {
      const plugin = order[position]?.plugin;
      if (index.summoned[position] === 1 && plugin && !suits(plugin)) return false;
    }
    return true;
  }

  function runSparse(scanned: Scanned, arrival: Arrival): RunResult | undefined {
    const reading = sparseDocument(scanned, asked, index);
    if (!reading) return undefined;
    index.reading = reading;
    return spliced(pass(reading.document, arrival, [], namesFields), reading, isSeen);
  }

  function runWhole(scanned: Scanned, arrival: Arrival): RunResult | undefined {
    const reading = wholeDocument(scanned, asked, index);
    index.reading = reading;
    return spliced(pass(reading.document, arrival, [], isShallow), reading, always);
  }

  function runParsed(scanned: Scanned, arrival: Arrival): RunResult | undefined {
    if (!scanned.hasPlainNumbers) return undefined;
    const result = pass(wholeDocument(scanned, asked, index).document, arrival, []);
    index.written = scanned;
    return result;
  }

  function spliced(
    result: RunResult | undefined,
    reading: Reading,
    isKnown: (name: string) => boolean,
  ): RunResult | undefined {
    if (result?.kind !== "event") return result;
    const { details } = result.event;
    index.splice = isObject(details) ? spliceOf(reading, details, index.partial, isKnown) : undefined;
    return index.splice && result;
  }
}

function always(): boolean {
  return true;
}

function namesFields({ shallow, fields }: Plugin): boolean {
  return shallow === true && fields !== undefined;
}

function isShallow({ shallow }: Plugin): boolean {
  return shallow === true;
}

/** The names that any plugin registers for, looks for or looks at. */
function askedOf(order: readonly OrderedPlugin[], { interests }: KeyIndex): Asked[] {
  const asked = new Map<string, Asked>();
  const add = (name: string, more: Partial<Asked>) => {
    const known = asked.get(name) ?? { name, summons: [], lookup: false, seen: false, needs: undefined };
    asked.set(name, { ...known, ...more });
  };
  for (const [name, interest] of interests) add(name, { ...interest, seen: interest.lookup });
  const paths = order.flatMap(({ plugin }) => plugin.fields ?? []);
  for (const path of paths) add(path, { seen: true }); // a name may have dots in it
  const fields = paths.map((path) => path.split("."));
  for (const [name = "", ...rest] of fields) {
    add(name, { seen: true });
    for (const part of rest) add(part, {});
  }
  const looked = order.flatMap(({ plugin }) => plugin.lookups ?? []).map((name) => [name]);
  for (const [name, parts] of partsOf([...fields, ...looked])) if (parts) add(name, { parts });
  for (const { plugin } of order) for (const name of plugin.parsedAt ?? []) add(name, { needs: "whole" });
  for (const name of ENVELOPE_FIELDS) add(name, { needs: "reference" });
  return [...asked.values()];
}

/** What is looked at of each field of the first level, from paths such as `user.name`. */
function partsOf(paths: readonly (readonly string[])[]): PartsOfObject {
  const names = new Set(paths.map(([name = ""]) => name));
  return new Map(
    [...names].map((name) => {
      const rests = paths.filter(([first]) => first === name).map(([, ...rest]) => rest);
      return [name, rests.some((rest) => rest.length === 0) ? undefined : partsOf(rests)];
    }),
  );
}
