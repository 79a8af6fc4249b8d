import { hash } from "node:crypto";

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

/** RFC 9562's name space for URLs, a position being named as a path; the name is written behind it. */
const NAMESPACE = Buffer.from("6ba7b8119dad11d180b400c04fd430c8", "hex");
const HASHED = Buffer.alloc(NAMESPACE.length + 2048);
NAMESPACE.copy(HASHED);

/** Names of so many characters fit into it, whatever they are. */
const SHORT = 2048 / 3;

/** The start of it by length: the names of a stream have but a few lengths. */
const STARTS: Buffer[] = [];

/**
 * A deterministic id: the name-based UUID (RFC 9562, version 5) of the position. The same record gives the same id on
 * every delivery, retry and replay.
 */
export function idOf({ stream, shard, sequence, subsequence, index }: Position): string {
  return uuidOf(`kinesis:${stream}/${shard}/${sequence}/${subsequence}/${index}`);
}

/** A version 5 UUID of any name. */
export function uuidOf(name: string): string {
  const hex = hash("sha1", name.length <= SHORT ? short(name) : Buffer.concat([NAMESPACE, Buffer.from(name)]));
  const variant = VARIANTS[hex.charCodeAt(16)];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** What stands for a hexadecimal digit whose first two bits say the variant, by the digit's character. */
const VARIANTS: string[] = [];
for (const digit of "0123456789abcdef") VARIANTS[digit.charCodeAt(0)] = "89ab".charAt(Number.parseInt(digit, 16) & 3);

function short(name: string): Buffer {
  const length = NAMESPACE.length + HASHED.write(name, NAMESPACE.length);
  const known = STARTS[length];
  if (known) return known;
  const start = HASHED.subarray(0, length);
  STARTS[length] = start;
  return start;
}
