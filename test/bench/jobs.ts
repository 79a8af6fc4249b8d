import type { KinesisStreamRecord } from "aws-lambda";
import { type Document, decode } from "../../core/decode.ts";
import { idOf } from "../../core/identity.ts";
import type { RunResult } from "../../core/once.ts";
import type { SourceRecord } from "../../core/pipeline.ts";
import type { Run } from "../../core/run.ts";
import { formatUTC } from "../../core/time.ts";
import { ARRIVAL_MS } from "./corpus.ts";
import { sourceRecordOf } from "./product.ts";

/** A document on its way through the stages, which the pipeline goes through without a stop. */
export interface Job {
  readonly source: SourceRecord;
  readonly document: Document;
}

/** The whole corpus arrives at one instant; the pipeline, too, formats it once. */
export const ARRIVAL = formatUTC(ARRIVAL_MS);

export function jobsOf(record: KinesisStreamRecord): Job[] {
  const source = sourceRecordOf(record);
  return decode(source.payload).map((document) => ({ source, document }));
}

/** @throws {Error} for a document in error: the corpus has none */
export function runJob(run: Run, { source, document }: Job): RunResult {
  if ("error" in document) throw document.error;
  const eventid = () => idOf({ ...source, subsequence: 0, index: document.index });
  return run(document.parse, { arrivalMs: ARRIVAL_MS, arrival: ARRIVAL, processed: ARRIVAL, eventid });
}
