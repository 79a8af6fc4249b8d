import { type DecodeOptions, type Document, decode } from "./decode.ts";
import { PipelineError } from "./error.ts";
import { idOf, type Position } from "./identity.ts";
import type { JsonObject } from "./json.ts";
import type { PluginNotes } from "./once.ts";
import type { PluginSet } from "./order.ts";
import { originsOf } from "./origin.ts";
import type { Window } from "./partition.ts";
import type { Quarantined } from "./quarantine.ts";
import { type Row, rowOf } from "./row.ts";
import { createRunner, type Run } from "./run.ts";
import { formatUTC } from "./time.ts";
import { type Unparsed, unparsedIn } from "./unparsed.ts";

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
  /** The place of its first document, when it is a part of a payload that was once read (core/origin.ts). */
  readonly first?: { readonly subsequence: number; readonly index: number };
  /** The `source` of events that name none themselves. */
  readonly source?: string;
  /** What its way in knows of it, kept in its events' `details` under a name of ours. */
  readonly facts?: { readonly name: string; readonly value: JsonObject };
  /** It stands for something that could not be read, and is quarantined with this. */
  readonly refusal?: PipelineError;
}

/** What became of one document. Every document has exactly one outcome. */
export type Outcome =
  | ({ readonly kind: "event"; readonly row: Row } & PluginNotes & Read)
  /** `plugin` is the plugin that dropped it, or what the decoder calls a message that is none, e.g. of a health check. */
  | ({ readonly kind: "dropped"; readonly plugin: string } & PluginNotes)
  | { readonly kind: "quarantined"; readonly entry: Quarantined };

/** What an event was read from; the record is the one that it first came in (core/origin.ts). */
export interface Read {
  readonly record: SourceRecord;
  /** Undefined when the record's payload is the document. */
  readonly document?: Placed | undefined;
}

/** Where a document stands in its record, and the bytes that are quarantined for it. */
type Placed = Pick<Document, "payload" | "subsequence" | "index" | "partitionKey">;

type LeftOut = ReadonlyMap<number, readonly string[]>;

export interface Pipeline {
  /**
   * Decodes a record and runs its documents through the plugins; never throws for what the record holds.
   *
   * @param leftOut by the document's place in the record: plugins that did not come back before
   */
  process(record: SourceRecord, processedMs: number, leftOut?: LeftOut): Outcome[];
  /** Where it was when the last `process` was ended from outside. */
  atWork(): { readonly document: number; readonly plugin: string | undefined };
  /** The entry for a document that turned out to be undeliverable later, e.g. too large for Firehose. */
  quarantine(read: Read, error: PipelineError): Quarantined;
}

/** The pure middle of the lake: payload bytes in; rows, drops and quarantine entries out. */
export function createPipeline(plugins: PluginSet, window: Window, options: DecodeOptions = {}): Pipeline {
  const run = createRunner(plugins);
  const clock = createClock();
  let place = -1;

  function outcomesOf(origin: SourceRecord, processedMs: number, leftOut?: LeftOut): Outcome[] {
    const { arrivalMs } = origin;
    const times = { arrivalMs, arrival: clock(arrivalMs), processed: clock(processedMs) };
    place++;
    const step = { run, window, times, clock };
    const usual = leftOut ? undefined : outcomeOfBytes(origin, origin.payload, undefined, step);
    if (usual) return [usual];
    const before = --place;
    const outcomes = leftOut ? undefined : outcomesOfUnparsed(origin, step);
    if (outcomes) return outcomes;
    place = before;
    return documentsOf(origin, options).map((document) => {
      place++;
      return outcomeOf(origin, document, { run, window, times, clock, leftOut: leftOut?.get(place) });
    });
  }

  /** Undefined when some document must be seen among the others. */
  function outcomesOfUnparsed(origin: SourceRecord, step: Step): Outcome[] | undefined {
    const { payload, facts, refusal } = origin;
    const documents = facts || refusal ? undefined : unparsedIn(payload);
    if (!documents || documents[0]?.bytes.length === payload.length) return undefined;
    const outcomes: Outcome[] = [];
    for (const document of documents) {
      place++;
      const outcome = outcomeOfBytes(origin, document.bytes, document, step) ?? outcomeOfLine(origin, document, step);
      if (!outcome) return undefined;
      outcomes.push(outcome);
    }
    return outcomes;
  }

  function outcomeOfLine(origin: SourceRecord, unparsed: Unparsed, step: Step): Outcome | undefined {
    const documents = unparsed.isLine ? decode(unparsed.bytes, options) : [];
    const [document] = documents;
    if (!document || documents.length > 1 || "error" in document || document.dropped !== undefined) return undefined;
    const { payload, subsequence, index, partitionKey } = unparsed;
    return outcomeOf(origin, { ...document, payload, subsequence, index, partitionKey }, step);
  }

  return {
    process(record, processedMs, leftOut) {
      place = -1;
      const origins = originsOf(record);
      const [first] = origins;
      if (first && origins.length === 1) return outcomesOf(first, processedMs, leftOut);
      return origins.flatMap((origin) => outcomesOf(origin, processedMs, leftOut));
    },
    atWork: () => ({ document: place, plugin: run.atWork() }),
    quarantine: ({ record, document }, error) => quarantine(record, document ?? alone(record, error), error),
  };
}

