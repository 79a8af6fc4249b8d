import { gunzipSync } from "node:zlib";
import { isQuarantineCode, PipelineError } from "./error.ts";
import { isObject, type Json, type JsonObject } from "./json.ts";
import { MAX_EXPANDED_BYTES } from "./limits.ts";
import type { SourceRecord } from "./pipeline.ts";

/** A record that `lake redrive` put back (handlers/redrive/envelope.ts). */
const REDRIVEN = Buffer.from('{"_lake":');

/** A record of the S3 drop: one line a document (handlers/s3-drop/envelope.ts). */
const DROPPED = Buffer.from('{"_s3":');

/**
 * The modification time in the header of a compressed redriven record, "LAKE": gzip of anything else is left to the
 * decoder, unopened.
 */
export const REDRIVEN_GZIP_MARK = Buffer.from("LAKE");

const NEWLINE = 0x0a;

/**
 * What a record stands for: itself, but for records that our own ways in put on the stream. Those are given back the
 * identity that they first had, so that the same bytes of the same place have one eventid however often they come: a
 * redriven record its stream, shard and sequence number; a line of a dropped object its bucket, key, version and position.
 *
 * Whoever may put records on the stream can write such a record too, and so choose ids, as with an event in the shell
 * form. A record that only looks like one is left as it is.
 */
export function originsOf(record: SourceRecord): SourceRecord[] {
  const { payload } = record;
  if (startsWith(payload, DROPPED)) return linesOf(payload).map((line, index) => droppedIn(record, line, index));
  if (startsWith(payload, REDRIVEN)) return [redrivenIn(record, payload)];
  const isMarked = payload[0] === 0x1f && payload[1] === 0x8b && REDRIVEN_GZIP_MARK.equals(payload.subarray(4, 8));
  return [isMarked ? redrivenIn(record, gunzipped(payload)) : record];
}

function redrivenIn(record: SourceRecord, envelope: Uint8Array): SourceRecord {
  const value = parsed(envelope);
  if (!isObject(value) || !isObject(value._lake) || typeof value.payload !== "string") return record;
  const { stream, shard, sequence, partitionkey, arrival, subsequence = 0, index = 0 } = value._lake;
  if (![stream, shard, sequence, partitionkey].every((text) => typeof text === "string")) return record;
  if (![arrival, subsequence, index].every((number) => Number.isFinite(number))) return record;
  return {
    payload: Buffer.from(value.payload, "base64"),
    stream: String(stream),
    shard: String(shard),
    sequence: String(sequence),
    partitionKey: String(partitionkey),
    arrivalMs: Number(arrival),
    first: { subsequence: Number(subsequence), index: Number(index) },
  };
}

/** @param index place of the line in its record, for a line that is no line of the drop after all */
function droppedIn(record: SourceRecord, line: Buffer, index: number): SourceRecord {
  const asItIs = { ...record, payload: line, first: { subsequence: 0, index } };
  const end = endOfObject(line, DROPPED.length);
  const place = parsed(line.subarray(DROPPED.length, end));
  if (!isObject(place)) return asItIs;
  const { bucket, key, version, position, source } = place;
  const texts = [bucket, key, version, source];
  if (!texts.every((text) => typeof text === "string") || !Number.isSafeInteger(position)) return asItIs;
  const payload = payloadIn(line, end);
  if (payload === undefined) return asItIs;
  return {
    ...payload,
    stream: `s3://${bucket}/${key}`,
    shard: String(version),
    sequence: String(position),
    partitionKey: record.partitionKey,
    arrivalMs: record.arrivalMs,
    source: String(source),
    facts: { name: "_s3", value: { bucket, key, version, position } as JsonObject },
  };
}

const DOCUMENT = Buffer.from(',"document":');

/** What follows the place: a document as it was written, bytes in base64, or why there is neither. */
function payloadIn(line: Buffer, end: number): Pick<SourceRecord, "payload" | "refusal"> | undefined {
  if (startsWith(line.subarray(end), DOCUMENT))
    return { payload: line.subarray(end + DOCUMENT.length, line.length - 1) };
  const value = parsed(line);
  if (!isObject(value)) return undefined;
  if (typeof value.payload === "string") return { payload: Buffer.from(value.payload, "base64") };
  if (!isObject(value.error) || typeof value.error.message !== "string") return undefined;
  const code = isQuarantineCode(value.error.code) ? value.error.code : "unreadable_object";
  return { payload: line, refusal: new PipelineError(code, "receive", value.error.message) };
}

function linesOf(payload: Uint8Array): Buffer[] {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
  const lines: Buffer[] = [];
  for (let start = 0; start < bytes.length; ) {
    const next = bytes.indexOf(NEWLINE, start);
    const end = next < 0 ? bytes.length : next;
    if (end > start) lines.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return lines;
}

/** The place after the brace that closes a flat object, which begins at `start`. */
function endOfObject(line: Buffer, start: number): number {
  let isText = false;
  for (let i = start; i < line.length; i++) {
    if (line[i] === 0x5c) i++;
    else if (line[i] === 0x22) isText = !isText;
    else if (line[i] === 0x7d && !isText) return i + 1;
  }
  return line.length;
}

function startsWith(bytes: Uint8Array, start: Buffer): boolean {
  return bytes[0] === start[0] && bytes[2] === start[2] && start.equals(bytes.subarray(0, start.length));
}

function parsed(bytes: Uint8Array): Json {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return null;
  }
}

function gunzipped(payload: Uint8Array): Uint8Array {
  try {
    return gunzipSync(payload, { maxOutputLength: MAX_EXPANDED_BYTES });
  } catch {
    return payload;
  }
}
