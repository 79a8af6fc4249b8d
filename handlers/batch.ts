import { billedBytes } from "../core/billing.ts";
import { PipelineError } from "../core/error.ts";
import type { PluginNotes } from "../core/once.ts";
import { createPacker, type Packer, recycle } from "../core/pack.ts";
import type { Outcome, Pipeline } from "../core/pipeline.ts";
import { MAX_INLINE_PAYLOAD_BYTES, type Quarantined, quarantineRow } from "../core/quarantine.ts";
import type { DeliveryResult } from "./delivery.ts";
import { createWork, type Records } from "./events.ts";
import { type BatchFacts, type Counts, tally } from "./report.ts";

/** Bytes of payloads to be quarantined that are kept until they are stored. */
const MOST_REFUSED_BYTES = 2 * 1024 * 1024;

/** Calls in flight at once: Firehose takes 2,000 calls/s and 5 MiB/s a stream before it throttles (Quotas). */
const MOST_IN_FLIGHT = 2;

type Table = "events" | "quarantine";
/** What a row stands for is told by the place of its record in the batch. */
type Call = ReturnType<Packer<number>["take"]>[number];

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
  /** Sends calls; their bytes are another's once it has answered. */
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
export async function processBatch(records: Records, deps: BatchDependencies): Promise<BatchResult> {
  const batch = createBatch(records, deps);
  const work = createWork(deps.pipeline, records, batch.take);
  let isTimeUp = false;
  const isEnough = () => {
    isTimeUp = deps.timeLeft() <= 0;
    return isTimeUp || batch.isFull();
  };
  while (work.at() < records.length && !isTimeUp) {
    work.runSlice(deps.now(), isEnough);
    await batch.forwardFull();
  }
  for (let place = work.at(); place < records.length; place++) batch.comeAgain(place, "out of time");
  await batch.forward();
  return batch.result();
}

function createBatch(records: Records, deps: BatchDependencies) {
  const counts: Counts = { received: 0, delivered: 0, dropped: 0, quarantined: 0, toComeAgain: 0 };
  const facts = factsOf(records);
  const again = new Set<number>();
  const events = createPacker<number>(deps.oneHour);
  const quarantine = createPacker<number>(deps.oneHour);
  const inFlight = new Set<Promise<void>>();
  const refused: { readonly record: number; readonly entry: Quarantined }[] = [];
  let refusedBytes = 0;

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
      refuse(record, outcome.entry);
    } else {
      takeEvent(record, outcome);
    }
  }

  function takeNotes({ failed, wouldDrop = [] }: PluginNotes): void {
    for (const { plugin } of failed) tally(facts.failedPlugins, plugin);
    for (const plugin of wouldDrop) tally(facts.wouldDrop, plugin);
  }

  function refuse(record: number, entry: Quarantined): void {
    refused.push({ record, entry });
    refusedBytes += entry.payload.length;
  }

  function takeEvent(record: number, event: Extract<Outcome, { kind: "event" }>): void {
    const { source } = event.row;
    if (source !== undefined && deps.watched?.has(source)) tally(facts.watched, source);
    try {
      events.add(event.row, record);
    } catch (error) {
      if (!(error instanceof PipelineError)) throw error;
      refuse(record, deps.pipeline.quarantine(event, error));
    }
  }

  async function takeRefused(): Promise<void> {
    refusedBytes = 0;
    for (const { record, entry } of refused.splice(0)) {
      tally(facts.quarantinedBy, entry.code);
      try {
        const isLarge = entry.payload.length > MAX_INLINE_PAYLOAD_BYTES;
        const location = isLarge ? await deps.storePayload(entry) : undefined;
        quarantine.add(quarantineRow(entry, deps.pluginSet, location), record);
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
      takeResult(table, call, result);
    } catch (error) {
      takeResult(table, call, { delivered: [], retries: 0, error: String(error) });
    }
    recycle(call);
  }

  function takeResult(table: Table, call: Call, result: DeliveryResult | undefined): void {
    const kind = table === "events" ? "delivered" : "quarantined";
    facts.retries += result?.retries ?? 0;
    for (const [r, packed] of call.entries()) {
      const isDelivered = result?.delivered[r] === true;
      if (isDelivered) {
        facts.deliveredBytes += packed.data.length;
        facts.billedBytes += billedBytes(packed.data.length);
      }
      if (isDelivered) counts[kind] += packed.origins.length;
      else for (const record of packed.origins) comeAgain(record, result?.error ?? "not delivered");
    }
  }

  return {
    comeAgain,
    take,
    isFull: () => events.isFull() || refusedBytes >= MOST_REFUSED_BYTES,
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

function factsOf(records: Records): BatchFacts {
  const shard = records.at(0)?.shard ?? "";
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
