import type { LambdaFunctionURLEvent } from "aws-lambda";
import { PipelineError } from "../../core/error.ts";
import { expand } from "../../core/expand.ts";
import { MAX_DOCUMENTS, MAX_EXPANDED_BYTES } from "../../core/limits.ts";
import { RequestError } from "./answer.ts";

/** What agents compress with: gzip all of them, the others Vector. Which it is, its first bytes say as well. */
const ENCODINGS = ["gzip", "x-gzip", "deflate", "zstd"];

export interface BulkRequest {
  readonly method: string;
  /** The path's parts, decoded, e.g. `["logs", "_bulk"]`. */
  readonly path: readonly string[];
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /**
   * The body, decompressed: at most 32 MiB, because bombs exist. Beats send half of a batch when they hear 413.
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
    body: () => readBody(Buffer.from(body ?? "", isBase64Encoded ? "base64" : "utf8"), headers["content-encoding"]),
  };
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new RequestError(400, "illegal_argument_exception", "the path is not percent-encoded well");
  }
}

function readBody(bytes: Uint8Array, contentEncoding = "identity"): Uint8Array {
  const encoding = contentEncoding.trim().toLowerCase();
  if (encoding === "identity" || encoding === "") return bytes;
  if (!ENCODINGS.includes(encoding)) {
    const known = ENCODINGS.join(", ");
    throw new RequestError(415, "illegal_argument_exception", `unknown content-encoding; there are ${known}`);
  }
  const expanded = expandWithin(bytes);
  if (expanded.flaws.length > 0 || expanded.bytes === bytes)
    throw new RequestError(400, "parse_exception", `the body cannot be read as ${encoding}`);
  return expanded.bytes;
}

function expandWithin(bytes: Uint8Array): ReturnType<typeof expand> {
  try {
    return expand(bytes, { bytes: MAX_EXPANDED_BYTES, documents: MAX_DOCUMENTS });
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
    const most = `the body expands to more than ${MAX_EXPANDED_BYTES} bytes; send less at a time`;
    throw new RequestError(413, "content_too_long", most);
  }
}
