import type { KinesisStreamRecord } from "aws-lambda";
import type { SourceRecord } from "../core/pipeline.ts";
import type { Records } from "./events.ts";

/** Longer payloads have a buffer of their own. */
const ROOM_BYTES = 256 * 1024;

/** Where one payload after another is decoded. */
let room = Buffer.alloc(0);

/** The records that Lambda hands over as the pipeline takes them, each made when its turn comes: it is valid until the next. */
export function recordsOf(records: readonly KinesisStreamRecord[]): Records {
  return {
    length: records.length,
    at(place) {
      const record = records[place];
      return record && recordOf(record);
    },
  };
}

function recordOf({ kinesis, eventID, eventSourceARN }: KinesisStreamRecord): SourceRecord {
  return {
    payload: payloadOf(kinesis.data),
    stream: streamOf(eventSourceARN),
    shard: shardOf(eventID),
    sequence: kinesis.sequenceNumber,
    partitionKey: kinesis.partitionKey,
    arrivalMs: Math.round(kinesis.approximateArrivalTimestamp * 1000),
  };
}

/** Of the last record: a batch is of one stream, and of one shard. */
const last = { arn: "", stream: "", shard: "" };

/** The name in the ARN of a stream, or of a consumer of one. */
function streamOf(arn: string): string {
  if (arn !== last.arn) {
    last.arn = arn;
    last.stream = arn.split("/")[1] ?? arn;
  }
  return last.stream;
}

/** What stands before the sequence number. */
function shardOf(eventID: string): string {
  const end = last.shard.length;
  if (end === 0 || eventID[end] !== ":" || !eventID.startsWith(last.shard))
    last.shard = eventID.slice(0, eventID.indexOf(":"));
  return last.shard;
}

/** @param base64 without blanks, as Lambda writes it: four characters are three bytes at most */
function payloadOf(base64: string): Buffer {
  const bytes = (base64.length / 4) * 3;
  if (bytes > ROOM_BYTES) return Buffer.from(base64, "base64");
  if (room.length === 0) room = Buffer.allocUnsafeSlow(ROOM_BYTES);
  return room.subarray(0, room.write(base64, "base64"));
}
