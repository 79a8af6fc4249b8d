/** GetShardIterator and GetRecords. */

import { type JsonObject, type Operation, ServiceError } from "../service.ts";
import { flag, oneOf, reader, required, text, timestamp, whole } from "./check.ts";
import {
  arnOf,
  type Context,
  describeRange,
  findShard,
  findStream,
  horizonOf,
  invalid,
  notFound,
  shardId,
  shardIdOf,
  streamArn,
  streamRef,
} from "./context.ts";
import { parseSequence, sequencer } from "./sequence.ts";
import type { RecordRow, ShardRow, StreamRow } from "./store.ts";
import { isExpired, openToken, sealToken, TOKEN_LIFE_MS, type Token } from "./token.ts";

/** Limits of one GetRecords answer (Kinesis API Reference). */
const MOST_RECORDS = 10_000;
const MOST_BYTES = 10 * 1024 * 1024;

const readIterator = reader({
  ...streamRef,
  ShardId: required(shardId),
  ShardIteratorType: required(
    oneOf("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER", "TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"),
  ),
  StartingSequenceNumber: text({ pattern: "0|([1-9]\\d{0,128})" }),
  Timestamp: timestamp(),
});
type IteratorInput = ReturnType<typeof readIterator>;

const readRecords = reader({
  ShardIterator: required(text({ min: 1, max: 512 })),
  Limit: whole({ min: 1, max: MOST_RECORDS }),
  StreamARN: streamArn,
  DryRun: flag(),
});

export function readOperations(context: Context): Record<string, Operation> {
  return {
    GetShardIterator: (json) => {
      const input = readIterator(json);
      const stream = findStream(context, input);
      const shard = findShard(context, stream, input.ShardId);
      return { ShardIterator: seal(context, shard, startOf(context, stream, shard, input)) };
    },
    GetRecords: (json) => {
      const input = readRecords(json);
      const { stream, shard, position } = unseal(context, input.ShardIterator);
      if (input.StreamARN !== undefined && input.StreamARN !== arnOf(context, stream.name)) {
        throw invalid(`ShardIterator belongs to stream ${stream.name}, not to ${input.StreamARN}.`);
      }
      if (input.DryRun) throw new ServiceError("DryRunOperationException", "The request is valid; DryRun was set.");
      return getRecords(context, stream, shard, position, input.Limit ?? MOST_RECORDS);
    },
  };
}

/** The id of the first record that an iterator gives. */
function startOf(context: Context, stream: StreamRow, shard: ShardRow, input: IteratorInput): number {
  switch (input.ShardIteratorType) {
    case "TRIM_HORIZON":
      return 0;
    case "LATEST":
      return context.store.lastRecordId(shard.id) + 1;
    case "AT_TIMESTAMP":
      return startAtTime(context, shard, input.Timestamp);
    case "AT_SEQUENCE_NUMBER":
      return indexIn(context, stream, shard, input);
    case "AFTER_SEQUENCE_NUMBER":
      return Math.min(indexIn(context, stream, shard, input) + 1, Number.MAX_SAFE_INTEGER);
  }
}

function startAtTime(context: Context, shard: ShardRow, time: number | undefined): number {
  if (time === undefined) throw invalid("Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP.");
  const now = context.now();
  if (time > now) {
    throw invalid(
      "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. " +
        `timestampInMillis: ${time}, currentTimestampInMillis: ${now}`,
    );
  }
  return context.store.recordIdSince(shard.id, time) ?? context.store.lastRecordId(shard.id) + 1;
}

