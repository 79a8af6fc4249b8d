import type { S3ClientConfig } from "@aws-sdk/client-s3";
import { arrivalPartition } from "../core/partition.ts";
import { type Quarantined, quarantineIdOf } from "../core/quarantine.ts";

/** A payload is a few MB at most: an S3 that takes longer is asked again when the record comes again. */
const TIMEOUTS_MS = { connectionTimeout: 2000, requestTimeout: 10_000, throwOnRequestTimeout: true };

/**
 * Stores a payload that is too large for a row of the quarantine table, as it arrived.
 *
 * The key is the same on every delivery of the record, so a second one overwrites and never adds. The S3 client is
 * loaded only when there is such a payload: most functions never need it.
 *
 * @param options where S3 is, when it is not where the environment says
 * @returns its location, `s3://bucket/key`
 */
export async function storePayload(
  bucket: string,
  entry: Quarantined,
  options: S3ClientConfig = { requestHandler: TIMEOUTS_MS },
): Promise<string> {
  const { PutObjectCommand, S3Client } = await import("@aws-sdk/client-s3");
  const { year, month, day, hour } = arrivalPartition(entry.arrivalMs);
  const Key = `quarantine-payloads/${year}/${month}/${day}/${hour}/${quarantineIdOf(entry.position)}`;
  const client = new S3Client(options);
  await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: entry.payload }));
  return `s3://${bucket}/${Key}`;
}
