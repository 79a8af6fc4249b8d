import { decode } from "../../core/decode.ts";
import { idOf } from "../../core/identity.ts";
import type { RunResult } from "../../core/once.ts";
import type { SourceRecord } from "../../core/pipeline.ts";
import type { Run } from "../../core/run.ts";
import { formatUTC } from "../../core/time.ts";
import { ARRIVAL_MS } from "./corpus.ts";

/** The whole corpus arrives at one instant; the pipeline, too, formats it once. */
export const ARRIVAL = formatUTC(ARRIVAL_MS);

/**
 * Runs the one document of a record as the pipeline does: as bytes if they will do.
 *
 * @throws {Error} for a document in error: the corpus has none
 */
export function runRecord(run: Run, source: SourceRecord): RunResult {
  const eventid = () => idOf({ ...source, subsequence: 0, index: 0 });
  const arrival = { arrivalMs: ARRIVAL_MS, arrival: ARRIVAL, processed: ARRIVAL, eventid };
  const result = run.bytes(source.payload, arrival);
  if (result) return result;
  const [document] = decode(source.payload);
  if (!document || "error" in document) throw document?.error ?? new Error("no document");
  return run(document.parse, arrival);
}
