import { type Document, decode } from "./decode.ts";
import { PipelineError } from "./error.ts";
import { idOf, type Position } from "./identity.ts";
import type { PluginSet } from "./order.ts";
import type { Window } from "./partition.ts";
import type { Quarantined } from "./quarantine.ts";
import { type Row, rowOf } from "./row.ts";
import { createRunner, type Failure, type Run } from "./run.ts";
import { formatUTC } from "./time.ts";

/** One record of a stream, as any way in hands it over. */
export interface SourceRecord {
  readonly payload: Uint8Array;
  /** Where it stands: see {@link Position}. */
  readonly stream: string;
  readonly shard: string;
  readonly sequence: string;
  readonly partitionKey: string;
  /** Milliseconds since 1970. */
  readonly arrivalMs: number;
}

/** What became of one document. Every document has exactly one outcome. */
export type Outcome =
  | { readonly kind: "event"; readonly row: Row; readonly failed: readonly Failure[]; readonly document: Document }
  | { readonly kind: "dropped"; readonly plugin: string; readonly failed: readonly Failure[] }
  | { readonly kind: "quarantined"; readonly entry: Quarantined };

export interface Pipeline {
  /** Decodes a record and runs its documents through the plugins; never throws for what the record holds. */
  process(record: SourceRecord, processedMs: number): Outcome[];
  /** The entry for a document that turned out to be undeliverable later, e.g. too large for Firehose. */
  quarantine(record: SourceRecord, document: Document, error: PipelineError): Quarantined;
}

/** The pure middle of the lake: payload bytes in; rows, drops and quarantine entries out. */
export function createPipeline(plugins: PluginSet, window: Window): Pipeline {
  const run = createRunner(plugins);
  const clock = createClock();
  return {
    process(record, processedMs) {
      const times = { arrivalMs: record.arrivalMs, arrival: clock(record.arrivalMs), processed: clock(processedMs) };
      return decode(record.payload).map((document) => outcomeOf(record, document, { run, window, times }));
    },
    quarantine,
  };
}

interface Step {
  readonly run: Run;
  readonly window: Window;
  readonly times: { readonly arrivalMs: number; readonly arrival: string; readonly processed: string };
}

function outcomeOf(record: SourceRecord, document: Document, { run, window, times }: Step): Outcome {
  if ("error" in document) return { kind: "quarantined", entry: quarantine(record, document, document.error) };
  try {
    const eventid = () => idOf(positionOf(record, document.index));
    const result = run(document.parse, { ...times, eventid });
    if (result.kind === "dropped") return result;
    const row = rowOf(result.event, result.index, times.arrivalMs, times.arrival, window);
    return { kind: "event", row, failed: result.failed, document };
  } catch (error) {
    if (error instanceof PipelineError) return { kind: "quarantined", entry: quarantine(record, document, error) };
    throw error;
  }
}

function quarantine(record: SourceRecord, document: Document, error: PipelineError): Quarantined {
  return {
    code: error.code,
    message: error.message,
    position: positionOf(record, document.index),
    arrivalMs: record.arrivalMs,
    partitionKey: record.partitionKey,
    payload: document.payload(),
  };
}

function positionOf({ stream, shard, sequence }: SourceRecord, index: number): Position {
  return { stream, shard, sequence, subsequence: 0, index };
}

/** Formats times; many records of a batch arrive in the same millisecond. */
function createClock(): (milliseconds: number) => string {
  const recent = new Map<number, string>();
  return (milliseconds) => {
    let text = recent.get(milliseconds);
    if (text === undefined) {
      if (recent.size > 1000) recent.clear();
      text = formatUTC(milliseconds);
      recent.set(milliseconds, text);
    }
    return text;
  };
}
