import { createHash } from "node:crypto";

/** Where a document stands: what makes its id. */
export interface Position {
  /** The stream's ARN or name; for other ways in, what plays its part. */
  readonly stream: string;
  readonly shard: string;
  readonly sequence: string;
  /** Place within an aggregated record; 0 when it is not one. */
  readonly subsequence: number;
  /** Place of the document in its payload, from 0. */
  readonly index: number;
}

/** RFC 9562's name space for URLs: a position is named as a path. */
const NAMESPACE = Buffer.from("6ba7b8119dad11d180b400c04fd430c8", "hex");

/**
 * A deterministic id: the name-based UUID (RFC 9562, version 5) of the position. The same record gives the same id on
 * every delivery, retry and replay.
 */
export function idOf({ stream, shard, sequence, subsequence, index }: Position): string {
  return uuidOf(`kinesis:${stream}/${shard}/${sequence}/${subsequence}/${index}`);
}

/** A version 5 UUID of any name. */
export function uuidOf(name: string): string {
  const hash = createHash("sha1").update(NAMESPACE).update(name).digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString("hex", 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
