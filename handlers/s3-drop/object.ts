import { setTimeout as sleep } from "node:timers/promises";
import { GetObjectCommand, type GetObjectCommandOutput, type S3Client } from "@aws-sdk/client-s3";
import { ChangedObject, UnreadableObject } from "./errors.ts";
import type { Drop } from "./notification.ts";

/**
 * An object is read in ranges, the next one while this one is worked on. One long answer would stand still while the
 * stream throttles, and S3 ends connections that stand still.
 */
const PART_BYTES = 2 * 1024 * 1024;

/** Tries of one range: the SDK repeats a refused request, but not an answer that breaks off. */
const TRIES = 4;

/** 400s that pass by themselves (Amazon S3 API Reference, "Error responses"). */
const TRANSIENT = new Set(["ExpiredToken", "RequestTimeout", "RequestTimeTooSkewed", "SlowDown"]);

export interface OpenObject {
  /** The version id; in a bucket without versions the ETag. */
  readonly version: string;
  /** In a versioned bucket. */
  readonly versionId?: string;
  /** The object's bytes; one pass. */
  readonly bytes: AsyncGenerator<Buffer>;
}

/**
 * Opens one version of an object: whatever is read later is of that version.
 *
 * @throws {UnreadableObject} when it is gone or S3 refuses it
 * @throws {ChangedObject} when it is not the version that `resume` began with
 * @throws {Error} the SDK's, for failures that pass
 */
export async function openObject(
  s3: S3Client,
  { bucket: Bucket, key: Key, versionId, resume }: Drop,
): Promise<OpenObject> {
  const pin = pinOf(versionId, resume?.version);
  const first = await readRange(s3, { Bucket, Key, ...pin }, 0, PART_BYTES);
  const found = { id: first.answer.VersionId ?? "null", etag: (first.answer.ETag ?? "").replaceAll('"', "") };
  const isVersioned = found.id !== "null"; // an object older than the bucket's versioning has the id "null"
  const pinned = { Bucket, Key, ...pinOf(isVersioned ? found.id : undefined, found.etag) };
  const size = Number(first.answer.ContentRange?.split("/")[1] ?? first.bytes.length);
  const slice: Slice = async (start, end) => (await readRange(s3, pinned, start, end)).bytes;
  return {
    version: isVersioned ? found.id : found.etag,
    ...(isVersioned && { versionId: found.id }),
    bytes: readOn(first.bytes, size, slice),
  };
}

type Pin = { readonly VersionId?: string; readonly IfMatch?: string };

function pinOf(versionId: string | undefined, etag: string | undefined): Pin {
  if (versionId !== undefined) return { VersionId: versionId };
  return etag === undefined ? {} : { IfMatch: `"${etag}"` };
}

type Slice = (start: number, end: number) => Promise<Buffer>;

async function* readOn(first: Buffer, size: number, slice: Slice): AsyncGenerator<Buffer> {
  let part = first;
  for (let end = first.length; ; end += part.length) {
    const next = end < size ? slice(end, Math.min(end + PART_BYTES, size)) : undefined;
    next?.catch(() => {}); // it is awaited below, unless nobody wants it any more
    if (part.length > 0) yield part;
    if (!next) return;
    part = await next;
  }
}

async function readRange(
  s3: S3Client,
  object: { readonly Bucket: string; readonly Key: string } & Pin,
  start: number,
  end: number,
): Promise<{ bytes: Buffer; answer: GetObjectCommandOutput }> {
  for (let tries = 1; ; tries++) {
    try {
      const answer = await s3.send(new GetObjectCommand({ ...object, Range: `bytes=${start}-${end - 1}` }));
      const bytes = await answer.Body?.transformToByteArray();
      return { bytes: bytes ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length) : Buffer.alloc(0), answer };
    } catch (cause) {
      const error = meaningOf(cause);
      if (error !== cause || tries === TRIES) throw error;
      await sleep(Math.random() * 200 * 2 ** tries);
    }
  }
}

/** What an answer of S3 means for the object: for good, for another version, or only for now. */
function meaningOf(cause: unknown): unknown {
  if (!(cause instanceof Error) || !("$metadata" in cause)) return cause;
  const { httpStatusCode: status = 0 } = cause.$metadata as { httpStatusCode?: number };
  if (status === 412) return new ChangedObject(cause.message, { cause });
  const isRefused = status >= 400 && status < 500 && status !== 408 && status !== 429 && !TRANSIENT.has(cause.name);
  return isRefused ? new UnreadableObject(`S3 refuses it (${cause.name}: ${cause.message})`, { cause }) : cause;
}
