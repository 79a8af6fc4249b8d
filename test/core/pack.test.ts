import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CALL_BYTES, createPacker, LIMITS, type PackedRecord, recycle } from "../../core/pack.ts";
import type { Row } from "../../core/row.ts";

const KIB = 1024;

/** A row of so many bytes, its newline included, in an hour of 15 September 2020. */
function rowOf(bytes: number, hour = "12"): Row {
  return { partition: { year: "2020", month: "09", day: "15", hour }, bytes: Buffer.alloc(bytes - 1, "x") };
}

/** The calls that rows are packed into; a row's origin is its place. */
function pack(rows: readonly Row[], oneHour = true): PackedRecord<number>[][] {
  const packer = createPacker<number>(oneHour);
  for (const [i, row] of rows.entries()) packer.add(row, i);
  return packer.take();
}

const rows = (count: number, bytes: number, hour?: string) => Array.from({ length: count }, () => rowOf(bytes, hour));
const sizesOf = (calls: PackedRecord<number>[][]) => calls.map((call) => call.map(({ data }) => data.length));

describe("a record holds", () => {
  test("500 documents and no more", () => {
    expect(pack(rows(500, 10))[0]?.map(({ origins }) => origins.length)).toEqual([500]);
    expect(pack(rows(501, 10))[0]?.map(({ origins }) => origins.length)).toEqual([500, 1]);
  });

  test("1,024,000 bytes and no more, newlines included", () => {
    expect(sizesOf(pack([rowOf(1_000_000), rowOf(24_000)]))).toEqual([[1_024_000]]);
    expect(sizesOf(pack([rowOf(1_000_000), rowOf(24_001)]))).toEqual([[1_000_000, 24_001]]);
  });

  test("one hour, unless the hours need not be kept apart", () => {
    const mixed = [rowOf(10, "12"), rowOf(10, "13"), rowOf(10, "12")];
    expect(pack(mixed)[0]?.map(({ origins }) => origins)).toEqual([[0, 2], [1]]);
    expect(pack(mixed, false)[0]?.map(({ origins }) => origins)).toEqual([[0, 1, 2]]);
  });

  test("bytes, not characters", () => {
    const row = { ...rowOf(1), bytes: Buffer.from("ü😀") };
    expect(Buffer.from(pack([row])[0]?.[0]?.data ?? []).toString()).toBe("ü😀\n");
    expect(sizesOf(pack([row]))).toEqual([[7]]);
  });
});

describe("calls that are full may be made while rows are added", () => {
  test("of two records of a megabyte, and the rest is kept", () => {
    const packer = createPacker<number>();
    const isFull = Array.from({ length: 4 }, (_, i) => {
      packer.add(rowOf(1_000_000), i);
      return packer.isFull();
    });
    expect(isFull).toEqual([false, false, false, true]); // the record before the last can be told to be full
    expect(sizesOf(packer.takeFull())).toEqual([[1_000_000, 1_000_000]]);
    expect([packer.isFull(), packer.takeFull()]).toEqual([false, []]);
    expect(sizesOf(packer.take())).toEqual([[1_000_000, 1_000_000]]);
  });

  test("and what was sent is filled anew, once it is given back", () => {
    const packer = createPacker<number>();
    packer.add(rowOf(LIMITS.recordBytes), 0);
    const [[sent] = []] = packer.take();
    recycle(sent ? [sent] : []);
    packer.add(rowOf(10), 0);
    const [[next] = []] = packer.take();
    expect([next?.data.buffer === sent?.data.buffer, next?.data.length]).toEqual([true, 10]);
  });

  test("and records of hours that few rows have are closed after 8 MiB of rows", () => {
    const packer = createPacker<number>();
    packer.add(rowOf(10, "01"), 0);
    for (let i = 1; i < 10; i++) packer.add(rowOf(1_000_000), i);
    const early = packer.takeFull().flat();
    expect(early.flatMap(({ origins }) => origins)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 0]);
    expect(packer.take().map((call) => call.map(({ origins }) => origins))).toEqual([[[9]]]);
  });
});

