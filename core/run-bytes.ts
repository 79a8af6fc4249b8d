import { type Asked, askedOf } from "./asked.ts";
import { copyBits } from "./bits.ts";
import type { LakeEvent } from "./event.ts";
import { isObject } from "./json.ts";
import { resetKeyIndex } from "./keys.ts";
import { createNames } from "./names.ts";
import { type Arrival, createPass, type Parts, type RunResult } from "./once.ts";
import type { OrderedPlugin } from "./order.ts";
import { scan } from "./scan.ts";
import { type Scanned, scanned } from "./scanned.ts";
import { createShapes, type Shape } from "./shapes.ts";
import { createSnapshot } from "./snapshot.ts";
import { createSparse, type Reading } from "./sparse.ts";
import { createSplice, fillSplice, type Limits } from "./splice.ts";
import { wholeDocument } from "./whole.ts";
import { mayWrap } from "./wrapped.ts";

/**
 * Runs documents as bytes. One whose plugins all name their `fields` is never parsed; any other is parsed, but written from
 * the bytes that arrived, but for what plugins changed. It is left to the reference, core/run.ts, when anything about it is
 * odd, or a plugin fails.
 */
export function createBytesRunner(parts: Parts) {
  const { order, index, work } = parts;
  if (order[0]?.plugin.isScan !== true) return () => undefined;
  const pass = createPass(parts, 1);
  const asked = askedOf(order, index);
  const names = createNames(asked.map(({ name }) => name));
  const snapshot = createSnapshot();
  const splice = createSplice(scanned, seenIn(asked));
  const ofSparse: Limits = { index, areAll: false, snapshot: undefined };
  const ofFull: Limits = { ...ofSparse, areAll: true };
  const ofWhole: Limits = { index, areAll: true, snapshot };
  const shapeOf = createShapes(asked, order, index.general);
  const sparse = createSparse(asked, index);

  return (bytes: Uint8Array, arrival: Arrival): RunResult | undefined => {
    work.plugin = undefined;
    const scanned = scan(bytes, names);
    if (!scanned) return undefined;
    const shape = shapeOf(scanned);
    if (!shape.way || mayBeWrapped(scanned, shape)) return undefined;
    if (shape.way === "sparse") {
      note(shape);
      const result = runSparse(scanned, shape, arrival);
      if (result) return result;
    }
    note(shape); // what plugins of another try noted is forgotten
    return runWhole(scanned, shape, arrival);
  };

  function note(shape: Shape): void {
    resetKeyIndex(index);
    snapshot.clear();
    copyBits(shape.summoned, index.summoned);
    index.named = shape.named;
    index.shape = shape;
  }

  function runSparse(scanned: Scanned, shape: Shape, arrival: Arrival): RunResult | undefined {
    const reading = sparse.read(scanned, shape);
    if (!reading) return undefined;
    index.reading = reading;
    // When no field was passed over, there is none that a plugin could put a second one beside.
    const limits = reading.originals.names.length === scanned.fields ? ofFull : ofSparse;
    return spliced(pass(reading.document, arrival, [], never), reading, limits);
  }

  function runWhole(scanned: Scanned, shape: Shape, arrival: Arrival): RunResult | undefined {
    const reading = wholeDocument(scanned, shape, asked, index);
    index.reading = reading;
    const admits = ({ reach }: OrderedPlugin, { details }: LakeEvent) => {
      if (reach === "deep") snapshot.take(details, reading.originals.values);
      return true;
    };
    return spliced(pass(reading.document, arrival, [], admits), reading, ofWhole);
  }

  function spliced(result: RunResult | undefined, reading: Reading, limits: Limits): RunResult | undefined {
    if (result?.kind !== "event") return result;
    const { details } = result.event;
    if (!scanned.hasPlainNumbers && snapshot.isOther(details)) return undefined; // how they were written is not in there
    if (!isObject(details) || !fillSplice(splice, reading, details, limits)) return undefined;
    index.splice = splice;
    return result;
  }
}

/** True when the text of some field may be a whole event. */
function mayBeWrapped({ text, found }: Scanned, { wraps }: Shape): boolean {
  return wraps.length > 0 && wraps.some((at) => mayWrap(text, found.start[at] ?? 0));
}

function never(): boolean {
  return false;
}

function seenIn(asked: readonly Asked[]): ReadonlySet<string> {
  return new Set(asked.flatMap(({ name, seen }) => (seen ? [name] : [])));
}
