import type { KinesisStreamEvent } from "aws-lambda";
import type { Corpus } from "./corpus.ts";

/** Does the work; answers with its result and the milliseconds it took. */
export function timed<T>(work: () => T): [result: T, ms: number] {
  const start = performance.now();
  const result = work();
  return [result, performance.now() - start];
}

/** Works through the slices until the time is over, twice at least. */
export function repeat(
  { slices }: Corpus,
  seconds: number,
  work: (event: KinesisStreamEvent, slice: number) => void,
): void {
  const end = performance.now() + seconds * 1000;
  for (let pass = 0; pass < 2 || performance.now() < end; pass++) {
    for (const [i, event] of slices.entries()) work(event, i);
  }
}

/** What reading the clock costs, in milliseconds: taken off where single events are timed. */
export const CLOCK_MS = clockCost();

function clockCost(): number {
  const reads = 10_000;
  const runs = Array.from({ length: 10 }, () => {
    const [, ms] = timed(() => {
      for (let i = 0; i < reads; i++) performance.now();
    });
    return ms;
  });
  return Math.min(...runs) / reads;
}
