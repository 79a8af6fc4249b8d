import { setTimeout as sleep } from "node:timers/promises";
import type { KinesisClient } from "@aws-sdk/client-kinesis";
import { type Disturbance, disturb, planDisturbances } from "./disturb.ts";
import type { ChaosLake } from "./lake.ts";
import type { Corpus } from "./payloads.ts";
import { type Produced, produce } from "./producer.ts";
import type { ChaosProxy } from "./proxy.ts";
import { randomFor } from "./seed.ts";

/** Documents that the producer may be ahead of the consumer, so that the lake is killed while it has much to do. */
const MOST_AHEAD = 10_000;

/** How long it waits for that at a time, in milliseconds: of a lake that is killed it is not known what it did last. */
const PATIENCE_MS = 3000;

export interface StormOptions extends Corpus {
  readonly lake: ChaosLake;
  readonly proxy: ChaosProxy;
  /** Reaches the lake through the proxy. */
  readonly kinesis: KinesisClient;
  readonly kills: number;
  /** How much of the run is over, 0 to 1; at 1 nothing more is put. */
  readonly share: (produced: Produced) => number;
  readonly onProgress: (produced: Produced) => void;
  /** Told of each thing that took place; the number of a payload that was put again. */
  readonly onDisturbed: (name: string, payloads: number, again?: number) => void;
}

/** Puts the corpus while the lake is killed, its stream resharded, and its clock set. */
export async function storm(options: StormOptions): Promise<Produced> {
  const { seed, lake, proxy, kinesis, onDisturbed } = options;
  const waiting = planDisturbances(seed, options.kills);
  const random = randomFor(seed, "disturbing");
  let underWay: Promise<void> | undefined;
  let failure: unknown;

  async function begin(disturbance: Disturbance, { payloads }: Produced): Promise<void> {
    try {
      const took = await disturb(disturbance, { lake, proxy, kinesis, random });
      if (took) onDisturbed(disturbance.name, payloads);
    } catch (error) {
      failure = error;
    } finally {
      underWay = undefined;
    }
  }

  async function before(produced: Produced): Promise<"go on" | "end"> {
    if (failure !== undefined) throw failure;
    options.onProgress(produced);
    const share = options.share(produced);
    if (share >= 1) return "end";
    const next = waiting[0];
    if (next && next.at <= share && !underWay) {
      waiting.shift();
      underWay = begin(next, produced);
    }
    await catchUp(produced);
    return "go on";
  }

  async function catchUp({ documents }: Produced): Promise<void> {
    const until = Date.now() + PATIENCE_MS;
    const isBehind = () => documents - lake.counts.received > MOST_AHEAD && lake.iteratorAgeMs.latest > 0;
    while (isBehind() && Date.now() < until) await sleep(20);
  }

  const stream = () => lake.outputs.StreamName ?? "";
  const produced = await produce({
    ...{ seed, startMs: options.startMs, endpoint: proxy.url, stream, before },
    onAgain: (number, payloads) => onDisturbed("record put again by its producer", payloads, number),
  });
  for (const left of waiting) {
    await underWay;
    underWay = begin(left, produced);
  }
  await underWay;
  if (failure !== undefined) throw failure;
  return produced;
}
