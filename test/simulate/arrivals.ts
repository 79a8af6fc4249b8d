/** Events that a shard is offered, at one rate from a time on. */
export interface Phase {
  /** Seconds from the start; the next phase ends it. */
  readonly from: number;
  /** Events a second. */
  readonly rate: number;
}

/** How many events have come into a shard by a time, and when the nth came. */
export interface Arrivals {
  countAt(time: number): number;
  /** Infinity for an event that never comes. */
  timeOf(nth: number): number;
  /** Seconds that the last event of what producers had to hold back waited for its turn. */
  readonly heldBackSeconds: number;
}

interface Segment {
  readonly from: number;
  readonly count: number;
  readonly rate: number;
}

/**
 * Evenly spaced arrivals. A shard takes at most `limit` events a second: producers keep the rest and put it again, so
 * after a burst it goes on at the limit until they have caught up.
 */
export function createArrivals(phases: readonly Phase[], limit: number): Arrivals {
  const segments: Segment[] = [];
  let count = 0;
  let held = 0;
  let mostHeld = 0;
  for (const [i, { from, rate }] of phases.entries()) {
    const end = phases[i + 1]?.from ?? Number.POSITIVE_INFINITY;
    const drained = held > 0 && rate < limit ? from + held / (limit - rate) : from;
    const full = rate >= limit ? end : Math.min(drained, end);
    if (full > from) segments.push({ from, count, rate: limit });
    count += (full - from) * limit;
    held = Math.max(0, held + (rate - limit) * (full - from));
    mostHeld = Math.max(mostHeld, held);
    if (full < end) segments.push({ from: full, count, rate });
    count += full < end ? (end - full) * rate : 0;
  }
  return {
    countAt(time) {
      const segment = segments.findLast(({ from }) => from <= time);
      return segment ? segment.count + (time - segment.from) * segment.rate : 0;
    },
    timeOf(nth) {
      const segment = segments.findLast((candidate) => candidate.count < nth);
      if (!segment || segment.rate === 0) return Number.POSITIVE_INFINITY;
      return segment.from + (nth - segment.count) / segment.rate;
    },
    heldBackSeconds: mostHeld / limit,
  };
}
