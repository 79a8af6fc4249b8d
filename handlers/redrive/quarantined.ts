import { gunzipSync } from "node:zlib";
import type { S3Client } from "@aws-sdk/client-s3";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { arrivalPartition } from "../../core/partition.ts";
import { millisecondsOf } from "../../core/time.ts";
import type { Drop } from "../s3-drop/notification.ts";
import type { Candidate, Loaded } from "./candidate.ts";
import { listObjects, readLocation, readObject, type StoredObject } from "./objects.ts";

const PREFIX = "quarantine/";

/**
 * How long after its arrival an entry may be filed, in milliseconds. By event time it is filed under its own hour; by
 * arrival (`lake:partitionBy`), under the hour when Firehose had it, which is later when the consumer was behind.
 */
export const FILED_WITHIN_MS = 24 * 3_600_000;

export interface Wanted {
  /** Arrival, in milliseconds since 1970; the end is not part of it. */
  readonly from: number;
  readonly to: number;
  readonly code?: string | undefined;
}

/**
 * The objects of the quarantine table that may hold entries of a time.
 *
 * The table's own objects are read, not a query's answer: payloads are up to a megabyte each, and there may be many.
 */
export function listQuarantined(s3: S3Client, bucket: string, { from, to }: Wanted): Promise<StoredObject[]> {
  const until = to + FILED_WITHIN_MS;
  return listObjects(s3, bucket, { prefix: PREFIX, after: folderOf(from), before: `${folderOf(until)}~` });
}

function folderOf(milliseconds: number): string {
  const { year, month, day, hour } = arrivalPartition(milliseconds);
  return `${PREFIX}year=${year}/month=${month}/day=${day}/hour=${hour}/`;
}

/** The entries of one object, in order. An entry that was quarantined more than once may come more than once. */
export async function quarantinedIn(
  s3: S3Client,
  bucket: string,
  object: StoredObject,
  wanted: Wanted,
): Promise<Candidate[]> {
  const rows = gunzipSync(await readObject(s3, bucket, object.key)).toString();
  return rows.split("\n").flatMap((line) => {
    const row = tryParse(line);
    return isObject(row) && isWanted(row, wanted) ? candidateOf(row, s3) : [];
  });
}

function isWanted(row: JsonObject, { from, to, code }: Wanted): boolean {
  const arrivalMs = millisecondsOf(textIn(row, "arrival"));
  return arrivalMs >= from && arrivalMs < to && (code === undefined || row.code === code);
}

function candidateOf(row: JsonObject, s3: S3Client): Candidate {
  const location = row.payload_location;
  const inline = textIn(row, "payload");
  const load = async (): Promise<Loaded> => {
    const payload = typeof location === "string" ? await readLocation(s3, location) : Buffer.from(inline, "base64");
    const reference = referenceIn(payload);
    if (!reference) return { originals: [{ ...placeOf(row), payload }] };
    if (row.code === "unreadable_object") return { drop: reference };
    throw new Error(`it only refers to s3://${reference.bucket}/${reference.key} (${textIn(row, "message")})`);
  };
  return { id: textIn(row, "quarantineid"), load };
}

function placeOf(row: JsonObject) {
  const position = {
    stream: textIn(row, "stream"),
    shard: textIn(row, "shard"),
    sequence: textIn(row, "sequence"),
    subsequence: Number(row.subsequence),
    index: Number(row.position),
  };
  return { position, arrivalMs: millisecondsOf(textIn(row, "arrival")), partitionKey: textIn(row, "partitionkey") };
}

/** A line of the S3 drop that has an error in place of a document (handlers/s3-drop/envelope.ts): the object it is about. */
function referenceIn(payload: Buffer): Drop | undefined {
  if (!payload.toString("latin1", 0, 8).startsWith('{"_s3":')) return undefined;
  const line = tryParse(payload.toString());
  if (!isObject(line) || !isObject(line._s3) || !isObject(line.error)) return undefined;
  const version = textIn(line._s3, "version");
  const isVersionId = version !== "" && !/^[0-9a-f]{32}(-\d+)?$/.test(version); // else it is an ETag
  return {
    bucket: textIn(line._s3, "bucket"),
    key: textIn(line._s3, "key"),
    ...(isVersionId && { versionId: version }),
  };
}

function tryParse(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function textIn(object: JsonObject, key: string): string {
  const value = object[key];
  return typeof value === "string" ? value : "";
}
