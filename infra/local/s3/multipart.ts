import { randomUUID } from "node:crypto";
import { createReadStream, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { PartInfo, UploadInfo } from "./catalog.ts";
import { algorithmNamed, type Checksum, compositeChecksum, hasher, requestedAlgorithm, verify } from "./checksums.ts";
import {
  readText,
  requireBucket,
  type S3Context,
  type S3Request,
  sendEmpty,
  sendXml,
  temporaryFile,
} from "./context.ts";
import { S3Error } from "./error.ts";
import { META_FOLDER } from "./folder.ts";
import { checksumHeaders, openCopySource } from "./objects.ts";
import { receive } from "./receive.ts";
import { commitObject, etagOf, objectHeaders, unquote } from "./store.ts";
import { xmlBlocks, xmlText } from "./xml.ts";

// S3 User Guide, "Amazon S3 multipart upload limits".
const MOST_PARTS = 10_000;
const SMALLEST_PART_BYTES = 5 * 1024 * 1024;

const partsFolder = (context: S3Context, id: string): string => join(context.root, META_FOLDER, "uploads", id);

export function createUpload(context: S3Context, request: S3Request): void {
  const { bucket, key, headers } = request;
  requireBucket(context, bucket);
  const id = randomUUID().replaceAll("-", "");
  mkdirSync(partsFolder(context, id), { recursive: true });
  const asked = { ...objectHeaders(headers) };
  for (const name of ["x-amz-checksum-algorithm", "x-amz-checksum-type"]) {
    if (headers[name] !== undefined) asked[name] = headers[name];
  }
  context.catalog.addUpload({ id, bucket, key, started: Date.now(), headers: asked });
  sendXml(request.response, "InitiateMultipartUploadResult", { Bucket: bucket, Key: key, UploadId: id });
}

/** @throws {S3Error} `NoSuchUpload` when it does not exist, was completed or aborted, or is of another key */
function requireUpload(context: S3Context, request: S3Request): UploadInfo {
  const upload = context.catalog.upload(request.query.get("uploadId") ?? "");
  if (upload?.bucket === request.bucket && upload.key === request.key) return upload;
  throw new S3Error("NoSuchUpload", "The upload does not exist; it may have been completed or aborted", 404);
}

/** UploadPart and UploadPartCopy. */
export async function uploadPart(context: S3Context, request: S3Request): Promise<void> {
  const { headers, query, response } = request;
  const upload = requireUpload(context, request);
  const number = Number(query.get("partNumber"));
  if (!Number.isInteger(number) || number < 1 || number > MOST_PARTS)
    throw new S3Error("InvalidArgument", `Part number must be an integer between 1 and ${MOST_PARTS}, inclusive`, 400);
  const copied = headers["x-amz-copy-source"] === undefined ? undefined : await openCopySource(context, headers);
  const algorithm = algorithmNamed(upload.headers["x-amz-checksum-algorithm"]);
  const received = await receive(
    copied?.stream ?? request.body,
    copied ? {} : headers,
    temporaryFile(context),
    algorithm,
  );
  requireUpload(context, request); // it may have been aborted meanwhile
  renameSync(received.file, join(partsFolder(context, upload.id), String(number)));
  const { size, checksum } = received;
  const part = { number, size, etag: etagOf(received.md5), modified: Date.now(), ...(checksum && { checksum }) };
  context.catalog.putPart(upload.id, part);
  if (!copied) return sendEmpty(response, 200, { etag: part.etag, ...checksumHeaders(part) });
  sendXml(response, "CopyPartResult", { LastModified: new Date(part.modified).toISOString(), ETag: part.etag });
}

/** Joins the parts to an object; until it is there the upload can be completed again. */
export async function completeUpload(context: S3Context, request: S3Request): Promise<void> {
  const upload = requireUpload(context, request);
  const parts = chosenParts(context.catalog.parts(upload.id), await readText(request.body));
  const folder = partsFolder(context, upload.id);
  async function* joined(): AsyncGenerator<Buffer> {
    for (const part of parts) yield* createReadStream(join(folder, String(part.number)));
  }
  const algorithm = algorithmNamed(upload.headers["x-amz-checksum-algorithm"]);
  const received = await receive(joined(), {}, temporaryFile(context), algorithm);
  const { checksum: whole, ...bytes } = received;
  const checksum = await uploadChecksum(upload, parts, whole);
  const sent = requestedAlgorithm(request.headers);
  if (checksum && sent === checksum.algorithm)
    verify("checksum", request.headers[`x-amz-checksum-${sent}`], checksum.value);
  requireUpload(context, request);
  const { bucket, key } = upload;
  const target = { bucket, key, headers: objectHeaders(upload.headers), etag: await uploadEtag(parts) };
  const info = commitObject(context, target, { ...bytes, ...(checksum && { checksum }) }, request.headers);
  dropUpload(context, upload.id);
  await context.created(info, "ObjectCreated:CompleteMultipartUpload");
  sendXml(request.response, "CompleteMultipartUploadResult", {
    Location: `/${bucket}/${key}`,
    Bucket: bucket,
    Key: key,
    ETag: info.etag,
    ...(checksum && { [`Checksum${checksum.algorithm.toUpperCase()}`]: checksum.value, ChecksumType: checksum.type }),
  });
}

/** The parts that the client lists, checked as S3 checks them. */
function chosenParts(stored: PartInfo[], xml: string): PartInfo[] {
  const byNumber = new Map(stored.map((part) => [part.number, part]));
  const listed = xmlBlocks(xml, "Part");
  if (listed.length === 0)
    throw new S3Error("MalformedXML", "A multipart upload is completed with a list of parts", 400);
  const parts = listed.map((block) => {
    const part = byNumber.get(Number(xmlText(block, "PartNumber")));
    if (part && unquote(xmlText(block, "ETag") ?? "") === unquote(part.etag)) return part;
    throw new S3Error("InvalidPart", "One or more of the specified parts could not be found, or its ETag differs", 400);
  });
  for (const [index, part] of parts.entries()) {
    const next = parts[index + 1];
    if (next && next.number <= part.number)
      throw new S3Error("InvalidPartOrder", "The list of parts was not in ascending order", 400);
    if (next && part.size < SMALLEST_PART_BYTES)
      throw new S3Error("EntityTooSmall", `Part ${part.number} is under 5 MiB and not the last one`, 400);
  }
  return parts;
}

/** S3's ETag of an object that came in parts: the MD5 of the parts' MD5s, and their count. */
async function uploadEtag(parts: PartInfo[]): Promise<string> {
  const md5 = hasher("md5");
  for (const part of parts) md5.update(Buffer.from(unquote(part.etag), "hex"));
  return etagOf(await md5.digest()).replace(/"$/, `-${parts.length}"`);
}

async function uploadChecksum(upload: UploadInfo, parts: PartInfo[], whole: Checksum | undefined) {
  const wantsWhole = upload.headers["x-amz-checksum-type"] === "FULL_OBJECT" || whole?.algorithm === "crc64nvme";
  if (!whole || wantsWhole) return whole;
  const values = parts.flatMap((part) => (part.checksum?.algorithm === whole.algorithm ? [part.checksum.value] : []));
  if (values.length < parts.length) return undefined;
  const value = await compositeChecksum(whole.algorithm, values);
  return { algorithm: whole.algorithm, value, type: "COMPOSITE" } satisfies Checksum;
}

export function abortUpload(context: S3Context, request: S3Request): void {
  dropUpload(context, requireUpload(context, request).id);
  sendEmpty(request.response, 204);
}

function dropUpload(context: S3Context, id: string): void {
  context.catalog.removeUpload(id);
  rmSync(partsFolder(context, id), { recursive: true, force: true });
}

/** ListParts, in one page whatever their number. */
export function listParts(context: S3Context, request: S3Request): void {
  const { id, bucket, key } = requireUpload(context, request);
  const Part = context.catalog.parts(id).map((part) => ({
    PartNumber: part.number,
    LastModified: new Date(part.modified).toISOString(),
    ETag: part.etag,
    Size: part.size,
  }));
  sendXml(request.response, "ListPartsResult", { Bucket: bucket, Key: key, UploadId: id, IsTruncated: false, Part });
}

/** ListMultipartUploads, in one page. */
export function listUploads(context: S3Context, request: S3Request): void {
  requireBucket(context, request.bucket);
  const prefix = request.query.get("prefix") ?? "";
  const Upload = context.catalog
    .uploads()
    .filter((upload) => upload.bucket === request.bucket && upload.key.startsWith(prefix))
    .map(({ key, id, started }) => ({ Key: key, UploadId: id, Initiated: new Date(started).toISOString() }));
  sendXml(request.response, "ListMultipartUploadsResult", { Bucket: request.bucket, IsTruncated: false, Upload });
}