describe("a row alone", () => {
  test("of exactly 1,024,000 bytes fits", () => {
    expect(sizesOf(pack([rowOf(LIMITS.recordBytes)]))).toEqual([[1_024_000]]);
  });

  test("of one byte more is refused, and the rows around it are packed", () => {
    const packer = createPacker<string>();
    packer.add(rowOf(10), "before");
    expect(() => packer.add(rowOf(LIMITS.recordBytes + 1), "too large")).toThrow(
      expect.objectContaining({ code: "too_large", stage: "send", data: { bytes: 1_024_001 } }),
    );
    packer.add(rowOf(10), "after");
    expect(packer.take()[0]?.map(({ origins }) => origins)).toEqual([["before", "after"]]);
  });
});

describe("a call holds", () => {
  test("500 records and no more", () => {
    const hours = Array.from({ length: 501 }, (_, i) => ({
      ...rowOf(10),
      partition: { ...rowOf(10).partition, year: String(1500 + i) },
    }));
    expect(pack(hours).map((call) => call.length)).toEqual([500, 1]);
    expect(pack(hours.slice(1)).map((call) => call.length)).toEqual([500]);
  });

  test("2 MiB and no more", () => {
    const full = [...rows(2, 1_000 * KIB, "01"), rowOf(48 * KIB, "02")];
    expect(sizesOf(pack(full))).toEqual([[...Array(2).fill(1_000 * KIB), 48 * KIB]]);
    expect(pack([...full, rowOf(1, "03")]).map((call) => call.length)).toEqual([3, 1]);
  });
});

test("nothing makes no call, and a packer is empty once it was taken from", () => {
  const packer = createPacker<number>();
  expect(packer.take()).toEqual([]);
  packer.add(rowOf(10), 0);
  expect(packer.take().length).toBe(1);
  expect(packer.take()).toEqual([]);
});

test("every row goes out once, in order within its hour, in records of one hour that end with a newline", () => {
  const size = fc.oneof(fc.integer({ min: 12, max: 2000 }), fc.integer({ min: 200_000, max: LIMITS.recordBytes }));
  const batch = fc.array(fc.tuple(size, fc.integer({ min: 10, max: 13 })), { maxLength: 60 });
  const many = fc.tuple(fc.integer({ min: 400, max: 1200 }), batch);
  const property = fc.property(many, ([small, mixed]) => {
    const all = [...mixed, ...Array.from({ length: small }, () => [12, 12] as const)].map(([bytes, hour], i) => {
      const text = JSON.stringify([i, hour]);
      return { ...rowOf(bytes, String(hour)), bytes: Buffer.from(text.padEnd(bytes - 1)) };
    });
    const calls = pack(all);
    const hours = new Map<string, number[]>();
    for (const call of calls) {
      expect(call.length).toBeLessThanOrEqual(LIMITS.recordsPerCall);
      expect(call.reduce((sum, { data }) => sum + data.length, 0)).toBeLessThanOrEqual(CALL_BYTES);
      for (const { data, origins } of call) {
        const lines = Buffer.from(data).toString().split("\n");
        expect(lines.pop()).toBe("");
        expect(lines.map((line) => line.trimEnd())).toEqual(
          origins.map((i) =>
            Buffer.from(all[i]?.bytes ?? [])
              .toString()
              .trimEnd(),
          ),
        );
        const hour = new Set(lines.map((line) => JSON.parse(line)[1]));
        expect([hour.size, origins.length <= LIMITS.documentsPerRecord, data.length <= LIMITS.recordBytes]).toEqual([
          1,
          true,
          true,
        ]);
        const key = String([...hour][0]);
        hours.set(key, [...(hours.get(key) ?? []), ...origins]);
      }
    }
    for (const places of hours.values()) expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect([...hours.values()].flat().toSorted((a, b) => a - b)).toEqual([...all.keys()]);
  });
  fc.assert(property, { numRuns: 20 });
});
