// Rates of the last minute, made of counts that only grow.
import type { Flow } from "../../contract.ts";

type Values = readonly (number | null)[];

export interface Rates {
  /** Seconds since 1970. */
  readonly at: readonly number[];
  readonly records: Values;
  readonly bytes: Values;
  readonly iteratorAgeMs: Values;
  readonly batches: Values;
  /** Of the documents that were processed in that second; null when there were none. */
  readonly microseconds: Values;
  readonly retries: Values;
}

/** A second for each two samples. A count that fell, as after a restart, makes no rate. */
export function ratesOf(samples: readonly Flow[]): Rates {
  const pairs = samples.slice(1).flatMap((now, i) => {
    const before = samples[i];
    return before && now.at > before.at ? [[before, now] as const] : [];
  });
  const perSecond = (of: (flow: Flow) => number): Values =>
    pairs.map(([before, now]) => {
      const change = of(now) - of(before);
      return change < 0 ? null : (change * 1000) / (now.at - before.at);
    });
  return {
    at: pairs.map(([, now]) => now.at / 1000),
    records: perSecond(({ stream }) => stream.records),
    bytes: perSecond(({ stream }) => stream.bytes),
    iteratorAgeMs: pairs.map(([, now]) => now.stream.iteratorAgeMs),
    batches: perSecond(({ consumer }) => consumer.batches),
    microseconds: pairs.map(([before, now]) => microsecondsEach(before.consumer, now.consumer)),
    retries: perSecond(({ consumer }) => consumer.retries),
  };
}

function microsecondsEach(before: Flow["consumer"], now: Flow["consumer"]): number | null {
  const documents = now.documents - before.documents;
  return documents > 0 ? ((now.milliseconds - before.milliseconds) * 1000) / documents : null;
}

/** The latest measure, looking past seconds without one. */
export function latest(values: Values): number | undefined {
  return values.findLast((value) => value !== null) ?? undefined;
}

/** Zero where there is no measure. */
export function largest(values: Values): number {
  return Math.max(0, ...values.map((value) => value ?? 0));
}

/** The sum of the counts of a part of the ledger, such as what was dropped by each plugin. */
export function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, n) => total + n, 0);
}
