import type { KinesisStreamRecord } from "aws-lambda";
import type { SourceRecord } from "../core/pipeline.ts";
import type { Records } from "./events.ts";

/** Longer payloads have a buffer of their own. */
const ROOM_BYTES = 256 * 1024;

/** Where one payload after another is decoded. */
let room = Buffer.alloc(0);

/**
 * The records that Lambda hands over as the pipeline takes them, each made when its turn comes: it is valid until the next.
 *
 * A batch is of one shard of one stream (Lambda Developer Guide, "Using Lambda to process records from Amazon Kinesis Data
 * Streams"): both are told by the first record.
 */
export function recordsOf(records: readonly KinesisStreamRecord[]): Records {
  const { eventSourceARN = "", eventID = "" } = records[0] ?? {};
  const stream = streamOf(eventSourceARN);
  const shard = eventID.slice(0, eventID.indexOf(":"));
  return {
    length: records.length,
    at(place) {
      const record = records[place];
      return record && recordOf(record, stream, shard);
    },
  };
}

function recordOf({ kinesis }: KinesisStreamRecord, stream: string, shard: string): SourceRecord {
  return {
    payload: payloadOf(kinesis.data),
    stream,
    shard,
    sequence: kinesis.sequenceNumber,
    partitionKey: kinesis.partitionKey,
    arrivalMs: Math.round(kinesis.approximateArrivalTimestamp * 1000),
  };
}

/** The name in the ARN of a stream, or of a consumer of one. */
function streamOf(arn: string): string {
  return arn.split("/")[1] ?? arn;
}

/** @param base64 without blanks, as Lambda writes it: four characters are three bytes at most */
function payloadOf(base64: string): Buffer {
  const bytes = (base64.length / 4) * 3;
  if (bytes > ROOM_BYTES) return Buffer.from(base64, "base64");
  if (room.length === 0) room = Buffer.allocUnsafeSlow(ROOM_BYTES);
  return room.subarray(0, room.write(base64, "base64"));
}
