/** The simulation's clock: what is to happen, in order of time (a binary heap). Times are seconds from the start. */
export interface Clock {
  now(): number;
  /** Has something happen at a time, or now when that has passed. */
  at(time: number, happen: () => void): void;
  /** Lets everything happen up to a time. */
  runUntil(end: number): void;
}

interface Entry {
  readonly time: number;
  readonly happen: () => void;
}

export function createClock(): Clock {
  const heap: Entry[] = [];
  let now = 0;
  const timeAt = (i: number) => heap[i]?.time ?? Number.POSITIVE_INFINITY;

  function swap(i: number, j: number): void {
    const [a, b] = [heap[i], heap[j]];
    if (a && b) [heap[i], heap[j]] = [b, a];
  }

  function take(): Entry | undefined {
    swap(0, heap.length - 1);
    const first = heap.pop();
    for (let i = 0; ; ) {
      const child = timeAt(2 * i + 1) <= timeAt(2 * i + 2) ? 2 * i + 1 : 2 * i + 2;
      if (timeAt(child) >= timeAt(i)) return first;
      swap(i, child);
      i = child;
    }
  }

  return {
    now: () => now,
    at(time, happen) {
      heap.push({ time: Math.max(time, now), happen });
      for (let i = heap.length - 1; i > 0 && timeAt(i) < timeAt((i - 1) >> 1); i = (i - 1) >> 1) swap(i, (i - 1) >> 1);
    },
    runUntil(end) {
      while (timeAt(0) <= end) {
        const next = take();
        if (!next) break;
        now = next.time;
        next.happen();
      }
      now = end;
    },
  };
}
