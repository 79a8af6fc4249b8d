import type { Firehose } from "../firehose/firehose.ts";
import type { Mapping } from "../lambda/mapping.ts";
import type { LedgerBook } from "../ledger.ts";
import type { Operation } from "../service.ts";
import type { Flow } from "./contract.ts";
import type { Counters } from "./counters.ts";

/** The parts of the lake that know how it flows. */
export interface FlowParts {
  readonly stream: string;
  readonly kinesis: { readonly operations: Readonly<Record<string, Operation>> };
  readonly mappings: readonly Pick<Mapping, "stats">[];
  readonly ledger: Pick<LedgerBook, "counts" | "totals" | "onLine">;
  readonly firehose: Pick<Firehose, "stats">;
  readonly counters: Counters;
}

/** What costs next to nothing: numbers that are there already. Without shards, buffers and hours. */
export function quickSample({ stream, mappings, ledger, counters }: FlowParts, shards: number): Flow {
  const { counts, totals } = ledger;
  const stats = mappings.map((mapping) => mapping.stats());
  return {
    at: Date.now(),
    stream: {
      name: stream,
      shards,
      ...counters.put,
      iteratorAgeMs: Math.max(0, ...stats.flatMap((one) => one.shards.map(({ iteratorAgeMs }) => iteratorAgeMs))),
    },
    consumer: {
      batches: totals.batches,
      documents: counts.received,
      milliseconds: totals.milliseconds,
      retries: stats.reduce((sum, { retries }) => sum + retries, 0),
    },
    ledger: {
      received: counts.received,
      delivered: counts.delivered,
      dropped: { ...totals.dropped },
      quarantined: { ...totals.quarantined },
      toComeAgain: counts.toComeAgain,
    },
    buffers: [],
    landed: [],
  };
}

/** Everything, as of now; the delivery stream's thread is asked for its buffers. */
export async function fullSample(parts: FlowParts): Promise<Flow> {
  const delivered = await parts.firehose.stats();
  const buffers = delivered.flatMap((one) =>
    one.buffers.map(({ prefix, records, bytes, secondsToFlush }) => ({ prefix, records, bytes, secondsToFlush })),
  );
  return { ...quickSample(parts, await openShards(parts)), buffers, landed: parts.counters.landed() };
}

async function openShards({ kinesis, stream }: FlowParts): Promise<number> {
  const answer = await kinesis.operations.DescribeStreamSummary?.({ StreamName: stream });
  const summary = answer?.StreamDescriptionSummary;
  const isThere = typeof summary === "object" && summary !== null && "OpenShardCount" in summary;
  return isThere ? Number(summary.OpenShardCount) : 0;
}
