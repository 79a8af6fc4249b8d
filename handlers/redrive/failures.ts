import type { KinesisClient } from "@aws-sdk/client-kinesis";
import type { S3Client } from "@aws-sdk/client-s3";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import type { Candidate, Loaded } from "./candidate.ts";
import { type Original, positionOfRecord } from "./envelope.ts";
import { listObjects, readObject, type StoredObject } from "./objects.ts";
import { type Batch, rereadBatch } from "./reread.ts";

/** Where Lambda writes what an event source mapping gives up; its own choice (infra/storage.ts). */
const PREFIX = "aws/lambda/";

/** The objects of records that Lambda gave up within a time, in milliseconds since 1970. */
export async function listFailures(
  s3: S3Client,
  bucket: string,
  { from, to }: { from: number; to: number },
): Promise<StoredObject[]> {
  const objects = await listObjects(s3, bucket, { prefix: PREFIX });
  return objects.filter(({ writtenMs }) => writtenMs >= from && writtenMs < to);
}

/** An object is redriven as a whole: its key is what is remembered. */
export function failureIn(s3: S3Client, kinesis: KinesisClient, bucket: string, { key }: StoredObject): Candidate {
  const load = async () => originalsIn(await readObject(s3, bucket, key), kinesis);
  return { id: key, load };
}

/**
 * Reads Lambda's invocation record (Lambda Developer Guide, "Retain discarded batch records for a Kinesis Data Streams event
 * source"): `payload` is the event, as a JSON string within the JSON; emulators write the object itself. A record over
 * Lambda's 6 MB comes without: it is read from the stream again, while that still has it.
 *
 * @throws {Error} for an object that is not about a batch of a stream
 */
async function originalsIn(object: Buffer, kinesis: KinesisClient): Promise<Loaded> {
  const record: Json = JSON.parse(object.toString());
  if (!isObject(record) || !isObject(record.KinesisBatchInfo)) throw new Error("it is not about a batch of a stream");
  const event: Json = typeof record.payload === "string" ? JSON.parse(record.payload) : (record.payload ?? null);
  if (event === null) return rereadBatch(kinesis, batchOf(record.KinesisBatchInfo));
  if (!isObject(event) || !Array.isArray(event.Records)) throw new Error("its payload has no Records");
  return { originals: event.Records.map(originalOf) };
}

function batchOf(info: JsonObject): Batch {
  return {
    streamArn: textAt(info, "streamArn"),
    shard: textAt(info, "shardId"),
    first: textAt(info, "startSequenceNumber"),
    last: textAt(info, "endSequenceNumber"),
    size: Number(info.batchSize),
  };
}

/** One record of a Lambda event, as the consumer reads it (handlers/consumer.ts). */
function originalOf(record: Json): Original {
  if (!isObject(record) || !isObject(record.kinesis)) throw new Error("one of its Records is no record of a stream");
  const { kinesis } = record;
  const shard = textAt(record, "eventID").split(":")[0] ?? "";
  return {
    position: positionOfRecord(textAt(record, "eventSourceARN"), shard, textAt(kinesis, "sequenceNumber")),
    arrivalMs: Math.round(Number(kinesis.approximateArrivalTimestamp) * 1000),
    partitionKey: textAt(kinesis, "partitionKey"),
    payload: Buffer.from(textAt(kinesis, "data"), "base64"),
  };
}

function textAt(object: JsonObject, key: string): string {
  const value = object[key];
  if (typeof value !== "string") throw new Error(`its ${key} is ${JSON.stringify(value)?.slice(0, 60)}, not text`);
  return value;
}
