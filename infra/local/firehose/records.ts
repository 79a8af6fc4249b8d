import { type Json, type JsonObject, ServiceError } from "../service.ts";

// Firehose API Reference 2015-08-04, PutRecordBatch; sizes before base64.
export const MOST_RECORDS = 500;
export const LARGEST_RECORD_BYTES = 1000 * 1024;
export const LARGEST_CALL_BYTES = 4 * 1024 * 1024;

/** Records of a call, decoded, one after another in memory of their own. */
export interface DecodedRecords {
  bytes: Uint8Array;
  memory: ArrayBuffer;
  lengths: number[];
}

/**
 * Decodes and checks the records of a call; one that breaks a limit fails the whole call, as in Firehose.
 *
 * @throws {ServiceError} `ValidationException`, `InvalidArgumentException`, `SerializationException`
 */
export function decodeRecords(records: Json | undefined): DecodedRecords {
  if (!Array.isArray(records) || records.length < 1 || records.length > MOST_RECORDS)
    throw invalid("records", `Member must have length between 1 and ${MOST_RECORDS}`);
  const texts = records.map(textOf);
  const lengths = texts.map((text) => Buffer.byteLength(text, "base64"));
  for (const [index, length] of lengths.entries()) {
    const name = `records.${index + 1}.member.data`;
    if (length === 0) throw invalid(name, "Member must have length greater than or equal to 1");
    if (length > LARGEST_RECORD_BYTES)
      throw invalid(name, `Member must have length less than or equal to ${LARGEST_RECORD_BYTES}`);
  }
  const total = lengths.reduce((sum, length) => sum + length, 0);
  if (total > LARGEST_CALL_BYTES)
    throw new ServiceError("InvalidArgumentException", `Records size exceeds 4 MB limit: ${total} bytes`);
  return { ...decode(texts, lengths, total), lengths };
}

function textOf(record: Json): string {
  const data = isObject(record) ? record.Data : undefined;
  if (typeof data === "string") return data;
  throw new ServiceError("SerializationException", "Each record needs Data, in base64");
}

function decode(texts: string[], lengths: number[], total: number) {
  const memory = new ArrayBuffer(total);
  const buffer = Buffer.from(memory);
  let at = 0;
  for (const [index, text] of texts.entries()) {
    const length = lengths[index] ?? 0;
    if (buffer.write(text, at, length, "base64") !== length)
      throw new ServiceError("SerializationException", `Data of record ${index + 1} is no base64`);
    at += length;
  }
  return { memory, bytes: new Uint8Array(memory) };
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export function invalid(member: string, constraint: string): ServiceError {
  const message = `1 validation error detected: Value at '${member}' failed to satisfy constraint: ${constraint}`;
  return new ServiceError("ValidationException", message);
}
