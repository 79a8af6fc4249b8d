import { BUFFER_BYTES, type Load } from "../cost/load.ts";
import { MEASURED } from "../cost/measured.ts";
import { batchLimit, type Invocation, type Mode, shardsFor, volumesOf, workOf } from "../cost/volumes.ts";
import { QUOTAS, type QuotaName } from "./quotas.ts";

/** How busy one lane of a shard may be at the peak, so that it can catch up after it was held up. */
const LANE_FILL = 0.5;

/** Partitions that are open beside the late window: the hour of arrival and the quarantine's. */
const PRESENT_HOURS = 2;

/** What a load needs, on average and at its peak. Rates are a second, sizes bytes, times seconds. */
export interface Plan {
  readonly mode: Mode;
  readonly shards: number;
  readonly streamBytes: { readonly average: number; readonly peak: number };
  /** What the stream holds when its retention is full. */
  readonly retainedBytes: number;
  readonly parallelizationFactor: number;
  readonly invocation: Invocation;
  readonly invocations: number;
  /** Consumers at work at once. */
  readonly concurrency: { readonly average: number; readonly peak: number };
  /** Events that one core takes a second. */
  readonly eventsPerCore: number;
  readonly firehoseBytes: { readonly average: number; readonly peak: number };
  readonly firehoseCalls: { readonly peak: number };
  /** Delivery streams that the busiest hour needs: as many lakes. */
  readonly deliveryStreams: number;
  readonly activePartitions: { readonly usual: number; readonly most: number };
  readonly objectsPerHour: number;
  /** Of an object as it is stored. */
  readonly objectBytes: number;
  readonly hourBytes: number;
  /** From the arrival of an event until its object is written. */
  readonly delay: { readonly average: number; readonly most: number };
  readonly crossed: readonly Crossed[];
}

export interface Crossed {
  readonly quota: QuotaName;
  readonly needed: number;
  /** What the account has at first, and whose number that is. */
  readonly value: number;
  readonly unit: string;
  readonly source: string;
  readonly ask: string;
}

/** Everything to provide for a load; pure arithmetic over cost/volumes.ts. */
export function planOf(load: Load, mode: Mode): Plan {
  const busiest = { ...load, eventsPerSecond: load.eventsPerSecond * load.peak, peak: 1 };
  const average = volumesOf(load, mode);
  const peak = volumesOf(busiest, mode);
  const { settings } = load;
  const plan = {
    mode,
    shards: average.shards,
    streamBytes: { average: average.streamBytes, peak: peak.streamBytes },
    retainedBytes: average.streamBytes * settings.retentionHours * 3600,
    parallelizationFactor: lanesFor(busiest, mode),
    invocation: average.invocation,
    invocations: average.invocations,
    concurrency: {
      average: average.invocations * average.invocation.seconds,
      peak: peak.invocations * peak.invocation.seconds,
    },
    eventsPerCore: 1e6 / load.usPerEvent,
    firehoseBytes: { average: average.deliveredBytes, peak: peak.deliveredBytes },
    firehoseCalls: { peak: peak.invocations * peak.invocation.calls },
    deliveryStreams:
      settings.partitionBy === "event" ? Math.ceil(peak.deliveredBytes / QUOTAS.partitionBytes.value) : 1,
    activePartitions: {
      usual: settings.partitionBy === "event" ? PRESENT_HOURS : 1,
      most: settings.partitionBy === "event" ? settings.lateHours + settings.futureHours + PRESENT_HOURS : 1,
    },
    objectsPerHour: average.objects * 3600,
    objectBytes: average.objectBytes * MEASURED.gzip,
    hourBytes: average.deliveredBytes * 3600 * MEASURED.gzip,
    delay: delayOf(load, average),
  };
  return { ...plan, crossed: crossedBy(plan, load) };
}

/** Lanes a shard so that its busiest rate is at most half of what they take. */
function lanesFor(busiest: Load, mode: Mode): number {
  const full = workOf(busiest, batchLimit(busiest));
  const perLane = full.events / full.seconds;
  return Math.max(1, Math.ceil(busiest.eventsPerSecond / shardsFor(busiest, mode) / (perLane * LANE_FILL)));
}

/** Dynamic partitioning may buffer in stages, up to this much longer than asked (Developer Guide, "Buffer data for…"). */
const STAGED_BUFFER = 1.5;

/** The batch gathers, the function works, the buffer fills: half of each wait on average, all of each at most. */
function delayOf(load: Load, { shards, invocation, deliveredBytes }: ReturnType<typeof volumesOf>): Plan["delay"] {
  const gather = Math.min(load.settings.batchWindowSeconds, (invocation.events * shards) / load.eventsPerSecond);
  const fill = Math.min(load.settings.bufferSeconds, BUFFER_BYTES / deliveredBytes);
  return {
    average: (invocation.events > 1.5 ? gather / 2 : gather) + invocation.seconds + fill / 2,
    most: gather + invocation.seconds + fill * (load.settings.partitionBy === "event" ? STAGED_BUFFER : 1),
  };
}

function crossedBy(plan: Omit<Plan, "crossed">, load: Load): Crossed[] {
  const needs: Partial<Record<QuotaName, number>> = {
    ...(plan.mode === "onDemand"
      ? { newStream: plan.streamBytes.peak, onDemandStream: plan.streamBytes.peak }
      : { shards: plan.shards }),
    concurrency: Math.ceil(plan.concurrency.peak),
    firehoseBytes: plan.firehoseBytes.peak / plan.deliveryStreams,
    firehoseCalls: plan.firehoseCalls.peak / plan.deliveryStreams,
    scan: plan.hourBytes,
    ...(load.settings.partitionBy === "event" && {
      partitionBytes: plan.firehoseBytes.peak,
      partitions: plan.activePartitions.most,
    }),
  };
  return Object.entries(QUOTAS).flatMap(([name, { value, unit, source, ask }]) => {
    const quota = name as QuotaName;
    const needed = needs[quota] ?? 0;
    return needed > value ? [{ quota, needed, value, unit, source, ask: ask(amount(needed, unit)) }] : [];
  });
}

/** A quantity for people: bytes in decimal steps, all else as a number with commas. */
export function amount(value: number, unit: string): string {
  if (!unit.startsWith("B")) return Math.ceil(value).toLocaleString("en-US");
  const steps = ["B", "KB", "MB", "GB", "TB", "PB"];
  const step = Math.min(steps.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, value)) / 3)));
  const scaled = value / 1000 ** step;
  return `${scaled.toFixed(scaled < 10 ? 1 : 0)} ${steps[step]}${unit.startsWith("B/s") ? "/s" : ""}`;
}
