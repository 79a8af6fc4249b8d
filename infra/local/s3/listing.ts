import type { Catalog, ObjectInfo } from "./catalog.ts";
import { requireBucket, type S3Context, type S3Request, sendXml } from "./context.ts";
import { S3Error } from "./error.ts";
import type { XmlValue } from "./xml.ts";

const MOST_KEYS = 1000; // ListObjectsV2, "max-keys"
/** After every key that starts with what precedes it: the last code point. */
const END = "\u{10ffff}";

interface Listing {
  objects: ObjectInfo[];
  prefixes: string[];
  /** The last key or common prefix of a page that is not the last one. */
  next?: string;
}

/**
 * One page of a bucket's keys in the order of their UTF-8 bytes, keys beyond a delimiter rolled up to common prefixes.
 *
 * @param after exclusive; a common prefix (it ends with the delimiter) skips all that is below it
 */
function listPage(
  catalog: Catalog,
  bucket: string,
  options: { prefix: string; delimiter: string; after: string; limit: number },
): Listing {
  const { prefix, delimiter, after, limit } = options;
  const listing: Listing = { objects: [], prefixes: [] };
  let last = after;
  let from = after === "" ? prefix : successor(after, delimiter);
  for (;;) {
    const page = catalog.page(bucket, from, prefix, limit + 1);
    for (const info of page) {
      if (!info.key.startsWith(prefix)) return listing;
      if (listing.objects.length + listing.prefixes.length >= limit) return { ...listing, next: last };
      const end = delimiter === "" ? -1 : info.key.indexOf(delimiter, prefix.length);
      last = end < 0 ? info.key : info.key.slice(0, end + delimiter.length);
      if (end < 0) listing.objects.push(info);
      else listing.prefixes.push(last);
      from = successor(last, delimiter);
      if (end >= 0) break; // skip what is rolled up
    }
    if (page.length === 0) return listing;
  }
}

function successor(item: string, delimiter: string): string {
  return delimiter !== "" && item.endsWith(delimiter) ? item + END : `${item}\u0000`;
}

/** ListObjectsV2, and ListObjects of old (`list-type` missing). */
export function listObjects(context: S3Context, request: S3Request): void {
  const { query, bucket, response } = request;
  requireBucket(context, bucket);
  const isV2 = query.get("list-type") === "2";
  const limit = pageSize(query.get("max-keys"));
  const [prefix, delimiter] = [query.get("prefix") ?? "", query.get("delimiter") ?? ""];
  const token = query.get("continuation-token");
  const start = (isV2 ? query.get("start-after") : query.get("marker")) ?? "";
  const after = token === null ? start : Buffer.from(token, "base64url").toString("utf8");
  const listing: Listing =
    limit === 0
      ? { objects: [], prefixes: [] }
      : listPage(context.catalog, bucket, { prefix, delimiter, after, limit });
  const encode = query.get("encoding-type") === "url" ? encodeKey : (key: string) => key;
  sendXml(response, "ListBucketResult", {
    Name: bucket,
    Prefix: encode(prefix),
    Delimiter: delimiter === "" ? undefined : encode(delimiter),
    MaxKeys: limit,
    EncodingType: query.get("encoding-type") ?? undefined,
    IsTruncated: listing.next !== undefined,
    ...(isV2 ? pagingV2(listing, token, start) : pagingV1(listing, start, encode)),
    Contents: listing.objects.map((info) => contents(info, encode)),
    CommonPrefixes: listing.prefixes.map((common) => ({ Prefix: encode(common) })),
  });
}

function pageSize(text: string | null): number {
  if (text === null) return MOST_KEYS;
  if (!/^\d{1,9}$/.test(text)) throw new S3Error("InvalidArgument", `max-keys is no whole number: ${text}`, 400);
  return Math.min(Number(text), MOST_KEYS);
}

function pagingV2(listing: Listing, token: string | null, start: string) {
  return {
    KeyCount: listing.objects.length + listing.prefixes.length,
    ContinuationToken: token ?? undefined,
    NextContinuationToken: listing.next === undefined ? undefined : Buffer.from(listing.next).toString("base64url"),
    StartAfter: start === "" ? undefined : start,
  };
}

function pagingV1(listing: Listing, marker: string, encode: (key: string) => string) {
  return { Marker: encode(marker), NextMarker: listing.next === undefined ? undefined : encode(listing.next) };
}

function contents(info: ObjectInfo, encode: (key: string) => string): XmlValue {
  return {
    Key: encode(info.key),
    LastModified: new Date(info.modified).toISOString(),
    ETag: info.etag,
    Size: info.size,
    StorageClass: "STANDARD",
    ...(info.checksum && { ChecksumAlgorithm: info.checksum.algorithm.toUpperCase() }),
  };
}

/** `encoding-type=url`: percent-encoded but for the slash. */
export const encodeKey = (key: string): string => encodeURIComponent(key).replaceAll("%2F", "/");
