import { arrivalPartition } from "../core/partition.ts";
import { type Quarantined, quarantineIdOf } from "../core/quarantine.ts";

/** Writes an object, over what was there. */
export type WriteObject = (bucket: string, key: string, body: Uint8Array) => Promise<void>;

/**
 * Stores a payload that is too large for a row of the quarantine table, as it arrived.
 *
 * The key is the same on every delivery of the record, so a second one overwrites and never adds.
 *
 * @returns its location, `s3://bucket/key`
 */
export async function storePayload(write: WriteObject, bucket: string, entry: Quarantined): Promise<string> {
  const { year, month, day, hour } = arrivalPartition(entry.arrivalMs);
  const key = `quarantine-payloads/${year}/${month}/${day}/${hour}/${quarantineIdOf(entry.position)}`;
  await write(bucket, key, entry.payload);
  return `s3://${bucket}/${key}`;
}
