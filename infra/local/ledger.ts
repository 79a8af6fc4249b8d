/** What became of the documents that the functions took, as their log lines count them. */
export interface Ledger {
  received: number;
  delivered: number;
  dropped: number;
  quarantined: number;
  toComeAgain: number;
}

/** The same, taken apart by what batches say beside their counts. */
export interface BatchTotals {
  batches: number;
  /** Time that the batches took. */
  milliseconds: number;
  /** Documents by the plugin that dropped them. */
  readonly dropped: Record<string, number>;
  /** Documents by the code they are quarantined with. */
  readonly quarantined: Record<string, number>;
}

/** What a function's log line holds when it is one of ours (handlers/report.ts, handlers/s3-drop/report.ts). */
export interface LogLine {
  readonly message?: unknown;
  readonly [name: string]: unknown;
}

export interface LedgerBook {
  readonly counts: Ledger;
  readonly totals: BatchTotals;
  /** Takes a line that a function logged. */
  take(line: string): void;
  /** Tells of every line with metrics, once it is counted. */
  onLine(listener: (line: LogLine) => void): void;
}

/** Adds up the metrics that functions log (embedded metric format, handlers/report.ts), as CloudWatch would. */
export function createLedger(): LedgerBook {
  const counts: Ledger = { received: 0, delivered: 0, dropped: 0, quarantined: 0, toComeAgain: 0 };
  const totals: BatchTotals = { batches: 0, milliseconds: 0, dropped: {}, quarantined: {} };
  const listeners: ((line: LogLine) => void)[] = [];
  return {
    counts,
    totals,
    onLine: (listener) => void listeners.push(listener),
    take(text) {
      const line = lineWithMetrics(text);
      if (!line) return;
      counts.received += numberIn(line.Received);
      counts.delivered += numberIn(line.Delivered);
      counts.dropped += numberIn(line.Dropped);
      counts.quarantined += numberIn(line.Quarantined);
      counts.toComeAgain += numberIn(line.ToComeAgain);
      if (line.message === "batch") addBatch(line, totals);
      for (const listener of listeners) listener(line);
    },
  };
}

function addBatch({ durationMs, droppedBy, quarantinedBy }: LogLine, totals: BatchTotals): void {
  totals.batches++;
  totals.milliseconds += numberIn(durationMs);
  addEach(droppedBy, totals.dropped);
  addEach(quarantinedBy, totals.quarantined);
}

function addEach(counted: unknown, sums: Record<string, number>): void {
  for (const [name, count] of Object.entries(counted ?? {})) sums[name] = (sums[name] ?? 0) + numberIn(count);
}

function lineWithMetrics(text: string): LogLine | undefined {
  if (!text.includes('"_aws"')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // a line that a plugin printed
  }
}

function numberIn(value: unknown): number {
  return typeof value === "number" ? value : 0;
}
