import { closeSync, createReadStream, fstatSync, openSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { ObjectInfo } from "./catalog.ts";
import type { Headers } from "./checksums.ts";
import { requireBucket, type S3Context, type S3Request, sendEmpty } from "./context.ts";
import { noSuchKey, S3Error } from "./error.ts";
import { adopt } from "./reconcile.ts";
import { unquote } from "./store.ts";

/** GetObject and HeadObject: conditions, one byte range, headers as they were put; the bytes are streamed. */
export async function getObject(context: S3Context, request: S3Request, withBody: boolean): Promise<void> {
  const { info, descriptor } = await openObject(context, request.bucket, request.key);
  let handedOver = false;
  try {
    if (isNotModified(info, request.headers)) return sendEmpty(request.response, 304, { etag: info.etag });
    const range = parseRange(request.headers.range, info.size);
    request.response.writeHead(range ? 206 : 200, responseHeaders(info, request, range));
    if (!withBody) return void request.response.end();
    const { start, end } = range ?? { start: 0, end: info.size - 1 };
    if (end < start) return void request.response.end();
    handedOver = true;
    await pipeline(createReadStream("", { fd: descriptor, start, end }), request.response);
  } finally {
    if (!handedOver) closeSync(descriptor);
  }
}

/**
 * Opens an object's file; index and file belong together, for nothing runs between reading one and opening the other.
 *
 * A file that was changed by hand is indexed anew, one that was removed by hand is forgotten.
 *
 * @throws {S3Error} `NoSuchBucket`, `NoSuchKey`
 */
export async function openObject(context: S3Context, bucket: string, key: string) {
  requireBucket(context, bucket);
  for (;;) {
    const info = context.catalog.object(bucket, key);
    if (!info) throw noSuchKey(key);
    const descriptor = openOrForget(context, info);
    const { size, mtimeMs } = fstatSync(descriptor);
    if (size === info.size && mtimeMs === info.mtime) return { info, descriptor };
    closeSync(descriptor);
    await adopt(context, bucket, key, info.file);
  }
}

function openOrForget(context: S3Context, info: ObjectInfo): number {
  try {
    return openSync(join(context.root, info.file), "r");
  } catch {
    context.catalog.remove(info.bucket, info.key);
    throw noSuchKey(info.key);
  }
}

function isNotModified(info: ObjectInfo, headers: Headers): boolean {
  const match = headers["if-match"];
  if (match !== undefined && match !== "*" && unquote(match) !== unquote(info.etag))
    throw new S3Error("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412);
  const none = headers["if-none-match"];
  if (none !== undefined) return none === "*" || unquote(none) === unquote(info.etag);
  const since = Date.parse(headers["if-modified-since"] ?? "");
  return Math.floor(info.modified / 1000) * 1000 <= since;
}

interface Range {
  start: number;
  end: number;
}

/** One `bytes=` range, both ends inclusive; several ranges are answered with the whole object, as RFC 9110 allows. */
export function parseRange(header: string | undefined, size: number): Range | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? "");
  const [, from = "", to = ""] = match ?? [];
  if (from === "" && to === "") return undefined;
  const start = from === "" ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === "" || to === "" ? size - 1 : Math.min(Number(to), size - 1);
  if (from !== "" && to !== "" && Number(to) < start) return undefined; // no valid range: ignored
  if (start > end) throw new S3Error("InvalidRange", `The requested range is not satisfiable: ${header}`, 416);
  return { start, end };
}

function responseHeaders(info: ObjectInfo, request: S3Request, range: Range | undefined): Headers {
  const headers: Headers = {
    "content-type": "binary/octet-stream",
    ...info.headers,
    "accept-ranges": "bytes",
    "content-length": String(range ? range.end - range.start + 1 : info.size),
    "last-modified": new Date(info.modified).toUTCString(),
    etag: info.etag,
  };
  if (range) headers["content-range"] = `bytes ${range.start}-${range.end}/${info.size}`;
  if (info.checksum && !range && request.headers["x-amz-checksum-mode"] === "ENABLED") {
    headers[`x-amz-checksum-${info.checksum.algorithm}`] = info.checksum.value;
    headers["x-amz-checksum-type"] = info.checksum.type;
  }
  for (const [name, value] of request.query) {
    if (name.startsWith("response-")) headers[name.slice("response-".length)] = value;
  }
  return headers;
}
