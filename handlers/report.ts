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
  readonly quarantinedBy: Record<string, number>;
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
  const metrics = {
    Received: counts.received,
    Delivered: counts.delivered,
    Dropped: counts.dropped,
    Quarantined: counts.quarantined,
    ToComeAgain: counts.toComeAgain,
  };
  const Metrics = Object.keys(metrics).map((Name) => ({ Name, Unit: "Count" }));
  return JSON.stringify({
    level: counts.toComeAgain > 0 ? "WARN" : "INFO",
    message: "batch",
    ...facts,
    errors: facts.errors.slice(0, MAX_ERRORS),
    durationMs: Math.round(ms),
    Function: functionName,
    ...metrics,
    _aws: {
      Timestamp: nowMs,
      CloudWatchMetrics: [{ Namespace: METRIC_NAMESPACE, Dimensions: [["Function"]], Metrics }],
    },
  });
}

/** Counts one more of a name. */
export function tally(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
