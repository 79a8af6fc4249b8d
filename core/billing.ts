/** Firehose bills each record as a whole number of these (Firehose pricing, "Direct PUT and KDS as a source"). */
const UNIT_BYTES = 5 * 1024;

/** @returns bytes that Firehose bills for a record of this size; a record of nothing is not sent */
export function billedBytes(recordBytes: number): number {
  return Math.ceil(recordBytes / UNIT_BYTES) * UNIT_BYTES;
}
