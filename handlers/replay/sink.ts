import { type Outcome, type Pipeline, type SourceRecord, withReaders } from "../../core/pipeline.ts";
import { lineOf } from "../../core/row.ts";

/** What became of the records and documents of a replay. */
export interface ReplayCounts {
  /** Of the stream; the others count documents. */
  records: number;
  delivered: number;
  dropped: number;
  quarantined: number;
  /** Of another source than was asked for. */
  skipped: number;
}

/** What takes records, in order: Firehose, or what only counts or compares. */
export type Sink = (records: readonly SourceRecord[]) => Promise<Taken>;

export interface Taken {
  /** How many records, from the first on, are settled: delivered, dropped or quarantined for sure. */
  readonly settled: number;
  readonly counts: ReplayCounts;
  /** Why the next one is not. */
  readonly error?: string;
}

export function noCounts(): ReplayCounts {
  return { records: 0, delivered: 0, dropped: 0, quarantined: 0, skipped: 0 };
}

export function addCounts(sum: ReplayCounts, counts: ReplayCounts): void {
  sum.records += counts.records;
  sum.delivered += counts.delivered;
  sum.dropped += counts.dropped;
  sum.quarantined += counts.quarantined;
  sum.skipped += counts.skipped;
}

/**
 * A pipeline that keeps only events of a source. Quarantined documents have none and are skipped too; what a plugin drops
 * is counted as dropped whatever it is.
 */
export function onlySource(pipeline: Pipeline, source: string | undefined): { pipeline: Pipeline; skipped(): number } {
  if (source === undefined) return { pipeline, skipped: () => 0 };
  let skipped = 0;
  const isKept = (outcome: Outcome) =>
    outcome.kind === "dropped" || (outcome.kind === "event" && JSON.parse(lineOf(outcome.row)).source === source);
  const filtered = withReaders(pipeline, (reader) => ({
    ...reader,
    next(leftOut) {
      for (let outcome = reader.next(leftOut); outcome; outcome = reader.next()) {
        if (isKept(outcome)) return outcome;
        skipped++;
      }
      return undefined;
    },
  }));
  return { pipeline: filtered, skipped: () => skipped };
}
