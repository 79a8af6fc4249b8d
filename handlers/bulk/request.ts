import { gunzipSync, inflateSync, zstdDecompressSync } from "node:zlib";
import type { LambdaFunctionURLEvent } from "aws-lambda";
import { RequestError } from "./answer.ts";

/**
 * Largest size that a compressed body may expand to, in bytes. A body is at most 6 MB by Lambda's quota, but bombs exist;
 * Beats send half of a batch at a time when they hear 413.
 */
const MAX_EXPANDED_BYTES = 32 * 1024 * 1024;

/** What agents compress with: gzip all of them, the others Vector. */
const DECODERS = { gzip: gunzipSync, "x-gzip": gunzipSync, deflate: inflateSync, zstd: zstdDecompressSync };

export interface BulkRequest {
  readonly method: string;
  /** The path's parts, decoded, e.g. `["logs", "_bulk"]`. */
  readonly path: readonly string[];
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /**
   * The body, decompressed.
   * @throws {RequestError} when it cannot be, or is too large
   */
  body(): Uint8Array;
}

/**
 * Reads a function URL's event (payload format 2.0).
 *
 * @throws {RequestError} for a path that is not percent-encoded well
 */
export function readRequest({
  rawPath,
  headers,
  requestContext,
  body,
  isBase64Encoded,
}: LambdaFunctionURLEvent): BulkRequest {
  return {
    method: requestContext.http.method,
    path: rawPath
      .split("/")
      .filter((part) => part !== "")
      .map(decodePart),
    headers,
    body: () => expand(Buffer.from(body ?? "", isBase64Encoded ? "base64" : "utf8"), headers["content-encoding"]),
  };
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new RequestError(400, "illegal_argument_exception", "the path is not percent-encoded well");
  }
}

function expand(bytes: Uint8Array, contentEncoding = "identity"): Uint8Array {
  const encoding = contentEncoding.trim().toLowerCase();
  if (encoding === "identity" || encoding === "") return bytes;
  const decoder = Object.entries(DECODERS).find(([name]) => name === encoding)?.[1];
  if (!decoder) {
    const known = Object.keys(DECODERS).join(", ");
    throw new RequestError(415, "illegal_argument_exception", `unknown content-encoding; there are ${known}`);
  }
  try {
    return decoder(bytes, { maxOutputLength: MAX_EXPANDED_BYTES });
  } catch (error) {
    const tooLarge = error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
    throw tooLarge
      ? new RequestError(
          413,
          "content_too_long",
          `the body expands to more than ${MAX_EXPANDED_BYTES} bytes; send less at a time`,
        )
      : new RequestError(400, "parse_exception", `the body cannot be read as ${encoding}`);
  }
}
