import type { KinesisStreamRecord } from "aws-lambda";
import { MAX_EVENT_BYTES } from "./function.ts";
import type { StreamRecord } from "./stream.ts";

/** A record on its way to the function, in the shape the function sees it. */
export interface BatchRecord {
  readonly event: KinesisStreamRecord;
  /** What it adds to the event's JSON text. */
  readonly bytes: number;
  readonly arrivedMs: number;
}

/** What an event says about where its records come from. */
export interface Source {
  readonly streamArn: string;
  readonly region: string;
  readonly shardId: string;
  readonly invokeIdentityArn: string;
}

/** The text around the records: `{"Records":[]}`. */
const FRAME_BYTES = 14;

/** A record as Lambda puts it into a Kinesis event (Lambda Developer Guide, "Using Lambda with Kinesis"). */
export function toBatchRecord(record: StreamRecord, source: Source): BatchRecord {
  const event: KinesisStreamRecord = {
    kinesis: {
      kinesisSchemaVersion: "1.0",
      partitionKey: record.partitionKey,
      sequenceNumber: record.sequenceNumber,
      data: record.data,
      approximateArrivalTimestamp: record.arrivedSeconds,
    },
    eventSource: "aws:kinesis",
    eventVersion: "1.0",
    eventID: `${source.shardId}:${record.sequenceNumber}`,
    eventName: "aws:kinesis:record",
    invokeIdentityArn: source.invokeIdentityArn,
    awsRegion: source.region,
    eventSourceARN: source.streamArn,
  };
  const withoutData = { ...event, kinesis: { ...event.kinesis, data: "" } };
  const bytes = Buffer.byteLength(JSON.stringify(withoutData)) + record.data.length + 1;
  return { event, bytes, arrivedMs: Math.round(record.arrivedSeconds * 1000) };
}

/** Whether the event of this record alone is over Lambda's payload limit: no function can ever get it. */
export function isTooLarge(record: BatchRecord): boolean {
  return record.bytes + FRAME_BYTES > MAX_EVENT_BYTES;
}

/**
 * The next batch at the front of what waits.
 *
 * @returns `count` records that fit the batch size and 6 MB; `full` when waiting longer would not add one.
 * A record that is too large is a batch by itself.
 */
export function nextBatch(waiting: readonly BatchRecord[], batchSize: number): { count: number; full: boolean } {
  let bytes = FRAME_BYTES;
  for (const [index, record] of waiting.entries()) {
    bytes += record.bytes;
    if (index === batchSize) return { count: index, full: true };
    if (bytes > MAX_EVENT_BYTES) return { count: Math.max(index, 1), full: true };
  }
  return { count: waiting.length, full: waiting.length === batchSize };
}
