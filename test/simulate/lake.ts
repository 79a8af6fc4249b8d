import { BUFFER_BYTES, type Load } from "../../handlers/cost/load.ts";
import { batchLimit, SHARD, shardsFor, workOf } from "../../handlers/cost/volumes.ts";
import { planOf } from "../../handlers/plan/plan.ts";
import { createRandom } from "../bench/random.ts";
import { type Arrivals, createArrivals } from "./arrivals.ts";
import { createClock } from "./clock.ts";
import { createFirehose } from "./firehose.ts";
import { createRecord, type Statistics } from "./statistics.ts";

/** What happens to a lake that `lake plan` has provided for. Times are seconds from the start. */
export interface Scenario {
  readonly load: Load;
  readonly seconds: number;
  /** Not counted, at the start. */
  readonly warmUp: number;
  /** From each time on, how many times the usual rate there is. */
  readonly rates?: readonly { readonly from: number; readonly times: number }[];
  readonly outage?: { readonly from: number; readonly to: number };
  /** The first shard gets this many times what the others get. */
  readonly hotShard?: number;
  /** Most shards to simulate; the rest are like them, and Firehose's share is as small. */
  readonly shards?: number;
}

export interface Simulated extends Statistics {
  /** Part of the lake that was simulated: objects are those of all of it, invocations and consumers of this part. */
  readonly part: number;
  /** Seconds that producers were held back by full shards. */
  readonly heldBackSeconds: number;
}

/** Of an invocation: its timeout less what is kept for the answer (infra/consumer.ts, handlers/consumer.ts). */
const PATIENCE_SECONDS = 117;

/** Times a batch comes again before it goes to the failures (infra/consumer.ts). */
const RETRIES = 40;

const NEVER = { from: Number.POSITIVE_INFINITY, to: Number.POSITIVE_INFINITY };

/** How much the time of an invocation varies: up to this part more or less. */
const JITTER = 0.2;

interface Shard {
  readonly arrivals: Arrivals;
  /** Events that are settled: delivered or given up. */
  taken: number;
  retries: number;
}

/** Runs a scenario on demand shards, event by event: shards, mapping, consumers, Firehose's quota and its buffers. */
export function simulate(scenario: Scenario, seed = 1): Simulated {
  const { load, seconds } = scenario;
  const plan = planOf(load, "onDemand");
  const all = shardsFor(load, "onDemand");
  const part = Math.min(1, (scenario.shards ?? 200) / all);
  const clock = createClock();
  const record = createRecord(scenario.warmUp);
  const draw = createRandom(seed);
  const random = () => draw.int(0, 999_999) / 1e6;
  const firehose = createFirehose(
    {
      // The quota that the plan asks for, and a new account's when that is more.
      bytesPerSecond: Math.max(plan.firehoseBytes.peak, 5 * 2 ** 20) * part,
      bufferBytes: BUFFER_BYTES * part,
      bufferSeconds: load.settings.bufferSeconds,
      outage: scenario.outage ?? NEVER,
    },
    clock,
    random,
    record,
  );
  const shards = Array.from({ length: Math.round(all * part) }, (_, i): Shard => {
    return { arrivals: arrivalsOf(scenario, load.eventsPerSecond / all, i, random()), taken: 0, retries: 0 };
  });
  let running = 0;

  /** The lane waits until its batch is full or its window is over. */
  function look(shard: Shard): void {
    const { arrivals, taken } = shard;
    const first = arrivals.timeOf(taken + 1);
    if (first > seconds) return;
    const full = arrivals.timeOf(taken + batchLimit(load));
    clock.at(Math.min(first + load.settings.batchWindowSeconds, full), () => {
      const waiting = Math.floor(arrivals.countAt(clock.now()) - taken + 1e-6);
      invoke(shard, Math.max(1, Math.min(batchLimit(load), waiting)));
    });
  }

  function invoke(shard: Shard, events: number): void {
    const started = clock.now();
    const work = workOf(load, events);
    record.running(started, ++running);
    clock.at(started + work.seconds * (1 + JITTER * (2 * random() - 1)), () => {
      const takenAt = firehose.takenAt(work.deliveredBytes);
      const isTaken = takenAt <= started + PATIENCE_SECONDS;
      clock.at(isTaken ? takenAt : started + PATIENCE_SECONDS, () => {
        record.running(clock.now(), --running);
        if (isTaken) deliver(shard, events);
        else comeAgain(shard, events);
      });
    });
  }

  function deliver(shard: Shard, events: number): void {
    const { deliveredBytes, billedBytes } = workOf(load, events);
    const middle = shard.taken + (events + 1) / 2;
    firehose.add({ events, bytes: deliveredBytes, arrived: shard.arrivals.timeOf(middle) });
    record.invocation(events, deliveredBytes, billedBytes);
    settle(shard, events);
  }

  function comeAgain(shard: Shard, events: number): void {
    if (shard.retries++ < RETRIES) {
      invoke(shard, events);
    } else {
      record.gaveUp(events);
      settle(shard, events);
    }
  }

  function settle(shard: Shard, events: number): void {
    shard.retries = 0;
    shard.taken += events;
    look(shard);
  }

  function sample(): void {
    const now = clock.now();
    record.sample(now, Math.max(...shards.map(({ arrivals, taken }) => Math.max(0, now - arrivals.timeOf(taken + 1)))));
    clock.at(now + seconds / 240, sample);
  }

  for (const shard of shards) look(shard);
  sample();
  clock.runUntil(seconds);
  const heldBackSeconds = Math.max(...shards.map(({ arrivals }) => arrivals.heldBackSeconds));
  return { ...record.statistics(seconds), part, heldBackSeconds };
}

/** @param start part of a second that the shard is later than others, so that they do not go in step */
function arrivalsOf({ load, rates = [], hotShard = 1 }: Scenario, usual: number, i: number, start: number): Arrivals {
  const rate = usual * (i === 0 ? hotShard : 1);
  const phases = [
    { from: 0, rate: 0 },
    { from: start * load.settings.batchWindowSeconds, rate },
  ];
  for (const { from, times } of rates) phases.push({ from, rate: rate * times });
  return createArrivals(phases, Math.min(SHARD.records, SHARD.bytes / load.bytes));
}
