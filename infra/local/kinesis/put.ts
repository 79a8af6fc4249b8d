/** PutRecord and PutRecords. */

import { type JsonObject, type Operation, ServiceError } from "../service.ts";
import { blob, flag, list, type Read, reader, required, structure, text } from "./check.ts";
import { type Context, findStream, invalid, shardIdOf, streamRef } from "./context.ts";
import { fromDecimal, hashOf } from "./hash.ts";
import { parseSequence, sequencer } from "./sequence.ts";
import type { ShardRow, StreamRow } from "./store.ts";
import { openThrottle, type Throttle } from "./throttle.ts";

/** Limits of PutRecords (Kinesis API Reference): records, and bytes of data and partition keys together. */
const MOST_RECORDS = 500;
const MOST_REQUEST_BYTES = 10 * 1024 * 1024;
/** The largest record that any stream can be set to accept (UpdateMaxRecordSize, Kinesis API Reference). */
const MOST_RECORD_BYTES = 10 * 1024 * 1024;

const hashKey = text({ pattern: "0|([1-9]\\d{0,38})" });
const entry = {
  PartitionKey: required(text({ min: 1, max: 256 })),
  Data: required(blob({ max: MOST_RECORD_BYTES })),
  ExplicitHashKey: hashKey,
};
type Entry = Read<typeof entry>;

const readPutRecord = reader({
  ...streamRef,
  ...entry,
  SequenceNumberForOrdering: text({ pattern: "0|([1-9]\\d{0,128})" }),
  DryRun: flag(),
});
const readPutRecords = reader({
  ...streamRef,
  Records: required(list(required(structure(entry)), { min: 1, max: MOST_RECORDS })),
  DryRun: flag(),
});

/** What became of one entry: where it is, or why it was not taken. */
type Placed = { shard: ShardRow; sequence: string } | { shard: ShardRow; refused: true };

export function putOperations(context: Context): Record<string, Operation> {
  const throttle = context.throttle ? openThrottle(context.now) : undefined;
  return {
    PutRecord: (json) => {
      const input = readPutRecord(json);
      const stream = findStream(context, input);
      if (input.SequenceNumberForOrdering) checkOrdering(input.SequenceNumberForOrdering, stream);
      checkRecordSize(stream, input, "data");
      if (input.DryRun) throw dryRun();
      const [placed] = place(context, stream, [input], throttle);
      if (!placed || "refused" in placed) {
        throw new ServiceError("ProvisionedThroughputExceededException", rateMessage(context, stream, placed?.shard));
      }
      context.announce(stream.name, { records: 1, bytes: sizeOf(input) });
      return { ShardId: shardIdOf(placed.shard.ix), SequenceNumber: placed.sequence, ...encryption(stream) };
    },
    PutRecords: (json) => {
      const input = readPutRecords(json);
      const stream = findStream(context, input);
      checkRequestSize(stream, input.Records);
      if (input.DryRun) throw dryRun();
      const placed = place(context, stream, input.Records, throttle);
      const taken = input.Records.filter((_, i) => placed[i] && !("refused" in placed[i]));
      const failed = placed.length - taken.length;
      const bytes = taken.reduce((sum, record) => sum + sizeOf(record), 0);
      if (taken.length > 0) context.announce(stream.name, { records: taken.length, bytes });
      const results = placed.map((one) => describePlaced(context, stream, one));
      return { FailedRecordCount: failed, Records: results, ...encryption(stream) };
    },
  };
}

/** Finds each entry's shard and stores all that are taken in one transaction, in the order given. */
function place(context: Context, stream: StreamRow, entries: Entry[], throttle: Throttle | undefined): Placed[] {
  const routes = context.store.openShards(stream.id).map((shard) => ({ shard, sequenceOf: sequencer(shard) }));
  const arrived = context.store.arrivalTime(context.now());
  const encrypted = stream.keyId === null ? 0 : 1;
  return context.store.transaction(() =>
    entries.map((record) => {
      const key = hashKeyOf(record);
      const route = routes.find(({ shard }) => key <= shard.hashEnd);
      if (!route)
        throw new Error(`kinesis: no open shard of ${stream.name} covers hash key ${key}; nothing was stored`);
      const { shard, sequenceOf } = route;
      if (throttle && !throttle(shard.id, sizeOf(record))) return { shard, refused: true };
      const id = context.store.addRecord(shard.id, {
        arrived,
        encrypted,
        partitionKey: record.PartitionKey,
        data: record.Data,
      });
      return { shard, sequence: sequenceOf(id, arrived) };
    }),
  );
}

function hashKeyOf(record: Entry): string {
  if (record.ExplicitHashKey === undefined) return hashOf(record.PartitionKey);
  const key = fromDecimal(record.ExplicitHashKey);
  if (key !== undefined) return key;
  throw invalid(
    "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. " +
      `Specified value was ${record.ExplicitHashKey}`,
  );
}

function checkRequestSize(stream: StreamRow, entries: Entry[]): void {
  let bytes = 0;
  for (const [i, record] of entries.entries()) {
    checkRecordSize(stream, record, `records.${i + 1}.member.data`);
    bytes += sizeOf(record);
  }
  if (bytes > MOST_REQUEST_BYTES) throw invalid("Records size exceeds 10 MB limit");
}

/** The limit counts the data and the partition key (PutRecords, Kinesis API Reference). */
function checkRecordSize(stream: StreamRow, record: Entry, at: string): void {
  const most = stream.maxRecordKib * 1024;
  const size = record.Data.length;
  if (size > most) {
    throw new ServiceError(
      "ValidationException",
      `1 validation error detected: Value 'java.nio.HeapByteBuffer[pos=0 lim=${size} cap=${size}]' at '${at}' ` +
        `failed to satisfy constraint: Member must have length less than or equal to ${most}`,
    );
  }
  if (sizeOf(record) > most) {
    throw invalid(
      `Record size with its partition key is ${sizeOf(record)} bytes; stream ${stream.name} takes ${most}.`,
    );
  }
}

function sizeOf(record: Entry): number {
  return record.Data.length + Buffer.byteLength(record.PartitionKey);
}

/** Records of a shard are strictly ordered here anyway, so the number only has to be one. */
function checkOrdering(sequence: string, stream: StreamRow): void {
  if (!parseSequence(sequence)) {
    throw invalid(`ExclusiveMinimumSequenceNumber ${sequence} used in PutRecord on stream ${stream.name} is invalid.`);
  }
}

function describePlaced(context: Context, stream: StreamRow, placed: Placed): JsonObject {
  if ("sequence" in placed) return { SequenceNumber: placed.sequence, ShardId: shardIdOf(placed.shard.ix) };
  return {
    ErrorCode: "ProvisionedThroughputExceededException",
    ErrorMessage: rateMessage(context, stream, placed.shard),
  };
}

function rateMessage(context: Context, stream: StreamRow, shard: ShardRow | undefined): string {
  return `Rate exceeded for shard ${shardIdOf(shard?.ix ?? 0)} in stream ${stream.name} under account ${context.account}.`;
}

function encryption(stream: StreamRow): JsonObject {
  return stream.keyId === null ? {} : { EncryptionType: "KMS" };
}

function dryRun(): ServiceError {
  return new ServiceError("DryRunOperationException", "The request is valid; DryRun was set, so nothing was done.");
}
