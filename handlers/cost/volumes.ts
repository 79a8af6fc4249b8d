import { billedBytes as billed } from "../../core/billing.ts";
import { CALL_BYTES, LIMITS } from "../../core/pack.ts";
import { BUFFER_BYTES, type Load } from "./load.ts";
import { ASSUMED, rowBytes } from "./measured.ts";

/** A shard takes this much a second (Kinesis Developer Guide, "Quotas and limits"). */
export const SHARD = { records: 1_000, bytes: 1_000_000 } as const;

/** An on-demand stream starts with these, and is kept at twice its peak (Developer Guide, "Choose the right mode"). */
const ON_DEMAND = { shards: 4, headroom: 2 } as const;

/** How full a provisioned shard may be at the peak: keys never spread evenly. */
const SHARD_FILL = 0.8;

/** An invocation's payload (Lambda quotas), and what Lambda writes around a record's base64. */
const PAYLOAD = { bytes: 6 * 1024 * 1024, perRecord: 480 } as const;

/** Calls to Firehose that the consumer has in flight (handlers/delivery.ts). */
const CALLS_IN_FLIGHT = 4;

export type Mode = "onDemand" | "provisioned";

/** What one invocation of the consumer takes and does. */
export interface Invocation {
  readonly events: number;
  readonly seconds: number;
  /** Firehose records of it, with their bytes as they are and as they are billed. */
  readonly records: number;
  readonly deliveredBytes: number;
  readonly billedBytes: number;
  readonly calls: number;
}

/** What a load makes of each thing, a second. */
export interface Volumes {
  readonly shards: number;
  readonly invocation: Invocation;
  readonly invocations: number;
  /** Bytes into the stream, and as an on-demand stream bills them. */
  readonly streamBytes: number;
  readonly streamBilledBytes: number;
  readonly putUnits: number;
  readonly deliveredBytes: number;
  readonly billedBytes: number;
  /** What Firehose would bill if each row were a record of its own. */
  readonly unpackedBytes: number;
  readonly objects: number;
  /** Bytes of an object before it is compressed. */
  readonly objectBytes: number;
}

/** All quantities of a load, in a stream of this mode. Pure arithmetic: the averages of test/simulate. */
export function volumesOf(load: Load, mode: Mode): Volumes {
  const { eventsPerSecond, bytes } = load;
  const shards = shardsFor(load, mode);
  const invocation = invocationOf(load, shards);
  const invocations = eventsPerSecond / invocation.events;
  const deliveredBytes = invocations * invocation.deliveredBytes;
  const objects = objectsPerSecond(deliveredBytes, invocations, load.settings.bufferSeconds);
  return {
    shards,
    invocation,
    invocations,
    streamBytes: eventsPerSecond * bytes,
    streamBilledBytes: eventsPerSecond * Math.ceil(bytes / 1024) * 1024,
    putUnits: eventsPerSecond * Math.ceil(bytes / (25 * 1024)),
    deliveredBytes,
    billedBytes: invocations * invocation.billedBytes,
    unpackedBytes: eventsPerSecond * billed(rowBytes(bytes)),
    objects,
    objectBytes: deliveredBytes / objects,
  };
}

/** Shards that are there: on demand twice the peak's need, provisioned a quarter more than it. */
export function shardsFor({ eventsPerSecond, bytes, peak }: Load, mode: Mode): number {
  const need = peak * Math.max(eventsPerSecond / SHARD.records, (eventsPerSecond * bytes) / SHARD.bytes);
  if (mode === "provisioned") return Math.max(1, Math.ceil(need / SHARD_FILL));
  return Math.max(ON_DEMAND.shards, Math.ceil(need * ON_DEMAND.headroom));
}

/** A batch is full by number or by bytes, or is what arrives in the window that its first record opens. */
export function batchLimit({ bytes, settings }: Load): number {
  const byPayload = Math.floor(PAYLOAD.bytes / ((bytes * 4) / 3 + PAYLOAD.perRecord));
  return Math.max(1, Math.min(settings.batchSize, byPayload));
}

function invocationOf(load: Load, shards: number): Invocation {
  const perShard = load.eventsPerSecond / shards;
  return workOf(load, Math.min(batchLimit(load), 1 + perShard * load.settings.batchWindowSeconds));
}

/** What becomes of a batch of this many events; all of one hour, as live events are but for a few. */
export function workOf(load: Load, events: number): Invocation {
  const row = rowBytes(load.bytes);
  const perRecord = Math.min(LIMITS.documentsPerRecord, Math.floor(LIMITS.recordBytes / row));
  const full = Math.floor(events / perRecord);
  const rest = (events - full * perRecord) * row;
  const deliveredBytes = events * row;
  const calls = Math.ceil(deliveredBytes / CALL_BYTES);
  const waitMs = Math.ceil(calls / CALLS_IN_FLIGHT) * ASSUMED.callMs;
  return {
    events,
    seconds: (ASSUMED.invocationMs + waitMs) / 1e3 + (events * load.usPerEvent) / 1e6,
    records: full + (rest > 0 ? 1 : 0),
    deliveredBytes,
    billedBytes: full * billed(perRecord * row) + billed(rest),
    calls,
  };
}

/** A buffer opens with the first record after the last one closed, and closes when it is full or its time is up. */
function objectsPerSecond(deliveredBytes: number, invocations: number, bufferSeconds: number): number {
  const byTime = 1 / (bufferSeconds + 1 / invocations);
  return Math.max(byTime, deliveredBytes / BUFFER_BYTES);
}
