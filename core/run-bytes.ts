import { ENVELOPE_FIELDS } from "./envelope.ts";
import { isObject } from "./json.ts";
import { type KeyIndex, resetKeyIndex } from "./keys.ts";
import { createNames } from "./names.ts";
import { type Arrival, type Job, type RunResult, runOnce } from "./once.ts";
import type { OrderedPlugin } from "./order.ts";
import type { Plugin } from "./plugin.ts";
import { type Scanned, scan } from "./scan.ts";
import { type Asked, noteFound, type Sparse, sparseDocument, wholeDocument } from "./sparse.ts";
import { spliceOf } from "./splice.ts";

/**
 * Runs documents as bytes. One whose plugins all name their `fields` is never parsed; one whose plugins are all `shallow`
 * is parsed, but not written. It is left to the reference, core/run.ts, when anything about it is odd.
 */
export function createBytesRunner(parts: Pick<Job, "order" | "byName" | "index" | "work">) {
  const { order, index, work } = parts;
  if (order[0]?.plugin.isScan !== true) return () => undefined;
  const asked = askedOf(order, index);
  const askedNames = new Set(asked.map(({ name }) => name));
  const names = createNames([...askedNames]);
  const isAsked = (name: string) => askedNames.has(name);
  // One plugin for every event that needs the document makes the shorter ways pointless.
  const isSparse = order.every(({ plugin, general }) => !general || namesFields(plugin));
  const isWhole = order.every(({ plugin, general }) => !general || isShallow(plugin));
  if (!isWhole) return () => undefined;
  const done = order.slice(0, 1).map(({ label }) => label);
  return (bytes: Uint8Array, arrival: Arrival): RunResult | undefined => {
    work.plugin = undefined;
    const scanned = scan(bytes, names);
    if (!scanned) return undefined;
    if (!indexed(scanned)) return undefined;
    if (!isSparse || (index.summoned.size > 0 && ![...index.summoned].every(hasFields)))
      return runWhole(scanned, arrival);
    const result = runSparse(scanned, arrival);
    return result || !indexed(scanned) ? result : runWhole(scanned, arrival);
  };

  /** What plugins of an earlier try noted is forgotten. */
  function indexed(scanned: Scanned): boolean {
    resetKeyIndex(index);
    return noteFound(scanned, asked, index);
  }

  function hasFields(position: number): boolean {
    const entry = order[position];
    return entry !== undefined && namesFields(entry.plugin);
  }

  function jobOf(arrival: Arrival, suits: (plugin: Plugin) => boolean): Job {
    return { order, byName: parts.byName, index, failed: [], arrival, work, done, suits };
  }

  function runSparse(scanned: Scanned, arrival: Arrival): RunResult | undefined {
    const sparse = sparseDocument(scanned, asked, index);
    return sparse && spliced(runOnce(sparse.document, jobOf(arrival, namesFields)), scanned, sparse, isAsked);
  }

  function runWhole(scanned: Scanned, arrival: Arrival): RunResult | undefined {
    const whole = wholeDocument(scanned, asked, index);
    return spliced(runOnce(whole.document, jobOf(arrival, isShallow)), scanned, whole, always);
  }

  function spliced(
    result: RunResult | undefined,
    scanned: Scanned,
    { originals }: Sparse,
    isKnown: (name: string) => boolean,
  ): RunResult | undefined {
    if (result?.kind !== "event") return result;
    const { details } = result.event;
    index.splice = isObject(details) ? spliceOf(scanned, originals, details, isKnown) : undefined;
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

/** The names that any plugin registers for or asks for; those that matter at every depth first. */
function askedOf(order: readonly OrderedPlugin[], { interests }: KeyIndex): Asked[] {
  const deep = [...interests].map(([name, interest]) => ({ ...interest, name, parsed: false }));
  const asked = new Map<string, Asked>(deep.map((entry) => [entry.name, entry]));
  const add = (name: string, parsed: boolean) => {
    const known = asked.get(name) ?? { summons: [], lookup: false, name };
    asked.set(name, { ...known, parsed });
  };
  for (const { plugin } of order) for (const name of plugin.fields ?? []) if (!asked.has(name)) add(name, false);
  for (const { plugin } of order) for (const name of plugin.parsedAt ?? []) add(name, true);
  for (const name of ENVELOPE_FIELDS) add(name, true);
  return [...asked.values()];
}
