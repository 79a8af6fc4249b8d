import { createHash } from "node:crypto";
import { type Json, ServiceError } from "../service.ts";

/** A message attribute in the wire's shape; bytes are base64. */
export type MessageAttribute = { DataType: string; StringValue?: string; BinaryValue?: string };
export type MessageAttributes = Record<string, MessageAttribute>;

const MOST_ATTRIBUTES = 10; // SQS Developer Guide, "Message quotas"

/**
 * Reads the `MessageAttributes` of a message to send.
 *
 * @throws {ServiceError} InvalidParameterValue for more than ten, an odd name, or a value that does not fit its type
 */
export function readMessageAttributes(value: Json | undefined): MessageAttributes {
  const entries = Object.entries(objectOf(value));
  if (entries.length > MOST_ATTRIBUTES) throw bad(`A message has at most ${MOST_ATTRIBUTES} attributes.`);
  return Object.fromEntries(entries.map(([name, attribute]) => [name, readOne(name, objectOf(attribute))]));
}

function readOne(name: string, { DataType, StringValue, BinaryValue }: { [key: string]: Json | undefined }) {
  if (!/^[A-Za-z0-9_.-]{1,256}$/.test(name)) throw bad(`The message attribute name '${name}' is invalid.`);
  const type = typeof DataType === "string" ? DataType.split(".", 1)[0] : undefined;
  if (typeof DataType === "string" && type === "Binary" && typeof BinaryValue === "string") {
    return { DataType, BinaryValue };
  }
  if (typeof DataType === "string" && (type === "String" || type === "Number") && typeof StringValue === "string") {
    return { DataType, StringValue };
  }
  throw bad(`The message attribute '${name}' must have a DataType of String, Number or Binary and its value.`);
}

/** What was kept in the database. */
export function parseMessageAttributes(text: string): MessageAttributes {
  return JSON.parse(text) as MessageAttributes;
}

/** Bytes that the attributes add to a message: names, types and values (SQS Developer Guide, "Message quotas"). */
export function attributeBytes(attributes: MessageAttributes): number {
  return Object.entries(attributes).reduce((sum, [name, attribute]) => {
    return sum + Buffer.byteLength(name) + Buffer.byteLength(attribute.DataType) + bytesOfValue(attribute).length;
  }, 0);
}

/** The attributes that `MessageAttributeNames` asks for: names, `All`, or everything from `prefix.*`. */
export function pickAttributes(attributes: MessageAttributes, names: readonly string[]): MessageAttributes {
  const wanted = (name: string) =>
    names.some((one) => one === "All" || one === name || (one.endsWith("*") && name.startsWith(startOf(one))));
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => wanted(name)));
}

function startOf(pattern: string): string {
  return pattern === ".*" ? "" : pattern.replace(/\.?\*$/, "");
}

/**
 * The digest that clients check (SQS Developer Guide, "Calculating the MD5 message digest for message attributes"): over
 * name, type and value of each attribute in the order of names, each after its length, the value after its kind.
 */
export function attributesMd5(attributes: MessageAttributes): string {
  const hash = createHash("md5");
  const add = (bytes: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const name of Object.keys(attributes).sort()) {
    const attribute = attributes[name];
    if (!attribute) continue;
    add(Buffer.from(name));
    add(Buffer.from(attribute.DataType));
    hash.update(Buffer.of(attribute.BinaryValue === undefined ? 1 : 2));
    add(bytesOfValue(attribute));
  }
  return hash.digest("hex");
}

function bytesOfValue({ StringValue = "", BinaryValue }: MessageAttribute): Buffer {
  return BinaryValue === undefined ? Buffer.from(StringValue) : Buffer.from(BinaryValue, "base64");
}

function objectOf(value: Json | undefined): { [key: string]: Json | undefined } {
  if (value === undefined || value === null) return {};
  if (typeof value === "object" && !Array.isArray(value)) return value;
  throw bad("Message attributes are a map from names to values.");
}

function bad(message: string): ServiceError {
  return new ServiceError("InvalidParameterValue", message);
}
