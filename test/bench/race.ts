import type { PluginSet } from "../../core/order.ts";
import { createBest, quantile } from "./best.ts";
import type { Corpus } from "./corpus.ts";
import { createProduct, floor } from "./product.ts";

/** Fewer passes leave too little to take the best of; one more goes first, in which V8 compiles. */
const MIN_PASSES = 8;

export interface Race {
  /** Timed passes over the corpus. */
  readonly passes: number;
  /** Microseconds an event, from the best of each slice. */
  readonly floorUs: number;
  readonly productUs: number;
  /** Floor over product, from the best of each slice: 1 is as fast as the floor. */
  readonly ratio: number;
  /** The same of whole passes: median and quartiles; the neighbours' noise and every garbage collection are in it. */
  readonly passRatio: { readonly median: number; readonly low: number; readonly high: number };
}

/**
 * Times the floor and the product slice by slice in turn, so that what slows the machine slows both.
 *
 * @param seconds how long to repeat; at least {@link MIN_PASSES} passes are made
 */
export async function race(corpus: Corpus, plugins: PluginSet, seconds: number): Promise<Race> {
  const best = createBest();
  const product = createProduct(plugins);
  const ratios: number[] = [];
  const end = performance.now() + seconds * 1000;
  for (let pass = 0; pass <= MIN_PASSES || performance.now() < end; pass++) {
    const sum = { floor: 0, product: 0 };
    for (const [i, event] of corpus.slices.entries()) {
      for (const name of (i + pass) % 2 === 0 ? (["floor", "product"] as const) : (["product", "floor"] as const)) {
        const ms = name === "floor" ? await timed(() => floor(event)) : await timed(() => product(event));
        sum[name] += ms;
        best.note(name, i, ms);
      }
    }
    if (pass > 0) ratios.push(sum.floor / sum.product);
  }
  const usOf = (name: string) => (best.total(name) * 1000) / corpus.texts.length;
  return {
    passes: ratios.length,
    floorUs: usOf("floor"),
    productUs: usOf("product"),
    ratio: best.total("floor") / best.total("product"),
    passRatio: { median: quantile(ratios, 0.5), low: quantile(ratios, 0.25), high: quantile(ratios, 0.75) },
  };
}

/** Milliseconds until the work is done, whether it answers at once or later. */
async function timed(work: () => unknown): Promise<number> {
  const start = performance.now();
  const result = work();
  if (result instanceof Promise) await result;
  return performance.now() - start;
}
