import { type DecodeOptions, type Document, decodeLine } from "./decode.ts";
import { PipelineError } from "./error.ts";
import { idOf, type Position } from "./identity.ts";
import type { JsonObject } from "./json.ts";
import type { Arrival, PluginNotes, RunResult } from "./once.ts";
import type { Window } from "./partition.ts";
import type { SourceRecord } from "./pipeline.ts";
import type { Quarantined } from "./quarantine.ts";
import { type Row, rowOf } from "./row.ts";
import type { Run } from "./run.ts";
import { formatUTC } from "./time.ts";
import type { Unparsed } from "./unparsed.ts";

/** What became of one document. Every document has exactly one outcome. */
export type Outcome =
  | ({ readonly kind: "event"; readonly row: Row } & PluginNotes & Read)
  /** `plugin` is the plugin that dropped it, or what the decoder calls a message that is none, e.g. of a health check. */
  | ({ readonly kind: "dropped"; readonly plugin: string } & PluginNotes)
  | { readonly kind: "quarantined"; readonly entry: Quarantined };

/** An outcome that stays good when others are made: the row of an event is written over by the next. */
export function kept(outcome: Outcome): Outcome {
  if (outcome.kind !== "event") return outcome;
  return { ...outcome, row: { ...outcome.row, bytes: outcome.row.bytes.slice() } };
}

/** What an event was read from; the record is the one that it first came in (core/origin.ts). */
export interface Read {
  readonly record: SourceRecord;
  /** Undefined when the record's payload is the document. */
  readonly document?: Placed | undefined;
}

/** Where a document stands in its record, and the bytes that are quarantined for it. */
export type Placed = Pick<Document, "payload" | "subsequence" | "index" | "partitionKey">;

/** Makes outcomes of documents, one at a time. */
export interface Outcomes {
  /** Sets the time at which the documents from here on are processed, in milliseconds since 1970. */
  setProcessed(milliseconds: number): void;
  /**
   * What becomes of a payload that is the usual document itself, one JSON object that nothing is odd about.
   *
   * @returns undefined for others
   */
  ofPayload(record: SourceRecord): Outcome | undefined;
  /** @returns undefined for a document that must be seen among the others */
  ofUnparsed(record: SourceRecord, unparsed: Unparsed): Outcome | undefined;
  /** @param leftOut plugins that did not come back before */
  ofDocument(record: SourceRecord, document: Document, leftOut?: readonly string[]): Outcome;
}

/** Where the one document of a record stands. */
const FIRST = { subsequence: 0, index: 0 };

export function createOutcomes(run: Run, window: Window, options: DecodeOptions): Outcomes {
  const clock = createClock();
  let record: SourceRecord | undefined;
  let place: Pick<Placed, "subsequence" | "index"> = FIRST;
  /** Of the document at hand: one object for all of them. */
  const arrival: { -readonly [name in keyof Arrival]: Arrival[name] } & { fallback: string } = {
    ...{ arrivalMs: 0, arrival: "", fallback: "", processed: "", source: undefined },
    eventid: () => (record ? idOf(positionOf(record, place)) : ""),
  };

  function arrive(from: SourceRecord, at: typeof place, timeMs: number | undefined): Arrival {
    record = from;
    place = at;
    arrival.arrivalMs = from.arrivalMs;
    arrival.arrival = clock(from.arrivalMs);
    arrival.fallback = timeMs === undefined ? arrival.arrival : clock(timeMs);
    arrival.source = from.source;
    return arrival;
  }

  function outcomeOf(result: RunResult, record: SourceRecord, document: Placed | undefined): Outcome {
    if (result.kind === "dropped") return result;
    const { event, index, failed, wouldDrop } = result;
    const row = rowOf(event, index, arrival.arrivalMs, arrival.fallback, window);
    return { kind: "event", row, failed, wouldDrop, record, document };
  }

  function ofBytes(
    record: SourceRecord,
    bytes: Uint8Array,
    document: (Placed & { readonly timeMs?: number | undefined }) | undefined,
  ): Outcome | undefined {
    if (bytes[0] !== 0x7b || record.facts || record.refusal) return undefined;
    const result = run.bytes(bytes, arrive(record, document ?? FIRST, document?.timeMs));
    return result && outcomeOf(result, record, document);
  }

  /** What the decoder says of a line, if that is one document. */
  function ofLine(record: SourceRecord, unparsed: Unparsed): Outcome | undefined {
    const document = unparsed.isLine ? decodeLine(unparsed.bytes, options) : undefined;
    if (!document || ("error" in document ? !unparsed.isApart() : document.dropped !== undefined)) return undefined;
    const { payload, subsequence, index, partitionKey } = unparsed;
    return ofDocument(record, { ...document, payload, subsequence, index, partitionKey });
  }

  function ofDocument(record: SourceRecord, document: Document, leftOut?: readonly string[]): Outcome {
    if ("error" in document) return quarantined(record, document, document.error);
    const { parse, dropped, timeMs, bytes } = document;
    if (dropped !== undefined) return { kind: "dropped", plugin: dropped, failed: [] };
    const usual = bytes && !leftOut && ofBytes(record, bytes, document);
    if (usual) return usual;
    const { facts } = record;
    const made = facts ? () => withFacts(parse(), facts) : parse;
    try {
      return outcomeOf(run(made, arrive(record, document, timeMs), leftOut), record, document);
    } catch (error) {
      if (error instanceof PipelineError) return quarantined(record, document, error);
      throw error;
    }
  }

  return {
    setProcessed(milliseconds) {
      arrival.processed = clock(milliseconds);
    },
    ofPayload: (record) => ofBytes(record, record.payload, undefined),
    ofUnparsed: (record, unparsed) => ofBytes(record, unparsed.bytes, unparsed) ?? ofLine(record, unparsed),
    ofDocument,
  };
}

function quarantined(record: SourceRecord, document: Placed, error: PipelineError): Outcome {
  return { kind: "quarantined", entry: quarantine({ record, document }, error) };
}

/** The entry for a document that cannot be delivered. */
export function quarantine({ record, document }: Read, error: PipelineError): Quarantined {
  const { payload, partitionKey } = document ?? { payload: () => record.payload, partitionKey: undefined };
  return {
    code: error.code,
    message: error.message,
    position: positionOf(record, document ?? FIRST),
    arrivalMs: record.arrivalMs,
    partitionKey: partitionKey ?? record.partitionKey,
    payload: Buffer.from(payload()), // the record's may be written over once its documents are done
  };
}

function positionOf(
  { stream, shard, sequence, first }: SourceRecord,
  { subsequence, index }: Pick<Document, "subsequence" | "index">,
): Position {
  if (!first) return { stream, shard, sequence, subsequence, index };
  // What was one document and is read as several today stays between its neighbors: MAX_DOCUMENTS is under a million.
  const place = first.index > 0 ? first.index + index / 1e6 : index;
  return { stream, shard, sequence, subsequence: first.subsequence + subsequence, index: place };
}

function withFacts(document: JsonObject, { name, value }: NonNullable<SourceRecord["facts"]>): JsonObject {
  document[name] = { ...value };
  return document;
}

/** Formats times; many records of a batch arrive in the same millisecond. */
function createClock(): (milliseconds: number) => string {
  const recent = new Map<number, string>();
  return (milliseconds) => {
    let text = recent.get(milliseconds);
    if (text === undefined) {
      if (recent.size > 1000) recent.clear();
      text = Buffer.from(formatUTC(milliseconds)).toString("latin1"); // in one piece, which is written faster
      recent.set(milliseconds, text);
    }
    return text;
  };
}
