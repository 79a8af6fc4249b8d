import { kept, type Outcome, type Pipeline, type SourceRecord } from "../core/pipeline.ts";
import { within } from "./watchdog.ts";

/** Documents that are run under one watch for plugins that do not come back: setting it up costs about 0.15 ms. */
const SLICE = 5000;

/** Time for a slice, in milliseconds: tens of times what it takes. */
const SLICE_BUDGET_MS = 2000;

/** Time for one document once that is used up: a plugin that takes longer is left out for it. */
const DOCUMENT_BUDGET_MS = 250;

/** Records in order: an array of them, or what makes each when it is asked for. */
export interface Records {
  readonly length: number;
  /** The record at a place. It may be valid only until another is asked for. */
  at(place: number): SourceRecord | undefined;
}

/** Records on their way through the pipeline, document by document. */
export interface Work {
  /**
   * Runs documents until there is enough: of a slice at most.
   *
   * @param isEnough asked before each outcome is taken
   */
  runSlice(processedMs: number, isEnough: () => boolean): void;
  /** The place of the first record with documents that were not taken; behind the last when there are none. */
  at(): number;
}

/**
 * Prepares to run records through the pipeline in order.
 *
 * A plugin that does not come back (an endless loop, a catastrophic regular expression) costs its own changes to that
 * document: the event goes on without it, tagged and counted as for a plugin that throws.
 *
 * @param take is given each outcome, with its record's place. Should it be ended from outside, it is given the same again:
 *   rather twice than never
 */
export function createWork(
  pipeline: Pipeline,
  records: Records,
  take: (place: number, outcome: Outcome) => void,
): Work {
  const reader = pipeline.createReader();
  let at = 0;
  let isBegun = false;
  /** Made, and not yet taken. */
  let outcome: Outcome | undefined;

  function runTogether(processedMs: number, isEnough: () => boolean): void {
    for (let left = SLICE; at < records.length; left--) {
      begin(processedMs);
      outcome ??= reader.next();
      if (outcome && (left === 0 || isEnough())) return;
      settle();
    }
  }

  function runOneByOne(processedMs: number, isEnough: () => boolean): void {
    for (let left = SLICE; at < records.length; left--) {
      begin(processedMs);
      runAlone();
      if (outcome && (left === 0 || isEnough())) return;
      settle();
    }
  }

  function begin(processedMs: number): void {
    const record = isBegun ? undefined : records.at(at);
    if (record) reader.begin(record, processedMs);
    isBegun = true;
  }

  /** Makes the next outcome without the plugins that are at work when the time is up; each leaving out is one try. */
  function runAlone(): void {
    const leftOut: string[] = [];
    const attempt = () => {
      outcome ??= reader.next(leftOut);
    };
    while (!within(DOCUMENT_BUDGET_MS, attempt)) {
      const { plugin } = reader.atWork();
      if (plugin === undefined || leftOut.includes(plugin)) break;
      leftOut.push(plugin);
    }
    attempt(); // if none is made, it is the decoding that takes long: that ends, since it is linear
  }

  /** Takes the outcome that was made; none is the end of a record. */
  function settle(): void {
    if (outcome) {
      take(at, outcome);
      outcome = undefined;
    } else {
      isBegun = false;
      at++;
    }
  }

  return {
    runSlice(processedMs, isEnough) {
      const isDone = within(SLICE_BUDGET_MS, () => runTogether(processedMs, isEnough));
      if (!isDone) runOneByOne(processedMs, isEnough);
      if (outcome) outcome = kept(outcome); // others may be at work before it is taken
    },
    at: () => at,
  };
}

/** Runs one record by itself: the outcomes of its documents, in memory together. */
export function runRecord(pipeline: Pipeline, record: SourceRecord, processedMs: number): Outcome[] {
  const outcomes: Outcome[] = [];
  const work = createWork(pipeline, [record], (_, outcome) => outcomes.push(kept(outcome)));
  while (work.at() < 1) work.runSlice(processedMs, () => false);
  return outcomes;
}
