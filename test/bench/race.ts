import type { KinesisStreamEvent } from "aws-lambda";
import { createBest, quantile } from "./best.ts";
import type { Corpus } from "./corpus.ts";

/** Fewer passes leave too little to take the best of; one more goes first, in which V8 compiles. */
const MIN_PASSES = 8;

/** What is timed, by name; the first is what the others are compared with. */
export type Lanes = Readonly<Record<string, (event: KinesisStreamEvent) => unknown>>;

export interface Race {
  /** Timed passes over the corpus. */
  readonly passes: number;
  readonly lanes: Readonly<Record<string, LaneTime>>;
}

export interface LaneTime {
  /** Microseconds an event, from the best of each slice. */
  readonly us: number;
  /** The first lane over this one, from the best of each slice: 1 is as fast. */
  readonly ratio: number;
  /** The same of whole passes: median and quartiles; the neighbours' noise and every garbage collection are in it. */
  readonly passRatio: { readonly median: number; readonly low: number; readonly high: number };
}

/**
 * Times lanes slice by slice in turn, so that what slows the machine slows all.
 *
 * @param seconds how long to repeat; at least {@link MIN_PASSES} passes are made
 */
export async function race(corpus: Corpus, lanes: Lanes, seconds: number): Promise<Race> {
  const best = createBest();
  const names = Object.keys(lanes);
  const [first = ""] = names;
  const ratios = new Map<string, number[]>(names.map((name) => [name, []]));
  const end = performance.now() + seconds * 1000;
  let passes = 0;
  for (; passes <= MIN_PASSES || performance.now() < end; passes++) {
    const sums = await timedPass(corpus, lanes, passes, best.note);
    for (const name of passes > 0 ? names : []) ratios.get(name)?.push((sums.get(first) ?? 0) / (sums.get(name) ?? 0));
  }
  const time = (name: string): LaneTime => {
    const own = ratios.get(name) ?? [];
    const passRatio = { median: quantile(own, 0.5), low: quantile(own, 0.25), high: quantile(own, 0.75) };
    const total = best.total(name);
    return { us: (total * 1000) / corpus.texts.length, ratio: best.total(first) / total, passRatio };
  };
  return { passes: passes - 1, lanes: Object.fromEntries(names.map((name) => [name, time(name)])) };
}

/** One pass over the corpus: milliseconds by lane. Which lane is first changes from slice to slice and pass to pass. */
async function timedPass(
  { slices }: Corpus,
  lanes: Lanes,
  pass: number,
  note: (name: string, slice: number, ms: number) => void,
): Promise<Map<string, number>> {
  const sums = new Map<string, number>();
  const entries = Object.entries(lanes);
  for (const [i, event] of slices.entries()) {
    for (let k = 0; k < entries.length; k++) {
      const [name, work] = entries[(i + pass + k) % entries.length] ?? ["", () => {}];
      const ms = await timed(() => work(event));
      sums.set(name, (sums.get(name) ?? 0) + ms);
      note(name, i, ms);
    }
  }
  return sums;
}

/** Milliseconds until the work is done, whether it answers at once or later. */
async function timed(work: () => unknown): Promise<number> {
  const start = performance.now();
  const result = work();
  if (result instanceof Promise) await result;
  return performance.now() - start;
}
