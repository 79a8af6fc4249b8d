/** What became of the documents that the functions took, as their log lines count them. */
export interface Ledger {
  received: number;
  delivered: number;
  dropped: number;
  quarantined: number;
  toComeAgain: number;
}

/**
 * Adds up the metrics that functions log (embedded metric format, handlers/report.ts), as CloudWatch would.
 *
 * @returns the counts since it was made, and what takes a function's log lines
 */
export function createLedger(): { counts: Ledger; take(line: string): void } {
  const counts: Ledger = { received: 0, delivered: 0, dropped: 0, quarantined: 0, toComeAgain: 0 };
  return {
    counts,
    take(line) {
      const metrics = metricsIn(line);
      counts.received += metrics.Received ?? 0;
      counts.delivered += metrics.Delivered ?? 0;
      counts.dropped += metrics.Dropped ?? 0;
      counts.quarantined += metrics.Quarantined ?? 0;
      counts.toComeAgain += metrics.ToComeAgain ?? 0;
    },
  };
}

function metricsIn(line: string): Record<string, number> {
  if (!line.includes('"_aws"')) return {};
  try {
    return JSON.parse(line);
  } catch {
    return {}; // a line that a plugin printed
  }
}
