import { type BatchDependencies, processBatch } from "../batch.ts";
import type { DeliveryResult } from "../delivery.ts";
import type { Clock } from "./clock.ts";
import { type HourGuard, partsByHour } from "./guard.ts";
import { addCounts, noCounts, onlySource, type Sink } from "./sink.ts";

/** Times that records which could not be delivered are tried again as a whole, and the wait before. */
const AGAIN = { times: 3, waitMs: 1000 };

type Deliver = BatchDependencies["deliver"];
type Call = Parameters<Deliver>[1][number];

export interface ForwardOptions {
  /** As the consumer has it, so that a replay writes what it would. */
  readonly batch: Omit<BatchDependencies, "deliver" | "timeLeft" | "now">;
  readonly source: string | undefined;
  /** Sends one call, and tries again for as long as there is time. */
  readonly send: (table: "events" | "quarantine", call: Call) => Promise<DeliveryResult | undefined>;
  /** None where rows are not partitioned by their own hour. */
  readonly guard: HourGuard | undefined;
  readonly maxOpenHours: number;
  readonly clock: Clock;
}

/** Makes the sink that delivers, by the consumer's own code. Records that fail are tried again before it says so. */
export function createForwarder({ batch, source, clock, ...delivery }: ForwardOptions): Sink {
  const deps = { ...batch, timeLeft: () => Number.POSITIVE_INFINITY, now: clock.now };
  const deliver = createDeliver(delivery);

  return async (records) => {
    const counts = { ...noCounts(), records: records.length };
    const { pipeline, skipped } = onlySource(batch.pipeline, source);
    let pending = [...records.keys()];
    for (let tries = 0; ; tries++) {
      const result = await processBatch(pick(records, pending), { ...deps, pipeline, deliver });
      addCounts(counts, { ...result.counts, records: 0, skipped: tries === 0 ? skipped() : 0 });
      pending = pick(pending, result.toComeAgain);
      const [first] = pending;
      if (first === undefined) return { settled: records.length, counts };
      if (tries === AGAIN.times)
        return { settled: first, counts: { ...counts, records: first }, error: result.facts.errors[0] ?? "unknown" };
      await clock.sleep(AGAIN.waitMs);
    }
  };
}

function pick<T>(items: readonly T[], places: readonly number[]): T[] {
  return places.flatMap((place) => items[place] ?? []);
}

/** Delivers call by call; no part of one opens more hours than the guard lets it. */
function createDeliver({
  send,
  guard,
  maxOpenHours,
}: Pick<ForwardOptions, "send" | "guard" | "maxOpenHours">): Deliver {
  async function deliverCall(
    table: "events" | "quarantine",
    call: Call,
    hourGuard: HourGuard,
  ): Promise<DeliveryResult> {
    const delivered = call.map(() => false);
    let retries = 0;
    let error: string | undefined;
    for (const { places, hours } of partsByHour(call, table, maxOpenHours)) {
      await hourGuard.enter([...hours]);
      const result = await send(table, pick(call, places));
      hourGuard.touch([...hours]);
      for (const [i, place] of places.entries()) delivered[place] = result?.delivered[i] ?? false;
      retries += result?.retries ?? 0;
      error = result?.error ?? error;
    }
    return { delivered, retries, ...(error !== undefined && { error }) };
  }

  return async (table, calls) => {
    const results: DeliveryResult[] = [];
    for (const call of calls) {
      const result = guard ? await deliverCall(table, call, guard) : await send(table, call);
      results.push(result ?? { delivered: call.map(() => false), retries: 0 });
    }
    return results;
  };
}
