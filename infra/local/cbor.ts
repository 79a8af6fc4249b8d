/**
 * AWS's CBOR protocol (`application/x-amz-cbor-1.1`, the AWS SDK for Java's default for Kinesis), to and from the JSON
 * shapes that services work on.
 *
 * Blobs are byte strings, and base64 text in JSON. Timestamps are tag 1 around whole *milliseconds*, not seconds as RFC 8949
 * has it (aws/aws-sdk-java-v2 issue 4661), and seconds in JSON.
 */

import { decode, encode, Tagged } from "cborg";
import type { Json, JsonObject } from "./service.ts";

const EPOCH_TAG = 1;

/** @throws {Error} when the bytes are no CBOR, or hold a number or tag that these protocols have no use for */
export function decodeCbor(bytes: Uint8Array): unknown {
  const value = decode(bytes, {
    useMaps: true, // a key such as __proto__ stays a key
    coerceUndefinedToNull: true,
    allowBigInt: false,
    tags: { [EPOCH_TAG]: (content) => Number(content()) / 1000 },
  });
  return fromCbor(value);
}

function fromCbor(value: unknown): unknown {
  if (value instanceof Uint8Array) return base64(value);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, one]) => [String(key), fromCbor(one)]));
  if (Array.isArray(value)) return value.map(fromCbor);
  return value;
}

/**
 * JSON does not say which texts are blobs and which numbers are times; in what Kinesis answers the member's name does:
 * `Data` is a blob, and what ends in `Timestamp` a time.
 */
export function encodeCbor(value: JsonObject): Uint8Array {
  return encode(toCbor("", value));
}

function toCbor(name: string, value: Json): unknown {
  if (name === "Data" && typeof value === "string") return Buffer.from(value, "base64");
  if (name.endsWith("Timestamp") && typeof value === "number") return new Tagged(EPOCH_TAG, Math.round(value * 1000));
  if (Array.isArray(value)) return value.map((one) => toCbor("", one));
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).filter(([, one]) => one !== undefined);
  return new Map(members.map(([key, one]) => [key, toCbor(key, one ?? null)]));
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}
