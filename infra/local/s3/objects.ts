import { createReadStream } from "node:fs";
import type { ObjectInfo } from "./catalog.ts";
import type { Headers } from "./checksums.ts";
import {
  readText,
  requireBucket,
  type S3Context,
  type S3Request,
  sendEmpty,
  sendXml,
  temporaryFile,
} from "./context.ts";
import { noSuchKey, S3Error } from "./error.ts";
import { openObject, parseRange } from "./read.ts";
import { receive } from "./receive.ts";
import { commitObject, deleteObject, objectHeaders, unquote } from "./store.ts";
import { xmlBlocks, xmlText } from "./xml.ts";

const LARGEST_PUT_BYTES = 5 * 1024 ** 3; // PutObject; larger objects come in parts
const MOST_DELETES = 1000; // DeleteObjects

/** PutObject from a stream: the one way in for the wire and for callers in this process. */
export async function storeObject(
  context: S3Context,
  bucket: string,
  key: string,
  body: AsyncIterable<Buffer>,
  headers: Headers,
): Promise<ObjectInfo> {
  requireBucket(context, bucket);
  if (Number(headers["x-amz-decoded-content-length"] ?? headers["content-length"] ?? 0) > LARGEST_PUT_BYTES)
    throw new S3Error("EntityTooLarge", "A single PUT holds at most 5 GiB; use a multipart upload", 400);
  const received = await receive(body, headers, temporaryFile(context));
  const info = commitObject(context, { bucket, key, headers: objectHeaders(headers) }, received, headers);
  await context.created(info, "ObjectCreated:Put");
  return info;
}

export async function putObject(context: S3Context, request: S3Request): Promise<void> {
  if (request.headers["x-amz-copy-source"] !== undefined) return copyObject(context, request);
  const info = await storeObject(context, request.bucket, request.key, request.body, request.headers);
  sendEmpty(request.response, 200, { etag: info.etag, ...checksumHeaders(info) });
}

export function checksumHeaders({ checksum }: Pick<ObjectInfo, "checksum">): Headers {
  if (!checksum) return {};
  return { [`x-amz-checksum-${checksum.algorithm}`]: checksum.value, "x-amz-checksum-type": checksum.type };
}

async function copyObject(context: S3Context, request: S3Request): Promise<void> {
  const { bucket, key, headers, response } = request;
  requireBucket(context, bucket);
  const source = await openCopySource(context, headers);
  const received = await receive(source.stream, {}, temporaryFile(context), source.info.checksum?.algorithm);
  const replaces = headers["x-amz-metadata-directive"] === "REPLACE";
  const kept = replaces ? objectHeaders(headers) : source.info.headers;
  const info = commitObject(context, { bucket, key, headers: kept }, received, headers);
  await context.created(info, "ObjectCreated:Copy");
  sendXml(response, "CopyObjectResult", { LastModified: new Date(info.modified).toISOString(), ETag: info.etag });
}

/**
 * Opens what `x-amz-copy-source` names, with its range for UploadPartCopy.
 *
 * @throws {S3Error} `NoSuchKey`, `PreconditionFailed` when `x-amz-copy-source-if-match` differs, `InvalidRange`
 */
export async function openCopySource(context: S3Context, headers: Headers) {
  const [path = ""] = (headers["x-amz-copy-source"] ?? "").split("?");
  const decoded = decodeURIComponent(path).replace(/^\//, "");
  const slash = decoded.indexOf("/");
  if (slash < 1) throw new S3Error("InvalidArgument", `Copy source must be bucket/key: ${decoded}`, 400);
  const { info, descriptor } = await openObject(context, decoded.slice(0, slash), decoded.slice(slash + 1));
  const range = parseRange(headers["x-amz-copy-source-range"], info.size) ?? { start: 0, end: info.size - 1 };
  const stream = createReadStream("", { fd: descriptor, start: range.start, end: Math.max(range.end, 0) });
  const match = headers["x-amz-copy-source-if-match"];
  if (match !== undefined && unquote(match) !== unquote(info.etag)) {
    stream.destroy();
    throw new S3Error("PreconditionFailed", "The copy source is another one by now", 412);
  }
  return { info, stream };
}

/** No object has tags here; the aws CLI asks before it copies a large one (GetObjectTagging). */
export function objectTagging(context: S3Context, request: S3Request): void {
  requireBucket(context, request.bucket);
  if (!context.catalog.object(request.bucket, request.key)) throw noSuchKey(request.key);
  sendXml(request.response, "Tagging", { TagSet: "" });
}

export function removeObject(context: S3Context, request: S3Request): void {
  requireBucket(context, request.bucket);
  deleteObject(context, request.bucket, request.key);
  sendEmpty(request.response, 204);
}

/** DeleteObjects: at most 1,000 keys a request. */
export async function deleteObjects(context: S3Context, request: S3Request): Promise<void> {
  requireBucket(context, request.bucket);
  const xml = await readText(request.body);
  const keys = xmlBlocks(xml, "Object").map((block) => xmlText(block, "Key"));
  if (keys.length === 0 || keys.length > MOST_DELETES)
    throw new S3Error("MalformedXML", `DeleteObjects takes 1 to ${MOST_DELETES} keys, not ${keys.length}`, 400);
  for (const key of keys) if (key !== undefined) deleteObject(context, request.bucket, key);
  const quiet = xmlText(xml, "Quiet") === "true";
  sendXml(request.response, "DeleteResult", { Deleted: quiet ? [] : keys.map((Key) => ({ Key })) });
}
