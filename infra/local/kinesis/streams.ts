/** CreateStream and DeleteStream. A change is complete when its call returns: no stream is ever CREATING here. */

import { type Operation, ServiceError } from "../service.ts";
import { flag, map, oneOf, reader, required, whole } from "./check.ts";
import { type Context, findStream, invalid, streamMode, streamName, streamRef } from "./context.ts";
import { evenRanges } from "./hash.ts";
import type { StreamRow } from "./store.ts";
import { setTags, TAG_LIMITS } from "./tags.ts";

/** Record size limits of a stream, KiB (UpdateMaxRecordSize, Kinesis API Reference). */
export const RECORD_KIB = { min: 1024, max: 10_240 };
export const DEFAULT_RETENTION_HOURS = 24;
/** Shards that a new on-demand stream starts with (Kinesis Data Streams Developer Guide, on-demand mode). */
export const ON_DEMAND_SHARDS = 4;

const readCreate = reader({
  StreamName: required(streamName),
  ShardCount: whole({ min: 1 }),
  StreamModeDetails: streamMode,
  Tags: map(TAG_LIMITS),
  MaxRecordSizeInKiB: whole(RECORD_KIB),
  RecordDistributionStrategy: oneOf("AUTO", "USER_PARTITION_KEY"),
});
const readDelete = reader({ ...streamRef, EnforceConsumerDeletion: flag() });

export interface StreamSettings {
  name: string;
  mode: StreamRow["mode"];
  shards: number;
  retentionHours?: number;
  maxRecordKib?: number | undefined;
  keyId?: string | null;
}

/**
 * Adds a stream with `shards` open shards of equal hash key ranges.
 *
 * @throws {ServiceError} ResourceInUseException when the name is taken
 */
export function createStream(context: Context, settings: StreamSettings): StreamRow {
  const { store } = context;
  if (store.stream(settings.name)) {
    throw inUse(`Stream ${settings.name} under account ${context.account} already exists.`);
  }
  const stream = {
    name: settings.name,
    mode: settings.mode,
    created: context.now(),
    retentionHours: settings.retentionHours ?? DEFAULT_RETENTION_HOURS,
    maxRecordKib: settings.maxRecordKib ?? RECORD_KIB.min,
    keyId: settings.keyId ?? null,
  };
  return store.transaction(() => {
    const id = store.addStream(stream);
    for (const range of evenRanges(settings.shards)) store.addShard({ stream: id, created: stream.created, ...range });
    return { id, ...stream };
  });
}

export function streamOperations(context: Context): Record<string, Operation> {
  const { store } = context;
  return {
    CreateStream: (json) => {
      const input = readCreate(json);
      const mode = input.StreamModeDetails?.StreamMode ?? "PROVISIONED";
      if (input.RecordDistributionStrategy === "AUTO") {
        throw invalid("RecordDistributionStrategy AUTO is not implemented locally; partition keys decide the shard.");
      }
      if (mode === "ON_DEMAND" && input.ShardCount !== undefined) {
        throw invalid("ShardCount is not expected when StreamMode=ON_DEMAND");
      }
      if (mode === "PROVISIONED" && input.ShardCount === undefined) {
        throw invalid("ShardCount must be given for a stream of mode PROVISIONED.");
      }
      const shards = input.ShardCount ?? ON_DEMAND_SHARDS;
      const stream = createStream(context, {
        name: input.StreamName,
        mode,
        shards,
        maxRecordKib: input.MaxRecordSizeInKiB,
      });
      if (input.Tags) setTags(context, stream, input.Tags);
      return {};
    },
    DeleteStream: (json) => {
      store.removeStream(findStream(context, readDelete(json)).id);
      return {};
    },
  };
}

function inUse(message: string): ServiceError {
  return new ServiceError("ResourceInUseException", message);
}
