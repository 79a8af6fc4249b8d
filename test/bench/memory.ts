import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { KinesisStreamEvent } from "aws-lambda";
import type { PluginSet } from "../../core/order.ts";
import type { Corpus } from "./corpus.ts";
import { createFloor, createProduct } from "./product.ts";

/** Events between two collections: so few that V8 need not collect its young generation of itself. */
const EVENTS_AT_ONCE = 50;

const SAMPLES = 100;

/** Bytes an event, live or garbage. */
export interface Allocation {
  /** On V8's heap. */
  readonly heap: number;
  /** In buffers beside it. */
  readonly buffers: number;
}

/** Measures what the two allocate, by collecting first and giving V8 no reason to collect meanwhile. */
export async function measureAllocation(
  corpus: Corpus,
  plugins: PluginSet,
): Promise<{ floor: Allocation; product: Allocation }> {
  const samples = samplesOf(corpus);
  return {
    floor: await allocationOf(createFloor("plain"), samples),
    product: await allocationOf(createProduct(plugins), samples),
  };
}

async function allocationOf(
  work: (event: KinesisStreamEvent) => unknown,
  samples: readonly KinesisStreamEvent[],
): Promise<Allocation> {
  const collect = collector();
  const sum = { heap: 0, buffers: 0, events: 0 };
  for (const sample of samples) {
    collect();
    const before = process.memoryUsage();
    const kept = await work(sample);
    const after = process.memoryUsage();
    if (kept === undefined) throw new Error("memory: nothing was kept alive until it was measured");
    sum.heap += after.heapUsed - before.heapUsed;
    sum.buffers += after.arrayBuffers - before.arrayBuffers;
    sum.events += sample.Records.length;
  }
  return { heap: sum.heap / sum.events, buffers: sum.buffers / sum.events };
}

function samplesOf({ slices }: Corpus): KinesisStreamEvent[] {
  const records = slices.flatMap(({ Records }) => Records).slice(0, SAMPLES * EVENTS_AT_ONCE);
  const samples: KinesisStreamEvent[] = [];
  for (let i = 0; i < records.length; i += EVENTS_AT_ONCE) {
    samples.push({ Records: records.slice(i, i + EVENTS_AT_ONCE) });
  }
  return samples;
}

/** V8's collector, whether or not Node was started with --expose-gc. */
function collector(): () => void {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect !== "function") throw new Error("memory: this V8 offers no gc(); start node with --expose-gc");
  return () => collect({ type: "minor" });
}
