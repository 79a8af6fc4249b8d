import { createHash } from "node:crypto";

/** A record that a producer put with the Kinesis Producer Library (KPL), one of many in a stream's record. */
export interface UserRecord {
  readonly data: Uint8Array;
  /** Undefined when its place in the key table is not there. */
  readonly partitionKey: string | undefined;
}

/** First bytes of an aggregated record (KPL, "Aggregated Record Format"). */
const MAGIC = [0xf3, 0x89, 0x9a, 0xc2] as const;

/** The MD5 of everything between the magic and itself ends the record. */
const CHECKSUM_BYTES = 16;

/**
 * Takes an aggregated record apart, in the order the producer put its records.
 *
 * @returns undefined for a plain record: one without the magic, with a wrong checksum, or with a body that is no
 *   `AggregatedRecord` message
 */
export function deaggregate(payload: Uint8Array): UserRecord[] | undefined {
  if (!looksAggregated(payload)) return undefined;
  if (payload.length < MAGIC.length + CHECKSUM_BYTES) return undefined;
  const body = payload.subarray(MAGIC.length, -CHECKSUM_BYTES);
  if (!createHash("md5").update(body).digest().equals(payload.subarray(-CHECKSUM_BYTES))) return undefined;
  try {
    return recordsOf(body);
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}

/** True for the first bytes of an aggregated record, which start no text: they are no UTF-8. */
export function looksAggregated(payload: Uint8Array): boolean {
  return payload[0] === MAGIC[0] && MAGIC.every((byte, i) => payload[i] === byte);
}

/** message AggregatedRecord { repeated string partition_key_table = 1; ... repeated Record records = 3; } */
function recordsOf(body: Uint8Array): UserRecord[] {
  const keys: string[] = [];
  const records: { data: Uint8Array; key: number }[] = [];
  for (const { number, value } of fieldsOf(body)) {
    if (number === 1) keys.push(Buffer.from(bytesIn(value)).toString());
    else if (number === 3) records.push(recordOf(bytesIn(value)));
  }
  return records.map(({ data, key }) => ({ data, partitionKey: keys[key] }));
}

/** message Record { required uint64 partition_key_index = 1; ... required bytes data = 3; repeated Tag tags = 4; } */
function recordOf(message: Uint8Array): { data: Uint8Array; key: number } {
  let data: Uint8Array | undefined;
  let key: number | undefined;
  for (const { number, value } of fieldsOf(message)) {
    if (number === 1 && typeof value === "number") key = value;
    else if (number === 3) data = bytesIn(value);
  }
  if (data === undefined || key === undefined) throw new MalformedError("a required field is missing");
  return { data, key };
}

/** The body is no message of the kind: never seen outside this file. */
class MalformedError extends Error {}

interface Field {
  readonly number: number;
  /** A number for a varint, else the field's bytes. */
  readonly value: number | Uint8Array;
}

function bytesIn(value: Field["value"]): Uint8Array {
  if (typeof value === "number") throw new MalformedError("a number where bytes belong");
  return value;
}

/** Reads a message of protocol buffers, field by field; a length is checked before anything is read by it. */
function* fieldsOf(message: Uint8Array): Generator<Field> {
  let at = 0;
  while (at < message.length) {
    const tag = varintAt(message, at);
    const number = Math.floor(tag.value / 8);
    if (tag.value % 8 === 0) {
      const { value, end } = varintAt(message, tag.end);
      yield { number, value };
      at = end;
    } else {
      const { start, length } = extentOf(message, tag.value % 8, tag.end);
      if (length > message.length - start) throw new MalformedError("a field is longer than its message");
      yield { number, value: message.subarray(start, start + length) };
      at = start + length;
    }
  }
}

/** Where the bytes of a field lie, by its wire type; groups (3, 4), long given up, are not read. */
function extentOf(message: Uint8Array, wireType: number, at: number): { start: number; length: number } {
  if (wireType === 1) return { start: at, length: 8 };
  if (wireType === 5) return { start: at, length: 4 };
  if (wireType !== 2) throw new MalformedError(`wire type ${wireType}`);
  const { value, end } = varintAt(message, at);
  return { start: end, length: value };
}

/** A variable-length integer of at most ten bytes; beyond 2^53 it is not exact, but no length is that large. */
function varintAt(message: Uint8Array, at: number): { value: number; end: number } {
  let value = 0;
  for (let i = 0; i < 10; i++) {
    const byte = message[at + i];
    if (byte === undefined) break;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, end: at + i + 1 };
  }
  throw new MalformedError("a number does not end");
}
