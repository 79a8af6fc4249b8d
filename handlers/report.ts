/** What became of the documents of a batch: `received` is always the sum of the other four. */
export interface Counts {
  received: number;
  delivered: number;
  dropped: number;
  quarantined: number;
  /** Not forwarded: reported in `batchItemFailures`, and delivered again by Lambda. */
  toComeAgain: number;
}

/** Facts of a batch beside the counts, for the log line. */
export interface BatchFacts {
  readonly records: number;
  readonly shard: string;
  retries: number;
  /** How often, by name: the plugins that dropped events, the plugins that failed, the codes of quarantined payloads. */
  readonly droppedBy: Record<string, number>;
  readonly failedPlugins: Record<string, number>;
  /** Events that plugins in COUNT mode said to drop, by the plugin; an event counts for each of them. */
  readonly wouldDrop: Record<string, number>;
  readonly quarantinedBy: Record<string, number>;
  /** Rows made, by source, of the sources that are watched. */
  readonly watched: Record<string, number>;
  /** Of the records that Firehose has taken, as they are and as it bills them (core/billing.ts). */
  deliveredBytes: number;
  billedBytes: number;
  errors: string[];
}

/** Log lines carry at most this many error texts: they repeat. */
const MAX_ERRORS = 3;

export const METRIC_NAMESPACE = "DefendaDataLake";

/**
 * The one line that a batch logs: JSON whose counts are CloudWatch metrics by the embedded metric format (EMF), in
 * namespace `DefendaDataLake` with the function's name as dimension.
 */
export function batchLine(counts: Counts, facts: BatchFacts, functionName: string, nowMs: number, ms: number): string {
  const { deliveredBytes: DeliveredBytes, billedBytes: BilledBytes, ...rest } = facts;
  const metrics = {
    Received: counts.received,
    Delivered: counts.delivered,
    Dropped: counts.dropped,
    Quarantined: counts.quarantined,
    ToComeAgain: counts.toComeAgain,
    ...failures(facts),
  };
  const sizes = { DeliveredBytes, BilledBytes };
  const named = (names: object, Unit: string) => Object.keys(names).map((Name) => ({ Name, Unit }));
  const Metrics = [...named(metrics, "Count"), ...named(sizes, "Bytes")];
  return JSON.stringify({
    level: counts.toComeAgain > 0 ? "WARN" : "INFO",
    message: "batch",
    ...rest,
    errors: facts.errors.slice(0, MAX_ERRORS),
    durationMs: Math.round(ms),
    Function: functionName,
    ...metrics,
    ...sizes,
    _aws: {
      Timestamp: nowMs,
      CloudWatchMetrics: [{ Namespace: METRIC_NAMESPACE, Dimensions: [["Function"]], Metrics }],
    },
  });
}

/** A metric that is paid for once a plugin has failed, such as enrichment whose table cannot be loaded. */
function failures({ failedPlugins }: BatchFacts): { PluginFailures?: number } {
  const PluginFailures = Object.values(failedPlugins).reduce((sum, count) => sum + count, 0);
  return PluginFailures > 0 ? { PluginFailures } : {};
}

/**
 * Log lines beside the batch's for what it had of some kind: quarantined payloads by code, what plugins in COUNT mode
 * would drop, and rows by watched source, as metrics of their own with the name as second dimension. All kinds of names are
 * few: each is a metric that is paid for.
 */
export function namedLines(facts: BatchFacts, functionName: string, nowMs: number): string[] {
  const kinds = [
    { dimension: "Code", metric: "QuarantinedByCode", counts: facts.quarantinedBy },
    { dimension: "Plugin", metric: "WouldDrop", counts: facts.wouldDrop },
    { dimension: "Source", metric: "EventsBySource", counts: facts.watched },
  ];
  return kinds.flatMap(({ dimension, metric, counts }) =>
    Object.entries(counts).map(([name, count]) => {
      const Metrics = [{ Name: metric, Unit: "Count" }];
      const CloudWatchMetrics = [{ Namespace: METRIC_NAMESPACE, Dimensions: [["Function", dimension]], Metrics }];
      const values = { Function: functionName, [dimension]: name, [metric]: count };
      return JSON.stringify({ ...values, _aws: { Timestamp: nowMs, CloudWatchMetrics } });
    }),
  );
}

/** Counts one more of a name. */
export function tally(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
