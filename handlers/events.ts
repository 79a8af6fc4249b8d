import type { Outcome, Pipeline, SourceRecord } from "../core/pipeline.ts";
import { within } from "./watchdog.ts";

/** Time for a few hundred records together, in milliseconds: hundreds of times what they take. */
const SLICE_BUDGET_MS = 2000;

/** Time for one record once that is used up: a plugin that takes longer is left out for that document. */
const RECORD_BUDGET_MS = 250;

/** Bytes of rows that are made before some of them are sent: a compressed record may hold a thousand times its size. */
const MOST_ROW_BYTES = 4 * 1024 * 1024;

/**
 * Runs records through the pipeline in order, and stops before the first that there is no time left for, or that rows of
 * {@link MOST_ROW_BYTES} were made before.
 *
 * A plugin that does not come back (an endless loop, a catastrophic regular expression) costs its own changes to that
 * document: the event goes on without it, tagged and counted as for a plugin that throws.
 *
 * @param isTimeUp asked before each record; the first is run in any case if it says no
 * @returns the outcomes of each record that was run, by its place
 */
export function runRecords(
  pipeline: Pipeline,
  records: readonly SourceRecord[],
  processedMs: number,
  isTimeUp: () => boolean,
): Outcome[][] {
  const outcomes: Outcome[][] = [];
  let rowBytes = 0;
  const isEnough = () => rowBytes >= MOST_ROW_BYTES || isTimeUp();
  const take = (made: Outcome[]) => {
    outcomes.push(made);
    rowBytes += rowBytesOf(made);
  };
  const isDone = within(SLICE_BUDGET_MS, () => {
    for (const record of records) {
      if (isEnough()) return;
      take(pipeline.process(record, processedMs));
    }
  });
  if (isDone) return outcomes;
  for (const record of records.slice(outcomes.length)) {
    if (isEnough()) return outcomes;
    take(runAlone(pipeline, record, processedMs));
  }
  return outcomes;
}

function rowBytesOf(outcomes: readonly Outcome[]): number {
  let bytes = 0;
  for (const outcome of outcomes) if (outcome.kind === "event") bytes += outcome.row.bytes.length;
  return bytes;
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
