import type { DecodeOptions } from "./decode.ts";
import { type Documents, documentsIn, isUnparsed, NO_DOCUMENTS } from "./documents.ts";
import type { PipelineError } from "./error.ts";
import type { JsonObject } from "./json.ts";
import type { PluginSet } from "./order.ts";
import { originsOf } from "./origin.ts";
import { createOutcomes, kept, type Outcome, type Outcomes, quarantine, type Read } from "./outcome.ts";
import type { Window } from "./partition.ts";
import type { Quarantined } from "./quarantine.ts";
import { createRunner } from "./run.ts";

export { kept, type Outcome, type Read } from "./outcome.ts";

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

/** Takes records document by document. Its place among them is its own: readers of one pipeline may take turns. */
export interface Reader {
  /** Begins a record, whose documents are taken by `next`; the one before it is given up. Never throws for what it holds. */
  begin(record: SourceRecord, processedMs: number): void;
  /**
   * Runs the next document of the record through the plugins. When a call is ended from outside, the next one takes the same
   * document again.
   *
   * @param leftOut plugins that did not come back with this document before
   * @returns undefined behind the last document
   */
  next(leftOut?: readonly string[]): Outcome | undefined;
  /** Where it was when the last `next` was ended from outside: the document's place in the record, and the plugin. */
  atWork(): { readonly document: number; readonly plugin: string | undefined };
}

export interface Pipeline {
  /** Each batch has a reader of its own, since batches wait for their deliveries. */
  createReader(): Reader;
  /** The outcomes of all documents of a record, in memory together. */
  process(record: SourceRecord, processedMs: number): Outcome[];
  /** The entry for a document that turned out to be undeliverable later, e.g. too large for Firehose. */
  quarantine(read: Read, error: PipelineError): Quarantined;
}

/** The pure middle of the lake: payload bytes in; rows, drops and quarantine entries out. */
export function createPipeline(plugins: PluginSet, window: Window, options: DecodeOptions = {}): Pipeline {
  const run = createRunner(plugins);
  const outcomes = createOutcomes(run, window, options);
  return {
    createReader: () => createReader(outcomes, options, run.atWork),
    process: (record, processedMs) => outcomesOf(createReader(outcomes, options, run.atWork), record, processedMs),
    quarantine,
  };
}

/** The same pipeline, with something put around each of its readers. */
export function withReaders(pipeline: Pipeline, wrap: (reader: Reader) => Reader): Pipeline {
  const createReader = () => wrap(pipeline.createReader());
  return {
    ...pipeline,
    createReader,
    process: (record, processedMs) => outcomesOf(createReader(), record, processedMs),
  };
}

/** Reads a record to its end. */
function outcomesOf(reader: Reader, record: SourceRecord, processedMs: number): Outcome[] {
  reader.begin(record, processedMs);
  const made: Outcome[] = [];
  for (let outcome = reader.next(); outcome; outcome = reader.next()) made.push(kept(outcome));
  return made;
}

function createReader(outcomes: Outcomes, options: DecodeOptions, pluginAtWork: () => string | undefined): Reader {
  let origins: readonly SourceRecord[] = [];
  let origin = 0;
  /** Those of the origin; undefined until its payload turns out not to be the usual document itself. */
  let documents: Documents | undefined;
  /** Of the document at hand, in the record. */
  let place = 0;

  function begin(record: SourceRecord, processedMs: number): void {
    outcomes.setProcessed(processedMs);
    origins = originsOf(record);
    origin = 0;
    documents = undefined;
    place = 0;
  }

  function next(leftOut?: readonly string[]): Outcome | undefined {
    for (let record = origins[origin]; record; record = origins[++origin]) {
      const outcome = outcomeOfNext(record, leftOut);
      if (outcome) {
        place++;
        return outcome;
      }
      documents = undefined;
    }
    return undefined;
  }

  /** Undefined behind the last document of an origin. */
  function outcomeOfNext(record: SourceRecord, leftOut: readonly string[] | undefined): Outcome | undefined {
    if (documents) return outcomeAmong(documents, record, leftOut);
    const usual = leftOut ? undefined : outcomes.ofPayload(record);
    documents = usual ? NO_DOCUMENTS : documentsIn(record, options);
    return usual ?? outcomeAmong(documents, record, leftOut);
  }

  function outcomeAmong(among: Documents, record: SourceRecord, leftOut?: readonly string[]): Outcome | undefined {
    let document = among.atHand();
    let outcome: Outcome | undefined;
    if (document && isUnparsed(document)) {
      outcome = leftOut ? undefined : outcomes.ofUnparsed(record, document);
      if (!outcome) document = among.decode();
    }
    if (document && !isUnparsed(document)) outcome = outcomes.ofDocument(record, document, leftOut);
    among.take();
    return outcome;
  }

  return { begin, next, atWork: () => ({ document: place, plugin: pluginAtWork() }) };
}
