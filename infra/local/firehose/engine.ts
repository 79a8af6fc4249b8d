import { randomUUID } from "node:crypto";
import { createGzip } from "node:zlib";
import { type Addition, type NewBuffer, openBuffers, type StreamBuffer } from "./buffers.ts";
import type { StreamPlan } from "./config.ts";
import { compileExtractor, type Extractor } from "./jq.ts";
import { evaluatePrefix, formatTime } from "./prefix.ts";
import { errorLine, extractionFailure, type Failure, type Partition, processRecords } from "./process.ts";

// Firehose Developer Guide: "Dynamic partitioning" and "Custom prefixes for Amazon S3 objects".
const MOST_ACTIVE_PARTITIONS = 500;
const LONGEST_PREFIX = 512;
const LF = Buffer.from("\n");

/** The records of one PutRecord or PutRecordBatch call, one after another. */
export interface Call {
  stream: string;
  bytes: Uint8Array;
  lengths: number[];
  /** Epoch milliseconds. */
  arrival: number;
}

/** An object ready for S3. */
export interface Delivery {
  id: number;
  stream: string;
  bucket: string;
  key: string;
  bytes: Uint8Array;
  records: number;
  isError: boolean;
}

export type Engine = Awaited<ReturnType<typeof openEngine>>;

/**
 * Firehose without its clock, network and S3: takes calls, keeps buffers, and hands out the objects that are due.
 *
 * All of it may block for as long as a call of 4 MiB takes (about 0.1 s): run it in a worker.
 */
export async function openEngine(file: string, plans: StreamPlan[]) {
  const streams = new Map<string, { plan: StreamPlan; extract: Extractor }>();
  for (const plan of plans) {
    const extract = plan.query === undefined ? () => [] : await compileExtractor(plan.query);
    streams.set(plan.name, { plan, extract });
  }
  const buffers = openBuffers(file);
  const open = new Map<string, StreamBuffer>();
  const place = (buffer: { stream: string; target: string }) => `${buffer.stream} ${buffer.target}`;
  for (const buffer of buffers.all()) if (!buffer.sealed) open.set(place(buffer), buffer);

  /** When this returns, the call's records are on disk; when it throws, none of them is. */
  function put(call: Call): void {
    const stream = streams.get(call.stream);
    if (!stream) throw new Error(`firehose: no delivery stream ${call.stream}`);
    const additions = planAdditions(stream.plan, processRecords(stream.plan, stream.extract, recordsOf(call)), call);
    for (const buffer of buffers.add(additions)) {
      open.set(place(buffer), buffer);
      if (buffer.bytes >= stream.plan.bufferBytes) seal(buffer);
    }
  }

  function planAdditions(plan: StreamPlan, processed: ReturnType<typeof processRecords>, call: Call): Addition[] {
    const additions: Addition[] = [];
    const failures = [...processed.failures];
    let active = [...open.values()].filter((buffer) => buffer.stream === plan.name && !buffer.isError).length;
    for (const [target, partition] of processed.partitions) {
      const known = open.get(place({ stream: plan.name, target }));
      const buffer = known ?? newBuffer(plan, target, call.arrival, { keys: partition.keys });
      const refused = known ? undefined : refusePartition(buffer.prefix, active);
      if (refused) failures.push(...partition.documents.map(refused));
      else additions.push(dataAddition(plan, buffer, partition));
      if (!known && !refused) active++;
    }
    for (const [errorType, group] of Map.groupBy(failures, (failure) => failure.errorType)) {
      const known = open.get(place({ stream: plan.name, target: errorType }));
      const buffer = known ?? newBuffer(plan, errorType, call.arrival, { errorType });
      const data = Buffer.concat(group.map((failure) => errorLine(failure, call.arrival)));
      additions.push({ buffer, data, records: group.length });
    }
    return additions;
  }

  function seal(buffer: StreamBuffer): void {
    buffers.seal(buffer);
    open.delete(place(buffer));
  }

  const dueAt = (buffer: StreamBuffer): number =>
    buffer.sealed ? 0 : buffer.opened + (streams.get(buffer.stream)?.plan.bufferMs ?? 0);

  return {
    put,
    /** Closes every buffer, whatever its age. */
    sealAll: () => [...open.values()].forEach(seal),
    /** An object that is due, oldest buffer first, closed and compressed. @param except ids of deliveries not wanted now */
    async next(now: number, except: number[]): Promise<Delivery | undefined> {
      const buffer = buffers.all().find((one) => dueAt(one) <= now && !except.includes(one.id));
      if (!buffer) return undefined;
      if (!buffer.sealed) seal(buffer);
      const { id, stream, bucket, key, records, isError } = buffer;
      const bytes = await pack(buffers.read(buffer), buffer.gzip);
      return { id, stream, bucket, key, bytes, records, isError };
    },
    /** The object is in S3: forgets its buffer. */
    delivered(id: number): void {
      const buffer = buffers.all().find((one) => one.id === id);
      if (buffer) buffers.remove(buffer);
    },
    buffers: () => buffers.all().map((buffer) => ({ ...buffer, dueAt: dueAt(buffer) })),
    close: () => buffers.close(),
  };
}

