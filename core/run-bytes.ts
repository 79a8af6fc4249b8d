import { isObject } from "./json.ts";
import { type KeyIndex, resetKeyIndex } from "./keys.ts";
import { createNames } from "./names.ts";
import { type Arrival, type Job, type RunResult, runOnce } from "./once.ts";
import type { OrderedPlugin } from "./order.ts";
import type { Plugin } from "./plugin.ts";
import { type Scanned, scan } from "./scan.ts";
import { type Asked, noteSummons, sparseDocument, wholeDocument } from "./sparse.ts";
import { spliceOf } from "./splice.ts";

/** Fields of envelopes (core/envelope.ts), which are taken apart. */
const ENVELOPES = ["messagetype", "records", "detail-type", "dynamodb"];

/**
 * Runs documents as bytes. One whose plugins all name their `fields` is never parsed; one whose plugins are all `shallow`
 * is parsed, but not written. It is left to the reference, core/run.ts, when anything about it is odd.
 */
export function createBytesRunner(parts: Pick<Job, "order" | "byName" | "index" | "work">) {
  const { order, index, work } = parts;
  if (order[0]?.plugin.isScan !== true) return () => undefined;
  const asked = askedOf(order, index);
  const isAsked = new Set(asked.map(({ name }) => name));
  const names = createNames(asked.map(({ name }) => name));
  // One plugin for every event that needs the document makes the shorter ways pointless.
  const isSparse = order.slice(1).every(({ plugin, general }) => !general || namesFields(plugin));
  const isWhole = order.slice(1).every(({ plugin, general }) => !general || isShallow(plugin));
  if (!isWhole) return () => undefined;
  return (bytes: Uint8Array, arrival: Arrival): RunResult | undefined => {
    work.plugin = undefined;
    const scanned = scan(bytes, names);
    if (!scanned) return undefined;
    resetKeyIndex(index);
    if (!noteSummons(scanned, asked, index)) return undefined;
    const job = { ...parts, failed: [], arrival, first: 1 };
    return (isSparse ? runSparse(scanned, job) : undefined) ?? runWhole(scanned, job);
  };

  function runSparse(scanned: Scanned, job: Job): RunResult | undefined {
    const { document, originals } = sparseDocument(scanned, asked, index);
    const result = runOnce(document, { ...job, suits: namesFields });
    return spliced(result, scanned, originals, (name) => isAsked.has(name));
  }

  function runWhole(scanned: Scanned, job: Job): RunResult | undefined {
    const { document, originals } = wholeDocument(scanned, asked, index);
    const result = runOnce(document, { ...job, suits: isShallow });
    return spliced(result, scanned, originals, () => true);
  }

  function spliced(
    result: RunResult | undefined,
    scanned: Scanned,
    originals: Parameters<typeof spliceOf>[1],
    isKnown: (name: string) => boolean,
  ): RunResult | undefined {
    if (result?.kind !== "event") return result;
    const { details } = result.event;
    index.splice = isObject(details) ? spliceOf(scanned, originals, details, isKnown) : undefined;
    return index.splice && result;
  }
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
  for (const name of ENVELOPES) add(name, true);
  return [...asked.values()];
}
