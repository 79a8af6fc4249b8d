/** The best time of each slice, by the name of what was timed: what the machine's other work costs is left out. */
export interface Best {
  note(name: string, slice: number, ms: number): void;
  /** Milliseconds that all slices take at their best. */
  total(name: string): number;
}

export function createBest(): Best {
  const times = new Map<string, number[]>();
  return {
    note(name, slice, ms) {
      const known = times.get(name) ?? [];
      known[slice] = Math.min(ms, known[slice] ?? Number.POSITIVE_INFINITY);
      times.set(name, known);
    },
    total: (name) => (times.get(name) ?? []).reduce((sum, ms) => sum + ms, 0),
  };
}

/** The value that a share of the sorted values lies below; 0.5 is the median. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