function recordsOf({ bytes, lengths }: Call): Uint8Array[] {
  let at = 0;
  return lengths.map((length) => {
    at += length;
    return bytes.subarray(at - length, at);
  });
}

/** Why a partition may not open a buffer, as a maker of the failures of its documents. */
function refusePartition(prefix: string, active: number): ((record: Uint8Array) => Failure) | undefined {
  if (prefix.length > LONGEST_PREFIX)
    return (record) => extractionFailure(record, `The prefix evaluates to over ${LONGEST_PREFIX} characters`);
  if (active < MOST_ACTIVE_PARTITIONS) return undefined;
  return (record) => ({
    record,
    errorType: "activePartitionExceeded",
    errorCode: "DynamicPartitioning.ActivePartitionExceeded",
    message: "The number of active partitions has exceeded the configured limit",
  });
}

function dataAddition(plan: StreamPlan, buffer: StreamBuffer | NewBuffer, { documents }: Partition): Addition {
  const pieces = plan.delimiter === "" ? documents : documents.flatMap((document) => [document, LF]);
  return { buffer, data: Buffer.concat(pieces), records: documents.length };
}

/** Names the object: `<prefix><stream>-<version>-<time>-<uuid><extension>`; error objects are not compressed. */
function newBuffer(
  plan: StreamPlan,
  target: string,
  opened: number,
  values: { keys?: Record<string, string>; errorType?: string },
): NewBuffer {
  const isError = values.errorType !== undefined;
  const time = { arrival: opened, zone: plan.zone };
  const prefix = evaluatePrefix(isError ? plan.errorPrefix : plan.prefix, { ...time, ...values });
  const name = `${plan.name}-1-${formatTime("yyyy-LL-dd-HH-mm-ss", time)}-${randomUUID()}`;
  const key = `${prefix}${name}${isError ? "" : plan.extension}`;
  return { stream: plan.name, target, isError, prefix, bucket: plan.bucket, key, gzip: plan.gzip && !isError, opened };
}

/** Compresses off this thread, piece by piece, so that calls are taken meanwhile. */
async function pack(pieces: Iterable<Uint8Array>, gzip: boolean): Promise<Uint8Array> {
  if (!gzip) return Buffer.concat([...pieces]);
  const stream = createGzip();
  const packed: Buffer[] = [];
  stream.on("data", (piece: Buffer) => packed.push(piece));
  const ended = new Promise<void>((resolve, reject) => stream.on("end", resolve).on("error", reject));
  for (const piece of pieces) {
    if (!stream.write(piece)) await new Promise((resolve) => stream.once("drain", resolve));
  }
  stream.end();
  await ended;
  return Buffer.concat(packed);
}
