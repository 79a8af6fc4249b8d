import { mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { isBucketName, requireBucket, type S3Context, type S3Request, sendEmpty, sendXml } from "./context.ts";
import { S3Error } from "./error.ts";
import { bucketNames } from "./reconcile.ts";

/** @throws {S3Error} `InvalidBucketName`; a bucket that exists is no error, as in us-east-1 */
export function ensureBucket(context: S3Context, bucket: string): void {
  if (!isBucketName(bucket))
    throw new S3Error("InvalidBucketName", `The specified bucket name is not valid: ${bucket}`, 400);
  mkdirSync(join(context.root, bucket), { recursive: true });
}

export function createBucket(context: S3Context, request: S3Request): void {
  ensureBucket(context, request.bucket);
  sendEmpty(request.response, 200, { location: `/${request.bucket}` });
}

export function headBucket(context: S3Context, request: S3Request): void {
  requireBucket(context, request.bucket);
  sendEmpty(request.response, 200, { "x-amz-bucket-region": "us-east-1" });
}

export function deleteBucket(context: S3Context, request: S3Request): void {
  const { bucket } = request;
  requireBucket(context, bucket);
  const uploading = context.catalog.uploads().some((upload) => upload.bucket === bucket);
  if (uploading || context.catalog.page(bucket, "", "", 1).length > 0)
    throw new S3Error("BucketNotEmpty", `The bucket you tried to delete is not empty: ${bucket}`, 409);
  rmSync(join(context.root, bucket), { recursive: true });
  sendEmpty(request.response, 204);
}

export function listBuckets(context: S3Context, request: S3Request): void {
  const Bucket = bucketNames(context.root).map((Name) => ({
    Name,
    CreationDate: statSync(join(context.root, Name)).birthtime.toISOString(),
  }));
  sendXml(request.response, "ListAllMyBucketsResult", { Owner: { ID: "local" }, Buckets: { Bucket } });
}

/** Empty for us-east-1 (GetBucketLocation). */
export function bucketLocation(context: S3Context, request: S3Request): void {
  requireBucket(context, request.bucket);
  sendXml(request.response, "LocationConstraint", undefined);
}

/** Empty for a bucket that never was versioned (GetBucketVersioning). */
export function bucketVersioning(context: S3Context, request: S3Request): void {
  requireBucket(context, request.bucket);
  sendXml(request.response, "VersioningConfiguration", undefined);
}
