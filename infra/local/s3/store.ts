import type { ObjectInfo } from "./catalog.ts";
import type { Headers } from "./checksums.ts";
import type { S3Context } from "./context.ts";
import { S3Error } from "./error.ts";
import { placeFile, removeFile } from "./folder.ts";
import type { Received } from "./receive.ts";

const LONGEST_KEY_BYTES = 1024; // S3 User Guide, "Naming Amazon S3 objects"
const KEPT = ["content-type", "cache-control", "content-disposition", "content-language", "expires"];

/** The headers of a request that belong to the object and come back with it. */
export function objectHeaders(headers: Headers): Headers {
  const kept: Headers = {};
  for (const [name, value] of Object.entries(headers)) {
    if (KEPT.includes(name) || name.startsWith("x-amz-meta-")) kept[name] = value;
  }
  const encodings = (headers["content-encoding"] ?? "").split(",").map((part) => part.trim());
  const encoding = encodings.filter((part) => part !== "" && part !== "aws-chunked").join(",");
  if (encoding !== "") kept["content-encoding"] = encoding;
  return kept;
}

export const etagOf = (md5: string): string => `"${Buffer.from(md5, "base64").toString("hex")}"`;

/**
 * Makes received bytes an object: moves the file to its place and writes the index.
 *
 * Nothing else of this process runs in between. If the process dies there, the store finds the file when it opens
 * again and indexes it (reconcile.ts); the client had no answer yet.
 *
 * @param conditions request headers; `if-none-match: *` and `if-match` are honored (conditional writes)
 * @throws {S3Error} `PreconditionFailed`, `KeyTooLongError`
 */
export function commitObject(
  context: S3Context,
  target: { bucket: string; key: string; headers: Headers; etag?: string },
  received: Received,
  conditions: Headers = {},
): ObjectInfo {
  const { bucket, key } = target;
  if (Buffer.byteLength(key) > LONGEST_KEY_BYTES)
    throw new S3Error("KeyTooLongError", `Your key is too long: ${Buffer.byteLength(key)} bytes of at most 1024`, 400);
  const before = context.catalog.object(bucket, key);
  checkConditions(before, conditions);
  const placed = placeFile(context.root, received.file, bucket, key);
  const info: ObjectInfo = {
    bucket,
    key,
    ...placed,
    size: received.size,
    etag: target.etag ?? etagOf(received.md5),
    modified: Date.now(),
    headers: target.headers,
    ...(received.checksum && { checksum: received.checksum }),
  };
  context.catalog.put(info);
  if (before && before.file !== info.file) removeFile(context.root, before.file);
  return info;
}

function checkConditions(before: ObjectInfo | undefined, conditions: Headers): void {
  const exists = conditions["if-none-match"] === "*" && before !== undefined;
  const other = conditions["if-match"] !== undefined && unquote(conditions["if-match"]) !== unquote(before?.etag ?? "");
  if (exists || other)
    throw new S3Error("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412);
}

export const unquote = (etag: string): string => etag.replaceAll('"', "").replace(/^W\//, "");

/** Removes an object; one that does not exist is no error, as in S3. */
export function deleteObject(context: S3Context, bucket: string, key: string): void {
  const info = context.catalog.object(bucket, key);
  if (!info) return;
  context.catalog.remove(bucket, key);
  removeFile(context.root, info.file);
}
