import type { Put } from "../kinesis/context.ts";
import type { ObjectCreated } from "../s3/s3.ts";
import type { Flow } from "./contract.ts";

/** What was put and what landed since the lake started: counted as it happens, since nobody keeps it. */
export interface Counters {
  readonly put: { records: number; bytes: number };
  landed(): Flow["landed"];
}

interface CounterOptions {
  readonly kinesis: { onRecords(listener: (stream: string, put: Put) => void): unknown };
  readonly s3: { onObjectCreated(listener: (event: ObjectCreated) => void): void };
  readonly stream: string;
  /** The lake bucket. */
  readonly bucket: string;
}

/** Prefixes that are told of, those that last had an object: a backfill may fill thousands. */
const PREFIXES = 100;

/** An hour of a table: all of the key up to the object's name. */
const HOUR = /^.*\/hour=\d\d\//;

export function startCounters({ kinesis, s3, stream, bucket }: CounterOptions): Counters {
  const put = { records: 0, bytes: 0 };
  const hours = new Map<string, { prefix: string; objects: number; bytes: number }>();
  kinesis.onRecords((name, { records, bytes }) => {
    if (name !== stream) return;
    put.records += records;
    put.bytes += bytes;
  });
  s3.onObjectCreated(({ bucket: of, key, size }) => {
    const [prefix] = HOUR.exec(key) ?? [];
    if (of !== bucket || prefix === undefined) return;
    const hour = hours.get(prefix) ?? { prefix, objects: 0, bytes: 0 };
    hour.objects++;
    hour.bytes += size;
    hours.delete(prefix); // so that it is the last one in the map's order
    hours.set(prefix, hour);
    const [oldest] = hours.keys();
    if (hours.size > PREFIXES && oldest !== undefined) hours.delete(oldest);
  });
  return { put, landed: () => [...hours.values()].reverse() };
}
