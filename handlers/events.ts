import type { Outcome, Pipeline, SourceRecord } from "../core/pipeline.ts";
import { within } from "./watchdog.ts";

/** Time for a few hundred records together, in milliseconds: hundreds of times what they take. */
const SLICE_BUDGET_MS = 2000;

/** Time for one record once that is used up: a plugin that takes longer is left out for that document. */
const RECORD_BUDGET_MS = 250;

/**
 * Runs records through the pipeline in order, and stops before the first that there is no time left for.
 *
 * A plugin that does not come back (an endless loop, a catastrophic regular expression) costs its own changes to that
 * document: the event goes on without it, tagged and counted as for a plugin that throws.
 *
 * @param isTimeUp asked before each record
 * @returns the outcomes of each record that was run, by its place
 */
export function runRecords(
  pipeline: Pipeline,
  records: readonly SourceRecord[],
  processedMs: number,
  isTimeUp: () => boolean,
): Outcome[][] {
  const outcomes: Outcome[][] = [];
  const isDone = within(SLICE_BUDGET_MS, () => {
    for (const record of records) {
      if (isTimeUp()) return;
      outcomes.push(pipeline.process(record, processedMs));
    }
  });
  if (isDone) return outcomes;
  for (const record of records.slice(outcomes.length)) {
    if (isTimeUp()) return outcomes;
    outcomes.push(runAlone(pipeline, record, processedMs));
  }
  return outcomes;
}

/** Leaves out, document by document, the plugin that was at work when the time was up; each leaving out is one try. */
function runAlone(pipeline: Pipeline, record: SourceRecord, processedMs: number): Outcome[] {
  const leftOut = new Map<number, string[]>();
  let outcomes: Outcome[] = [];
  const attempt = () => {
    outcomes = pipeline.process(record, processedMs, leftOut);
  };
  while (!within(RECORD_BUDGET_MS, attempt)) {
    const { document, plugin } = pipeline.atWork();
    const before = leftOut.get(document) ?? [];
    if (plugin === undefined || before.includes(plugin)) {
      attempt(); // it is the decoding that takes long: that ends, since it is linear
      break;
    }
    leftOut.set(document, [...before, plugin]);
  }
  return outcomes;
}