function indexIn(context: Context, stream: StreamRow, shard: ShardRow, input: IteratorInput): number {
  const { StartingSequenceNumber: text, ShardIteratorType: type } = input;
  if (text === undefined) {
    throw invalid(
      "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or " +
        `(2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified ${type} and no StartingSequenceNumber.`,
    );
  }
  const sequence = parseSequence(text);
  const where = `on shard ${shardIdOf(shard.ix)} in stream ${stream.name} under account ${context.account}`;
  if (!sequence) throw invalid(`StartingSequenceNumber ${text} used in GetShardIterator ${where} is invalid.`);
  if (sequence.ix !== shard.ix) {
    const encoded = shardIdOf(sequence.ix);
    throw invalid(
      `Invalid StartingSequenceNumber. It encodes ${encoded}, while it was used in a call to a shard with ${shardIdOf(shard.ix)}`,
    );
  }
  if (sequence.createdSeconds !== Math.floor(shard.created / 1000)) {
    throw invalid(
      `StartingSequenceNumber ${text} used in GetShardIterator ${where} is invalid because it did not come from this stream.`,
    );
  }
  return sequence.index;
}

function getRecords(context: Context, stream: StreamRow, shard: ShardRow, position: number, limit: number): JsonObject {
  const { store } = context;
  const oldest = store.recordIdSince(shard.id, horizonOf(context, stream));
  const from = Math.max(position, oldest ?? store.lastRecordId(shard.id) + 1);
  const { rows, next } = page(store.recordsFrom(shard.id, from, limit + 1), limit);
  const sequenceOf = sequencer(shard);
  const records = rows.map((row) => ({
    SequenceNumber: sequenceOf(row.id, row.arrived),
    ApproximateArrivalTimestamp: row.arrived / 1000,
    Data: Buffer.from(row.data.buffer, row.data.byteOffset, row.data.byteLength).toString("base64"),
    PartitionKey: row.partitionKey,
    ...(row.encrypted === 1 && { EncryptionType: "KMS" }),
  }));
  const ended = shard.closed !== null && !next;
  return {
    Records: records,
    NextShardIterator: ended ? null : seal(context, shard, (rows.at(-1)?.id ?? from - 1) + 1),
    MillisBehindLatest: next ? Math.max(0, context.now() - (rows.at(-1) ?? next).arrived) : 0,
    ...(ended && { ChildShards: describeChildren(context, shard) }),
  };
}

/** Takes records up to both limits; `next` is the first one left, when there is one. At least one record always fits. */
function page(found: Iterable<RecordRow>, limit: number): { rows: RecordRow[]; next?: RecordRow } {
  const rows: RecordRow[] = [];
  let bytes = 0;
  for (const row of found) {
    bytes += row.data.length;
    if (rows.length === limit || (bytes > MOST_BYTES && rows.length > 0)) return { rows, next: row };
    rows.push(row);
  }
  return { rows };
}

function describeChildren(context: Context, shard: ShardRow): JsonObject[] {
  return context.store.childShards(shard.stream, shard.ix).map((child) => ({
    ShardId: shardIdOf(child.ix),
    ParentShards: [child.parent, child.adjacent].filter((ix) => ix !== null).map(shardIdOf),
    HashKeyRange: describeRange(child),
  }));
}

function seal(context: Context, shard: ShardRow, position: number): string {
  return sealToken("shard-iterator", context.now(), [shard.stream, shard.ix, position]);
}

function unseal(context: Context, text: string): { stream: StreamRow; shard: ShardRow; position: number } {
  const token = openToken("shard-iterator", text);
  const [streamId, ix, position] = token?.values ?? [];
  if (!token || !isWhole(streamId) || !isWhole(ix) || !isWhole(position)) throw invalid("Invalid ShardIterator.");
  if (isExpired(token, context.now())) throw expired(token, context.now());
  const stream = context.store.streamById(streamId);
  const shard = context.store.shard(streamId, ix);
  if (stream && shard) return { stream, shard, position };
  throw notFound(
    `Shard ${shardIdOf(ix)} under account ${context.account} does not exist: its stream was deleted or it expired.`,
  );
}

function isWhole(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function expired(token: Token, now: number): ServiceError {
  return new ServiceError(
    "ExpiredIteratorException",
    `Iterator expired. The iterator was created at time ${new Date(token.issued).toUTCString()} while right now it is ` +
      `${new Date(now).toUTCString()} which is further in the future than the tolerated delay of ${TOKEN_LIFE_MS} milliseconds.`,
  );
}
