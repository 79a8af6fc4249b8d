import { idOf } from "../../core/identity.ts";
import type { PluginSet } from "../../core/order.ts";
import type { PackedRecord } from "../../core/pack.ts";
import { type Pipeline, type SourceRecord, withReaders } from "../../core/pipeline.ts";
import type { Plugin } from "../../core/plugin.ts";
import { type BatchDependencies, processBatch } from "../batch.ts";
import type { BatchFacts } from "../report.ts";
import { noCounts, onlySource, type Sink } from "./sink.ts";

/** A row of the events table, as Firehose would get it: `details` is JSON text. */
export interface EventRow {
  readonly eventid: string;
  readonly utctimestamp: string;
  readonly severity: string;
  readonly summary: string;
  readonly category: string;
  readonly source: string;
  readonly tags: readonly string[];
  readonly plugins: readonly string[];
  readonly details: string;
  readonly year: string;
  readonly month: string;
  readonly day: string;
  readonly hour: string;
}

/** A document that makes no row, why, and the ids under which an earlier run may have stored one. */
export interface NoRow {
  readonly ids: readonly string[];
  readonly reason: string;
}

/** What a page of records would be made into. */
export interface Collected {
  readonly rows: readonly EventRow[];
  readonly without: readonly NoRow[];
  /** How many of its documents make no row, by reason. */
  readonly reasons: Readonly<Record<string, number>>;
  /** When the first and the last of its records arrived, in milliseconds since 1970. */
  readonly arrivedMs: readonly [first: number, last: number];
}

/**
 * Makes a sink that writes nothing: it runs the very code that a replay does, up to the calls to Firehose, and passes on
 * what they would have held.
 */
export function createCollector(
  batch: Omit<BatchDependencies, "deliver" | "timeLeft" | "now">,
  source: string | undefined,
  drops: DropWatch,
  collect: (page: Collected) => void | Promise<void>,
): Sink {
  return async (records) => {
    const { pipeline, skipped } = onlySource(batch.pipeline, source);
    const rows: EventRow[] = [];
    const without: NoRow[] = [];
    const deliver: BatchDependencies["deliver"] = async (table, calls) => {
      for (const text of calls.flat().flatMap(linesOf)) {
        if (table === "events") rows.push(JSON.parse(text));
        else without.push(refusedOf(text));
      }
      return calls.map((call) => ({ delivered: call.map(() => true), retries: 0 }));
    };
    const { counts, facts } = await processBatch(records, {
      ...batch,
      pipeline: afterEach(pipeline, () => without.push(...drops.take())),
      deliver,
      timeLeft: () => Number.POSITIVE_INFINITY,
      now: () => Date.now(),
    });
    await collect({ rows, without, reasons: reasonsOf(facts), arrivedMs: arrivalsOf(records) });
    return {
      settled: records.length,
      counts: { ...noCounts(), ...counts, records: records.length, skipped: skipped() },
    };
  };
}

/** The pipeline of a batch, with something to do after each document: other batches may be at work between two. */
function afterEach(pipeline: Pipeline, work: () => void): Pipeline {
  return withReaders(pipeline, (reader) => ({
    ...reader,
    next(leftOut) {
      const outcome = reader.next(leftOut);
      work();
      return outcome;
    },
  }));
}

function reasonsOf({ droppedBy, quarantinedBy }: BatchFacts): Record<string, number> {
  const named = (how: string, counts: Readonly<Record<string, number>>) =>
    Object.entries(counts).map(([name, count]) => [`${how} ${name}`, count]);
  return Object.fromEntries([...named("dropped by", droppedBy), ...named("quarantined:", quarantinedBy)]);
}

export interface DropWatch {
  /** The same plugins. */
  readonly plugins: PluginSet;
  /** What they dropped since the last call. */
  take(): NoRow[];
}

/** Watches plugins for the events that they drop, whose ids nothing else tells. */
export function watchDrops(set: PluginSet): DropWatch {
  const dropped: NoRow[] = [];
  const watch =
    (kind: string) =>
    (plugin: Plugin): Plugin => ({
      ...plugin,
      onMessage(event, metadata) {
        const own: unknown = event.eventid;
        const result = plugin.onMessage(event, metadata);
        if (result !== null) return result;
        // An event may bring its own id, or a field that only looks like one: it was stored under either.
        const ids = [metadata.eventid(), ...(typeof own === "string" ? [own] : [])];
        dropped.push({ ids, reason: `dropped by ${kind}_${plugin.name}` });
        return null;
      },
    });
  return {
    plugins: {
      ...set,
      normalize: set.normalize.map(watch("normalization")),
      enrich: set.enrich.map(watch("enrichment")),
    },
    take: () => dropped.splice(0),
  };
}

function linesOf({ data }: PackedRecord<unknown>): string[] {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString().trimEnd().split("\n");
}

function refusedOf(text: string): NoRow {
  const row: Record<string, string> = JSON.parse(text);
  const { stream = "", shard = "", sequence = "" } = row;
  const position = { stream, shard, sequence, subsequence: Number(row.subsequence), index: Number(row.position) };
  return { ids: [idOf(position)], reason: `quarantined: ${row.code}` };
}

function arrivalsOf(records: readonly SourceRecord[]): [number, number] {
  const arrivals = records.map(({ arrivalMs }) => arrivalMs);
  return [Math.min(...arrivals), Math.max(...arrivals)];
}
