import type { IncomingMessage, ServerResponse } from "node:http";
import * as buckets from "./buckets.ts";
import type { S3Context, S3Request } from "./context.ts";
import { S3Error } from "./error.ts";
import { listObjects } from "./listing.ts";
import * as multipart from "./multipart.ts";
import * as objects from "./objects.ts";
import { getObject } from "./read.ts";

type Operation = (context: S3Context, request: S3Request) => void | Promise<void>;

/** Operations by method, what the path names, and the subresource in the query. */
const OPERATIONS: Record<string, Operation> = {
  "GET service": buckets.listBuckets,
  "PUT bucket": buckets.createBucket,
  "HEAD bucket": buckets.headBucket,
  "DELETE bucket": buckets.deleteBucket,
  "GET bucket": listObjects,
  "GET bucket ?location": buckets.bucketLocation,
  "GET bucket ?versioning": buckets.bucketVersioning,
  "GET bucket ?uploads": multipart.listUploads,
  "POST bucket ?delete": objects.deleteObjects,
  "PUT object": objects.putObject,
  "GET object": (context, request) => getObject(context, request, true),
  "GET object ?tagging": objects.objectTagging,
  "HEAD object": (context, request) => getObject(context, request, false),
  "DELETE object": objects.removeObject,
  "POST object ?uploads": multipart.createUpload,
  "PUT object ?uploadId": multipart.uploadPart,
  "POST object ?uploadId": multipart.completeUpload,
  "DELETE object ?uploadId": multipart.abortUpload,
  "GET object ?uploadId": multipart.listParts,
};

const SUBRESOURCES = ["uploadId", "uploads", "delete", "location", "versioning"];
/** Query names that may be empty and are none; any other name without a value is one (`?acl`, `?object-lock`...). */
const PARAMETERS =
  /^(prefix|delimiter|marker|list-type|max-keys|continuation-token|start-after|fetch-owner|encoding-type|x-.*|response-.*)$/i;

export function findOperation(method: string, request: S3Request): Operation {
  const level = request.bucket === "" ? "service" : request.key === "" ? "bucket" : "object";
  const subresource =
    SUBRESOURCES.find((name) => request.query.has(name)) ??
    [...request.query].find(([name, value]) => value === "" && !PARAMETERS.test(name))?.[0];
  const operation = OPERATIONS[`${method} ${level}${subresource === undefined ? "" : ` ?${subresource}`}`];
  if (operation) return operation;
  const what = `${method} of a ${level}${subresource === undefined ? "" : ` with ?${subresource}`}`;
  throw new S3Error("NotImplemented", `The local S3 does not implement ${what}`, 501);
}

/**
 * Takes a request apart: `/<bucket>/<key>`, or `<bucket>.localhost` as the host with the key as the path.
 *
 * The path is decoded but never normalized: `a//b`, `../x` and a trailing slash are keys of their own in S3.
 *
 * @throws {S3Error} `InvalidURI` when the path is no percent-encoded UTF-8
 */
export function readRequest(body: IncomingMessage, response: ServerResponse): S3Request {
  const url = body.url ?? "/";
  const mark = url.indexOf("?");
  const path = decodePath(mark < 0 ? url : url.slice(0, mark));
  const query = new URLSearchParams(mark < 0 ? "" : url.slice(mark + 1));
  const headers = Object.fromEntries(Object.entries(body.headers).map(([name, value]) => [name, String(value)]));
  const hosted = /^([a-z0-9][a-z0-9.-]+)\.localhost(:\d+)?$/.exec(headers.host ?? "")?.[1];
  const full = hosted === undefined ? path.slice(1) : `${hosted}${path}`;
  const slash = full.indexOf("/");
  const [bucket, key] = slash < 0 ? [full, ""] : [full.slice(0, slash), full.slice(slash + 1)];
  return { bucket, key, query, headers, body, response };
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new S3Error("InvalidURI", `Couldn't parse the specified URI: ${path.slice(0, 120)}`, 400);
  }
}
