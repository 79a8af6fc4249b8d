import { PipelineError } from "./error.ts";
import type { Partition } from "./partition.ts";
import type { Row } from "./row.ts";

/** Limits of Firehose: API Reference 2015-08-04, PutRecordBatch; Developer Guide, "Quotas" and "Dynamic partitioning". */
export const LIMITS = {
  /** A record's data before base64: 1,000 KiB. */
  recordBytes: 1_024_000,
  /** Documents that record de-aggregation takes from one record. */
  documentsPerRecord: 500,
  recordsPerCall: 500,
  /** A call's data before base64: 4 MiB. */
  callBytes: 4 * 1024 * 1024,
} as const;

/** A Firehose record: rows of one partition hour, each ended by a newline. */
export interface PackedRecord<T> {
  readonly data: Uint8Array;
  /** What the caller passed with each row, in order. */
  readonly origins: readonly T[];
}

export interface Packer<T> {
  /**
   * Adds a row, whose bytes are copied.
   *
   * @throws {PipelineError} `too_large` when the row alone is over Firehose's record limit; it is never cut
   */
  add(row: Row, origin: T): void;
  /** True when `takeFull` would answer with a call, or have some of its memory free. */
  isFull(): boolean;
  /** The calls that are full, each within Firehose's limits: to be made while more rows are added. */
  takeFull(): PackedRecord<T>[][];
  /** All calls to make; the packer is empty afterwards. */
  take(): PackedRecord<T>[][];
}

/** A call's data: half of what Firehose takes, because it is in memory a few times over while it is sent. */
export const CALL_BYTES = LIMITS.callBytes / 2;

/** Bytes that records which are not full may take before they are closed all the same, so that memory is bounded. */
const MOST_OPEN_BYTES = 8 * 1024 * 1024;

/**
 * Packs rows into as few Firehose records as its limits allow. Firehose bills each record rounded up to 5 KB, and
 * dynamic partitioning takes a record's documents apart again.
 *
 * @param oneHour keep the hours apart: de-aggregated or not, a record is filed under one partition
 */
export function createPacker<T>(oneHour = true): Packer<T> {
  let open = new Map<string, Bin<T>>();
  let full: PackedRecord<T>[] = [];
  let fullBytes = 0;
  let addedBytes = 0; // since all records were closed
  const fill = (bin: Bin<T>) => {
    full.push(closed(bin));
    fullBytes += bin.length;
  };
  const fillAll = () => {
    for (const bin of open.values()) fill(bin);
    open = new Map();
    addedBytes = 0;
  };
  const keep = (records: PackedRecord<T>[]) => {
    full = records;
    fullBytes = records.reduce((sum, { data }) => sum + data.length, 0);
  };
  return {
    add(row, origin) {
      const bytes = row.bytes.length + 1;
      if (bytes > LIMITS.recordBytes) throw tooLarge(bytes);
      const key = oneHour ? keyOf(row.partition) : "";
      let bin = open.get(key);
      if (bin && (bin.length + bytes > LIMITS.recordBytes || bin.origins.length === LIMITS.documentsPerRecord)) {
        fill(bin);
        bin = undefined;
      }
      if (!bin) {
        bin = { data: bufferFor(bytes), length: 0, origins: [] };
        open.set(key, bin);
      }
      put(row.bytes, bin);
      bin.origins.push(origin);
      addedBytes += bytes;
    },
    isFull: () => fullBytes > CALL_BYTES || full.length > LIMITS.recordsPerCall || addedBytes >= MOST_OPEN_BYTES,
    takeFull() {
      if (addedBytes >= MOST_OPEN_BYTES) fillAll();
      const calls = intoCalls(full);
      keep(calls.pop() ?? []); // the last may have room for more
      return calls;
    },
    take() {
      fillAll();
      const calls = intoCalls(full);
      keep([]);
      return calls;
    },
  };
}

/** A record that is being filled. */
interface Bin<T> {
  data: Buffer;
  length: number;
  readonly origins: T[];
}

function put<T>(row: Uint8Array, bin: Bin<T>): void {
  const length = bin.length + row.length + 1;
  if (length > bin.data.length) {
    const larger = bufferFor(length);
    bin.data.copy(larger, 0, 0, bin.length);
    bin.data = larger;
  }
  bin.data.set(row, bin.length);
  bin.data[length - 1] = NEWLINE;
  bin.length = length;
}

const NEWLINE = 0x0a;

/** The smallest record's buffer; as rows are added it is made four times as large, twice, and then as large as can be. */
const FIRST_BYTES = 16 * 1024;

function bufferFor(bytes: number): Buffer {
  const used = spare.pop();
  if (used) return used;
  let size = FIRST_BYTES;
  while (size < bytes) size *= 4;
  return Buffer.allocUnsafeSlow(Math.min(size, LIMITS.recordBytes));
}

/** Buffers of records that were sent, as large as can be: the collector would free them late, when there are many. */
const spare: Buffer[] = [];

const MOST_SPARE = 16;

/** Takes records back that were sent: their bytes are written over from here on. */
export function recycle(call: readonly PackedRecord<unknown>[]): void {
  for (const { data } of call) {
    const isLarge = data.byteOffset === 0 && data.buffer.byteLength === LIMITS.recordBytes;
    if (isLarge && spare.length < MOST_SPARE) spare.push(Buffer.from(data.buffer));
  }
}

function closed<T>({ data, length, origins }: Bin<T>): PackedRecord<T> {
  return { data: data.subarray(0, length), origins };
}

function intoCalls<T>(records: readonly PackedRecord<T>[]): PackedRecord<T>[][] {
  const calls: PackedRecord<T>[][] = [];
  let call: PackedRecord<T>[] = [];
  let bytes = 0;
  for (const record of records) {
    if (call.length === LIMITS.recordsPerCall || bytes + record.data.length > CALL_BYTES) {
      calls.push(call);
      call = [];
      bytes = 0;
    }
    call.push(record);
    bytes += record.data.length;
  }
  return call.length > 0 ? [...calls, call] : calls;
}

/** The hour as text; core/partition.ts makes one partition of each, so that it need not be made for every row. */
function keyOf(partition: Partition): string {
  const known = keys.get(partition);
  if (known !== undefined) return known;
  const { year, month, day, hour } = partition;
  const key = `${year}-${month}-${day}-${hour}`;
  keys.set(partition, key);
  return key;
}

const keys = new WeakMap<Partition, string>();

function tooLarge(bytes: number): PipelineError {
  const message = `pack: a row of ${bytes} bytes is over Firehose's ${LIMITS.recordBytes}; its payload is quarantined`;
  return new PipelineError("too_large", "send", message, { data: { bytes } });
}
