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
   * Adds a row.
   *
   * @throws {PipelineError} `too_large` when the row alone is over Firehose's record limit; it is never cut
   */
  add(row: Row, origin: T): void;
  /** The calls that are full, each within Firehose's limits: to be made while more rows are added. */
  takeFull(): PackedRecord<T>[][];
  /** All calls to make; the packer is empty afterwards. */
  take(): PackedRecord<T>[][];
}

/**
 * Bytes of rows after which records are closed though they are not full, so that memory is bounded: rows of hours that few
 * events have keep those beside them alive (core/slab.ts).
 */
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
  let addedBytes = 0; // since all records were closed
  const closeAll = () => {
    for (const bin of open.values()) full.push(close(bin));
    open = new Map();
    addedBytes = 0;
  };
  return {
    add(row, origin) {
      const bytes = row.bytes.length + 1;
      if (bytes > LIMITS.recordBytes) throw tooLarge(bytes);
      const key = oneHour ? keyOf(row.partition) : "";
      let bin = open.get(key);
      if (bin && (bin.bytes + bytes > LIMITS.recordBytes || bin.rows.length === LIMITS.documentsPerRecord)) {
        full.push(close(bin));
        bin = undefined;
      }
      if (!bin) {
        bin = { rows: [], origins: [], bytes: 0 };
        open.set(key, bin);
      }
      bin.rows.push(row.bytes);
      bin.origins.push(origin);
      bin.bytes += bytes;
      addedBytes += bytes;
    },
    takeFull() {
      if (addedBytes >= MOST_OPEN_BYTES) closeAll();
      const calls = intoCalls(full);
      full = calls.pop() ?? []; // the last may have room for more
      return calls;
    },
    take() {
      closeAll();
      const calls = intoCalls(full);
      full = [];
      return calls;
    },
  };
}

interface Bin<T> {
  readonly rows: Uint8Array[];
  readonly origins: T[];
  bytes: number;
}

function close<T>({ rows, origins, bytes }: Bin<T>): PackedRecord<T> {
  const data = Buffer.allocUnsafe(bytes);
  let offset = 0;
  for (const row of rows) {
    data.set(row, offset);
    offset += row.length;
    data[offset++] = 0x0a;
  }
  return { data, origins };
}

function intoCalls<T>(records: readonly PackedRecord<T>[]): PackedRecord<T>[][] {
  const calls: PackedRecord<T>[][] = [];
  let call: PackedRecord<T>[] = [];
  let bytes = 0;
  for (const record of records) {
    if (call.length === LIMITS.recordsPerCall || bytes + record.data.length > LIMITS.callBytes) {
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
