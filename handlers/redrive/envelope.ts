import { gzipSync } from "node:zlib";
import type { Position } from "../../core/identity.ts";
import { REDRIVEN_GZIP_MARK } from "../../core/origin.ts";
import { MAX_PAYLOAD_BYTES } from "../records.ts";

/** A record as it first came, or one document of it, with where the stream had it. */
export interface Original {
  readonly position: Position;
  /** Milliseconds since 1970. */
  readonly arrivalMs: number;
  readonly partitionKey: string;
  readonly payload: Uint8Array;
}

/**
 * The position of a whole record.
 *
 * @param streamArn the stream's ARN, or that of a consumer of it; ids are made of the name in it
 */
export function positionOfRecord(streamArn: string, shard: string, sequence: string): Position {
  return { stream: streamArn.split("/")[1] ?? streamArn, shard, sequence, subsequence: 0, index: 0 };
}

/** An envelope over this many bytes is compressed: base64 makes a payload a third larger than the stream had it. */
const PLAIN_BYTES = 900 * 1024;

const START = '{"_lake":';

/**
 * Puts an original in the envelope that gives it back its first identity: the consumer takes it off, and the events get the
 * ids and the arrival they would have had, however often it is redriven. What is in an envelope already stays as it is.
 *
 * `subsequence` and `index` are absent for the first document, whose ids are also those of a whole record.
 *
 * @throws {Error} when it does not fit a record of the stream
 */
export function wrap({ position, arrivalMs, partitionKey, payload }: Original): Uint8Array {
  if (isWrapped(payload)) return fitting(payload, payload);
  const { stream, shard, sequence, subsequence, index } = position;
  const place = subsequence === 0 && index === 0 ? {} : { subsequence, index };
  const lake = { stream, shard, sequence, ...place, arrival: arrivalMs, partitionkey: partitionKey };
  const plain = Buffer.from(JSON.stringify({ _lake: lake, payload: Buffer.from(payload).toString("base64") }));
  return fitting(plain.length > PLAIN_BYTES ? compress(plain) : plain, payload);
}

/** gzip whose header says what it is, so that the consumer need not open every other gzip to find out. */
function compress(envelope: Uint8Array): Uint8Array {
  const bytes = gzipSync(envelope, { level: 9 });
  REDRIVEN_GZIP_MARK.copy(bytes, 4);
  return bytes;
}

function fitting(envelope: Uint8Array, payload: Uint8Array): Uint8Array {
  if (envelope.length <= MAX_PAYLOAD_BYTES) return envelope;
  throw new Error(
    `its payload of ${payload.length} bytes makes a record of ${envelope.length} bytes, more than the stream's 1 MiB`,
  );
}

function isWrapped(payload: Uint8Array): boolean {
  const isMarked = payload[0] === 0x1f && REDRIVEN_GZIP_MARK.equals(payload.subarray(4, 8));
  return isMarked || Buffer.from(payload.subarray(0, START.length)).toString("latin1") === START;
}