interface Step {
  readonly run: Run;
  readonly window: Window;
  readonly times: { readonly arrivalMs: number; readonly arrival: string; readonly processed: string };
  readonly clock: (milliseconds: number) => string;
  readonly leftOut?: readonly string[] | undefined;
}

function documentsOf({ payload, refusal }: SourceRecord, options: DecodeOptions): Document[] {
  if (!refusal) return decode(payload, options);
  return [{ error: refusal, payload: () => payload, subsequence: 0, index: 0 }];
}

/**
 * What becomes of bytes that are the usual document, one JSON object that nothing is odd about; undefined for others.
 *
 * @param document what they were read from, unless they are all of the record
 */
function outcomeOfBytes(
  record: SourceRecord,
  bytes: Uint8Array,
  document: (Placed & Pick<Unparsed, "timeMs">) | undefined,
  { run, window, times, clock }: Step,
): Outcome | undefined {
  const { source, facts, refusal } = record;
  if (bytes[0] !== 0x7b || facts || refusal) return undefined;
  const { arrivalMs, arrival, processed } = times;
  const eventid = () => idOf(positionOf(record, document ?? FIRST));
  const fallback = document?.timeMs === undefined ? arrival : clock(document.timeMs);
  const result = run.bytes(bytes, { arrivalMs, arrival, fallback, processed, source, eventid });
  if (result?.kind !== "event") return result;
  const row = rowOf(result.event, result.index, arrivalMs, fallback, window);
  return { kind: "event", row, failed: result.failed, wouldDrop: result.wouldDrop, record, document };
}

/** Where the one document of a record stands. */
const FIRST = { subsequence: 0, index: 0 };

function alone({ payload }: SourceRecord, error: PipelineError): Document {
  return { ...FIRST, payload: () => payload, error };
}

function outcomeOf(record: SourceRecord, document: Document, step: Step): Outcome {
  const { run, window, times, clock } = step;
  if ("error" in document) return { kind: "quarantined", entry: quarantine(record, document, document.error) };
  const { parse, dropped, timeMs, bytes } = document;
  if (dropped !== undefined) return { kind: "dropped", plugin: dropped, failed: [] };
  const usual = bytes && !step.leftOut && outcomeOfBytes(record, bytes, document, step);
  if (usual) return usual;
  try {
    const eventid = () => idOf(positionOf(record, document));
    const fallback = timeMs === undefined ? times.arrival : clock(timeMs);
    const { source, facts } = record;
    const result = run(
      facts ? () => withFacts(parse(), facts) : parse,
      { ...times, fallback, source, eventid },
      step.leftOut,
    );
    if (result.kind === "dropped") return result;
    const row = rowOf(result.event, result.index, times.arrivalMs, fallback, window);
    return { kind: "event", row, failed: result.failed, wouldDrop: result.wouldDrop, record, document };
  } catch (error) {
    if (error instanceof PipelineError) return { kind: "quarantined", entry: quarantine(record, document, error) };
    throw error;
  }
}

function quarantine(record: SourceRecord, document: Placed, error: PipelineError): Quarantined {
  return {
    code: error.code,
    message: error.message,
    position: positionOf(record, document),
    arrivalMs: record.arrivalMs,
    partitionKey: document.partitionKey ?? record.partitionKey,
    payload: document.payload(),
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
      text = formatUTC(milliseconds);
      recent.set(milliseconds, text);
    }
    return text;
  };
}
