import { billedBytes } from "../core/billing.ts";
import { PipelineError } from "../core/error.ts";
import type { PluginNotes } from "../core/once.ts";
import { createPacker, type Packer } from "../core/pack.ts";
import type { Outcome, Pipeline, SourceRecord } from "../core/pipeline.ts";
import { MAX_INLINE_PAYLOAD_BYTES, type Quarantined, quarantineRow } from "../core/quarantine.ts";
import type { DeliveryResult } from "./delivery.ts";
import { runRecords } from "./events.ts";
import { type BatchFacts, type Counts, tally } from "./report.ts";

/** Records that are run under one watch for plugins that do not come back: setting it up costs about 0.15 ms. */
const SLICE = 1000;

/**
 * Calls in flight at once, of 4 MiB each: Firehose takes 2,000 calls/s and 5 MiB/s a stream before it throttles (Quotas), and
 * each call is in memory a few times over while it is sent.
 */
const MOST_IN_FLIGHT = 2;

type Table = "events" | "quarantine";
type Call = ReturnType<Packer<Origin>["take"]>[number];

/** What a row stands for: the record it came from, by its place in the batch. */
interface Origin {
  readonly record: number;
  readonly kind: "delivered" | "quarantined";
}

export interface BatchDependencies {
  readonly pipeline: Pipeline;
  readonly pluginSet: string;
  /** True when a Firehose record must hold one hour only (dynamic partitioning). */
  readonly oneHour: boolean;
  /** Sources whose rows are counted by name; none unless said. */
  readonly watched?: ReadonlySet<string>;
  /** Milliseconds left until records must no longer be begun. */
  timeLeft(): number;
  now(): number;
  deliver(table: Table, calls: readonly Call[]): Promise<DeliveryResult[]>;
  storePayload(entry: Quarantined): Promise<string>;
}

export interface BatchResult {
  readonly counts: Counts;
  readonly facts: BatchFacts;
  /** Places of the records that must come again, ascending. */
  readonly toComeAgain: readonly number[];
}

/**
 * Takes a batch from decoding to Firehose. Every document of every record is counted exactly once as delivered,
 * dropped, quarantined or to come again; a record comes again as a whole when any of its documents must.
 */
export async function processBatch(records: readonly SourceRecord[], deps: BatchDependencies): Promise<BatchResult> {
  const batch = createBatch(records, deps);
  const isTimeUp = () => deps.timeLeft() <= 0;
  for (let start = 0; start < records.length; ) {
    const outcomes = runRecords(deps.pipeline, records.slice(start, start + SLICE), deps.now(), isTimeUp);
    for (const [i, ofRecord] of outcomes.entries()) for (const outcome of ofRecord) batch.take(start + i, outcome);
    start += outcomes.length;
    if (outcomes.length === 0) for (; start < records.length; start++) batch.comeAgain(start, "out of time");
    await batch.forwardFull();
  }
  await batch.forward();
  return batch.result();
}

function createBatch(records: readonly SourceRecord[], deps: BatchDependencies) {
  const counts: Counts = { received: 0, delivered: 0, dropped: 0, quarantined: 0, toComeAgain: 0 };
  const facts = factsOf(records);
  const again = new Set<number>();
  const events = createPacker<Origin>(deps.oneHour);
  const quarantine = createPacker<Origin>(deps.oneHour);
  const inFlight = new Set<Promise<void>>();
  const refused: { readonly record: number; readonly entry: Quarantined }[] = [];

  function comeAgain(record: number, error: string): void {
    counts.toComeAgain++;
    again.add(record);
    facts.errors.push(error);
  }

  function take(record: number, outcome: Outcome): void {
    if (outcome.kind !== "quarantined") takeNotes(outcome);
    if (outcome.kind === "dropped") {
      counts.dropped++;
      tally(facts.droppedBy, outcome.plugin);
    } else if (outcome.kind === "quarantined") {
      refused.push({ record, entry: outcome.entry });
    } else {
      takeEvent(record, outcome);
    }
  }

  function takeNotes({ failed, wouldDrop = [] }: PluginNotes): void {
    for (const { plugin } of failed) tally(facts.failedPlugins, plugin);
    for (const plugin of wouldDrop) tally(facts.wouldDrop, plugin);
  }

  function takeEvent(record: number, event: Extract<Outcome, { kind: "event" }>): void {
    const { source } = event.row;
    if (source !== undefined && deps.watched?.has(source)) tally(facts.watched, source);
    try {
      events.add(event.row, { record, kind: "delivered" });
    } catch (error) {
      if (!(error instanceof PipelineError)) throw error;
      refused.push({ record, entry: deps.pipeline.quarantine(event, error) });
    }
  }

  async function takeRefused(): Promise<void> {
    for (const { record, entry } of refused.splice(0)) {
      tally(facts.quarantinedBy, entry.code);
      try {
        const isLarge = entry.payload.length > MAX_INLINE_PAYLOAD_BYTES;
        const location = isLarge ? await deps.storePayload(entry) : undefined;
        quarantine.add(quarantineRow(entry, deps.pluginSet, location), { record, kind: "quarantined" });
      } catch (error) {
        comeAgain(record, `the payload could not be stored: ${error}`);
      }
    }
  }

  /** Sends calls while more records are run; waits only for a place among the calls in flight. */
  async function send(table: Table, calls: readonly Call[]): Promise<void> {
    for (const call of calls) {
      while (inFlight.size >= MOST_IN_FLIGHT) await Promise.race(inFlight);
      const sent = deliverOne(table, call).then(() => {
        inFlight.delete(sent);
      });
      inFlight.add(sent);
    }
  }

  async function deliverOne(table: Table, call: Call): Promise<void> {
    try {
      const [result] = await deps.deliver(table, [call]);
      takeResult(call, result);
    } catch (error) {
      takeResult(call, { delivered: [], retries: 0, error: String(error) });
    }
  }

  function takeResult(call: Call, result: DeliveryResult | undefined): void {
    facts.retries += result?.retries ?? 0;
    for (const [r, packed] of call.entries()) {
      const isDelivered = result?.delivered[r] === true;
      if (isDelivered) {
        facts.deliveredBytes += packed.data.length;
        facts.billedBytes += billedBytes(packed.data.length);
      }
      for (const { record, kind } of packed.origins) {
        if (isDelivered) counts[kind]++;
        else comeAgain(record, result?.error ?? "not delivered");
      }
    }
  }

  return {
    comeAgain,
    take,
    async forwardFull() {
      await takeRefused();
      await send("events", events.takeFull());
      await send("quarantine", quarantine.takeFull());
    },
    async forward() {
      await takeRefused();
      await send("events", events.take());
      await send("quarantine", quarantine.take());
      await Promise.all(inFlight);
    },
    result(): BatchResult {
      counts.received = counts.delivered + counts.dropped + counts.quarantined + counts.toComeAgain;
      return { counts, facts, toComeAgain: [...again].sort((a, b) => a - b) };
    },
  };
}

function factsOf(records: readonly SourceRecord[]): BatchFacts {
  const shard = records[0]?.shard ?? "";
  return {
    records: records.length,
    shard,
    retries: 0,
    droppedBy: {},
    failedPlugins: {},
    wouldDrop: {},
    quarantinedBy: {},
    watched: {},
    deliveredBytes: 0,
    billedBytes: 0,
    errors: [],
  };
}
