import { isObject, type Json, type JsonObject } from "../../core/json.ts";

/** An object that is to be forwarded. */
export interface Drop {
  readonly bucket: string;
  readonly key: string;
  /** In a versioned bucket. */
  readonly versionId?: string;
  /** Where to go on, and with which version: what an invocation that ran out of time leaves to the next. */
  readonly resume?: { readonly position: number; readonly version: string };
}

/** CloudTrail's digests (Validating CloudTrail log file integrity): signatures over its files, not events. */
const DIGEST = /(^|\/)AWSLogs\/.*CloudTrail-Digest\//;

/**
 * Reads the body of a queue message: S3's event notification, EventBridge's "Object Created", or our own continuation.
 * `s3:TestEvent`, folders, empty objects, deletions and CloudTrail's digests give nothing.
 *
 * @throws {Error} for a body that is none of them: such a message belongs in the dead-letter queue
 */
export function dropsIn(body: string): Drop[] {
  const message: Json = JSON.parse(body);
  if (!isObject(message)) throw notUnderstood(body);
  if (message.Event === "s3:TestEvent") return [];
  if (message["detail-type"] === "Object Created") return [fromEventBridge(message)].filter(holdsEvents);
  if (!Array.isArray(message.Records)) throw notUnderstood(body);
  const created = message.Records.filter((record) => textAt(record, "eventName").startsWith("ObjectCreated:"));
  return created.map(fromS3).filter(holdsEvents);
}

/** The body that makes the next invocation go on: S3's own, with a `resume` beside `s3`. */
export function messageOf({ bucket, key, versionId, resume }: Drop): string {
  const object = { key: encodeURIComponent(key), ...(versionId !== undefined && { versionId }) };
  const s3 = { bucket: { name: bucket }, object };
  return JSON.stringify({ Records: [{ eventSource: "aws:s3", eventName: "ObjectCreated:Resume", s3, resume }] });
}

/** S3 encodes keys as forms do (Amazon S3 User Guide, "Event message structure"). */
function fromS3(record: Json): Sized {
  const object = at(record, "s3", "object");
  const resume = at(record, "resume");
  return {
    bucket: textAt(record, "s3", "bucket", "name"),
    key: decodeURIComponent(textAt(object, "key").replaceAll("+", " ")),
    ...versioned(textAt(object, "versionId")),
    ...sized(at(object, "size")),
    ...(isObject(resume) && {
      resume: { position: Number(resume.position), version: textAt(resume, "version") },
    }),
  };
}

/** EventBridge leaves keys as they are. */
function fromEventBridge({ detail = null }: JsonObject): Sized {
  const object = at(detail, "object");
  return {
    bucket: textAt(detail, "bucket", "name"),
    key: textAt(object, "key"),
    ...versioned(textAt(object, "version-id")),
    ...sized(at(object, "size")),
  };
}

interface Sized extends Drop {
  readonly size?: number;
}

function versioned(versionId: string): { versionId?: string } {
  return versionId === "" ? {} : { versionId };
}

function sized(size: Json): { size?: number } {
  return typeof size === "number" ? { size } : {};
}

function holdsEvents({ bucket, key, size }: Sized): boolean {
  if (bucket === "" || key === "") throw new Error("s3-drop: a notification names no bucket or key; it comes again");
  return size !== 0 && !key.endsWith("/") && !DIGEST.test(key);
}

function at(value: Json, ...path: string[]): Json {
  return path.reduce<Json>((level, key) => (isObject(level) ? (level[key] ?? null) : null), value);
}

function textAt(value: Json, ...path: string[]): string {
  const text = at(value, ...path);
  return typeof text === "string" ? text : "";
}

function notUnderstood(body: string): Error {
  return new Error(
    `s3-drop: a message is no notification of S3: ${JSON.stringify(body.slice(0, 120))}; it comes again`,
  );
}
