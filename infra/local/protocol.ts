/** AWS's JSON and CBOR protocols: a request with `X-Amz-Target` in, an operation called, its answer or error out. */

import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { decodeCbor, encodeCbor } from "./cbor.ts";
import { type JsonObject, type Service, ServiceError } from "./service.ts";

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array;
}

interface Codec {
  decode: (body: Buffer) => unknown;
  encode: (answer: JsonObject) => Uint8Array;
}

/** Bytes of a request body. The largest call is PutRecords: 10 MiB of data is 13.4 MiB as base64. */
const MOST_BODY_BYTES = 16 * 1024 * 1024;

const JSON_CODEC: Codec = {
  decode: (body) => JSON.parse(body.toString()),
  encode: (answer) => Buffer.from(JSON.stringify(answer)),
};
const CODECS: ReadonlyMap<string, Codec> = new Map([
  ["application/x-amz-json-1.0", JSON_CODEC],
  ["application/x-amz-json-1.1", JSON_CODEC],
  ["application/x-amz-cbor-1.1", { decode: decodeCbor, encode: encodeCbor }],
]);

/** Whether a request speaks one of these protocols; all others are S3's. */
export function isAwsCall(headers: IncomingHttpHeaders): boolean {
  return typeof headers["x-amz-target"] === "string" && CODECS.has(contentType(headers));
}

/**
 * Answers one call, in the protocol it came in. Never rejects: a ServiceError becomes its code and status, anything else
 * InternalFailure (500), with its stack on stderr since it is a defect of the lake.
 *
 * @param body read to its end, also when it is too large
 */
export async function answerAwsCall(
  services: readonly Service[],
  headers: IncomingHttpHeaders,
  body: AsyncIterable<Buffer>,
): Promise<Answer> {
  const type = contentType(headers);
  const codec = CODECS.get(type) ?? JSON_CODEC;
  const target = String(headers["x-amz-target"]);
  try {
    const bytes = await readBody(body);
    return answer(200, type, codec.encode(await call(services, target, bytes, codec)));
  } catch (error) {
    return describeError(error, target, type, codec);
  }
}

async function call(services: readonly Service[], target: string, body: Buffer, codec: Codec): Promise<JsonObject> {
  const dot = target.lastIndexOf(".");
  const service = services.find((one) => one.target === target.slice(0, dot));
  const name = target.slice(dot + 1);
  const operation = service && Object.hasOwn(service.operations, name) ? service.operations[name] : undefined;
  if (!operation) {
    throw new ServiceError("UnknownOperationException", `${target} is not an operation that the local lake answers.`);
  }
  return operation(decode(body, codec));
}

function decode(body: Buffer, codec: Codec): JsonObject {
  if (body.length === 0) return {};
  let input: unknown;
  try {
    input = codec.decode(body);
  } catch (error) {
    throw new ServiceError("SerializationException", `The request body cannot be read: ${messageOf(error)}`);
  }
  if (typeof input === "object" && input !== null && !Array.isArray(input)) return input as JsonObject;
  throw new ServiceError("SerializationException", "The request body is no object.");
}

async function readBody(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      size += chunk.length;
      if (size <= MOST_BODY_BYTES) chunks.push(chunk);
      else chunks.length = 0; // what is left is read and dropped, so that the client gets to see the answer
    }
  } catch (error) {
    throw new ServiceError("RequestTimeoutException", `The request broke off: ${messageOf(error)}`, 408);
  }
  if (size <= MOST_BODY_BYTES) return Buffer.concat(chunks);
  throw new ServiceError(
    "RequestEntityTooLargeException",
    `The request body has ${size} bytes; ${MOST_BODY_BYTES} are taken.`,
    413,
  );
}

function describeError(error: unknown, target: string, type: string, codec: Codec): Answer {
  const known = error instanceof ServiceError;
  if (!known) console.error(`endpoint: ${target} failed and was answered with InternalFailure:`, error);
  const code = known ? error.code : "InternalFailure";
  const body = codec.encode({ __type: code, message: messageOf(error) });
  return answer(known ? error.status : 500, type, body, { "x-amzn-errortype": code });
}

function answer(status: number, type: string, body: Uint8Array, more: Record<string, string> = {}): Answer {
  const headers = { "content-type": type, "content-length": String(body.length), "x-amzn-requestid": randomUUID() };
  return { status, headers: { ...headers, ...more }, body };
}

/** An answer of the endpoint itself, as JSON. */
export function answerJson(status: number, value: JsonObject): Answer {
  return answer(status, "application/json", JSON_CODEC.encode(value));
}

function contentType(headers: IncomingHttpHeaders): string {
  return (headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
