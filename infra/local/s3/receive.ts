import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import {
  type Algorithm,
  algorithmNamed,
  type Checksum,
  type Headers,
  hasher,
  requestedAlgorithm,
  verify,
} from "./checksums.ts";
import { decodeAwsChunked } from "./chunked.ts";
import { S3Error } from "./error.ts";

/** Bytes that arrived whole and as sent, in a temporary file. */
export interface Received {
  file: string;
  size: number;
  /** MD5, base64. */
  md5: string;
  checksum?: Checksum;
}

/**
 * Streams a request's body to a file, taking off `aws-chunked` and checking every digest that the client sent.
 *
 * Memory is one piece of the stream, whatever the size.
 *
 * @param fallback algorithm to compute when the request names none (a part of an upload that asked for one)
 * @throws {S3Error} `BadDigest`, `IncompleteBody`, `XAmzContentSHA256Mismatch`; the file is removed then
 */
export async function receive(
  body: AsyncIterable<Buffer>,
  headers: Headers,
  file: string,
  fallback?: Algorithm,
): Promise<Received> {
  const trailers: Record<string, string> = {};
  const chunked = (headers["content-encoding"] ?? "").includes("aws-chunked");
  const source = chunked ? decodeAwsChunked(body, trailers) : body;
  const algorithm = requestedAlgorithm(headers) ?? algorithmNamed(headers["x-amz-sdk-checksum-algorithm"]) ?? fallback;
  try {
    const written = await write(source, file, algorithm, /^[0-9a-f]{64}$/.test(headers["x-amz-content-sha256"] ?? ""));
    checkDigests(written, { ...headers, ...trailers }, algorithm);
    const checksum: Checksum | undefined =
      algorithm && written.value ? { algorithm, value: written.value, type: "FULL_OBJECT" } : undefined;
    return { file, size: written.size, md5: written.md5, ...(checksum && { checksum }) };
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
}

type Written = Awaited<ReturnType<typeof write>>;

async function write(
  source: AsyncIterable<Buffer>,
  file: string,
  algorithm: Algorithm | undefined,
  withPayloadHash: boolean,
) {
  const md5 = hasher("md5");
  const checksum = algorithm && hasher(algorithm);
  const payload = withPayloadHash ? hasher("sha256") : undefined;
  let size = 0;
  async function* measured(): AsyncGenerator<Buffer> {
    for await (const piece of source) {
      size += piece.length;
      for (const hash of [md5, checksum, payload]) hash?.update(piece);
      yield piece;
    }
  }
  await pipeline(measured, createWriteStream(file));
  return { size, md5: await md5.digest(), value: await checksum?.digest(), payload: await payload?.digest() };
}

function checkDigests(written: Written, sent: Headers, algorithm: Algorithm | undefined): void {
  const length = sent["x-amz-decoded-content-length"] ?? sent["content-length"];
  if (length !== undefined && Number(length) !== written.size)
    throw new S3Error("IncompleteBody", `The body has ${written.size} bytes, the headers say ${length}`, 400);
  verify("Content-MD5", sent["content-md5"], written.md5);
  if (algorithm) verify(`x-amz-checksum-${algorithm}`, sent[`x-amz-checksum-${algorithm}`], written.value);
  const payload = written.payload && Buffer.from(written.payload, "base64").toString("hex");
  if (payload !== undefined && payload !== sent["x-amz-content-sha256"])
    throw new S3Error("XAmzContentSHA256Mismatch", "The body is not the one that was signed; nothing is stored", 400);
}
