import { hash } from "node:crypto";
import { latin1At, writeAt } from "./buffers.ts";
import { bytesAt, constant, scanner } from "./scanner.ts";

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

/** RFC 9562's name space for URLs, a position being named as a path. */
const NAMESPACE = Buffer.from("6ba7b8119dad11d180b400c04fd430c8", "hex");

/** Where the scanner takes a name with its name space, and where it writes its UUID: see core/scanner/uuid.ts. */
const room = bytesAt(constant("NAME_BYTES"), constant("MAX_NAME_BYTES"));
const made = bytesAt(constant("UUID"), 36);
NAMESPACE.copy(room);

/** Positions of so many characters fit into it, whatever they are. */
const LONGEST = 1000;

/** What the names of a shard's records begin with, and where it ends in the room. */
const shared = { stream: "", shard: "", end: 0 };

/**
 * A deterministic id: the name-based UUID (RFC 9562, version 5) of the position. The same record gives the same id on
 * every delivery, retry and replay.
 */
export function idOf({ stream, shard, sequence, subsequence, index }: Position): string {
  if (stream.length + shard.length + sequence.length > LONGEST)
    return uuidOf(`kinesis:${stream}/${shard}/${sequence}/${subsequence}/${index}`);
  if (shared.shard !== shard || shared.stream !== stream || shared.end === 0) share(stream, shard);
  const end = shared.end + writeAt(room, sequence, shared.end);
  scanner.uuid(end + writeAt(room, subsequence === 0 && index === 0 ? "/0/0" : `/${subsequence}/${index}`, end));
  return latin1At(made, 0, made.length);
}

/** What is ended from outside half-way must not pass for done: the end comes last. */
function share(stream: string, shard: string): void {
  shared.end = 0;
  const bytes = room.write(`kinesis:${stream}/${shard}/`, NAMESPACE.length);
  shared.stream = stream;
  shared.shard = shard;
  shared.end = NAMESPACE.length + bytes;
}

/** A version 5 UUID of any name. */
export function uuidOf(name: string): string {
  const hex = hash("sha1", Buffer.concat([NAMESPACE, Buffer.from(name)]));
  const variant = VARIANTS[hex.charCodeAt(16)];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** What stands for a hexadecimal digit whose first two bits say the variant, by the digit's character. */
const VARIANTS: string[] = [];
for (const digit of "0123456789abcdef") VARIANTS[digit.charCodeAt(0)] = "89ab".charAt(Number.parseInt(digit, 16) & 3);
