import type { QuarantineCode } from "./error.ts";
import { type Position, uuidOf } from "./identity.ts";
import { arrivalPartition } from "./partition.ts";
import type { Row } from "./row.ts";
import { formatUTC } from "./time.ts";

/** A payload, or a document of one, that cannot become an event, with its bytes untouched. */
export interface Quarantined {
  readonly code: QuarantineCode;
  readonly message: string;
  readonly position: Position;
  readonly arrivalMs: number;
  readonly partitionKey: string;
  readonly payload: Uint8Array;
}

/**
 * Largest payload kept in the row itself: as base64 and with the other columns it stays under Firehose's 1,000 KiB.
 * A larger one is stored as an object, and the row points to it.
 */
export const MAX_INLINE_PAYLOAD_BYTES = 700 * 1024;

/** Stable: the same document quarantined twice has one id. */
export function quarantineIdOf({ stream, shard, sequence, subsequence, index }: Position): string {
  return uuidOf(`quarantine:${stream}/${shard}/${sequence}/${subsequence}/${index}`);
}

/**
 * Writes the row of the `quarantine` table, filed under the hour of arrival.
 *
 * @param location where the payload is stored when it is over {@link MAX_INLINE_PAYLOAD_BYTES}, e.g. `s3://bucket/key`
 */
export function quarantineRow(entry: Quarantined, pluginSet: string, location?: string): Row {
  const { position, arrivalMs, payload } = entry;
  const partition = arrivalPartition(arrivalMs);
  const row = {
    quarantineid: quarantineIdOf(position),
    code: entry.code,
    message: entry.message.toWellFormed(),
    stream: position.stream,
    shard: position.shard,
    sequence: position.sequence,
    subsequence: String(position.subsequence),
    position: String(position.index),
    arrival: formatUTC(arrivalMs),
    partitionkey: entry.partitionKey,
    pluginset: pluginSet,
    payload: location === undefined ? Buffer.from(payload).toString("base64") : null,
    payload_location: location ?? null,
    payload_bytes: String(payload.length),
    ...partition,
  };
  return { partition, bytes: Buffer.from(JSON.stringify(row)) };
}
