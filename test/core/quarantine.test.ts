import { describe, expect, test } from "vitest";
import { LIMITS } from "../../core/pack.ts";
import { MAX_INLINE_PAYLOAD_BYTES, type Quarantined, quarantineIdOf, quarantineRow } from "../../core/quarantine.ts";
import { lineOf } from "../../core/row.ts";

const ENTRY: Quarantined = {
  code: "invalid_json",
  message: 'decode: no JSON: "\ud800{"; the payload is quarantined',
  position: { stream: "lake", shard: "shardId-000000000000", sequence: "4959", subsequence: 0, index: 2 },
  arrivalMs: Date.UTC(2020, 8, 15, 12, 34, 56, 789),
  partitionKey: "key",
  payload: Buffer.from([0x7b, 0xff, 0x00]),
};

describe("a quarantine row", () => {
  test("holds the payload's bytes, where it stood and why, all as text, under the hour of its arrival", () => {
    const row = quarantineRow(ENTRY, "abc123");
    expect(row.partition).toEqual({ year: "2020", month: "09", day: "15", hour: "12" });
    expect(JSON.parse(lineOf(row))).toEqual({
      quarantineid: quarantineIdOf(ENTRY.position),
      code: "invalid_json",
      message: 'decode: no JSON: "\ufffd{"; the payload is quarantined',
      stream: "lake",
      shard: "shardId-000000000000",
      sequence: "4959",
      subsequence: "0",
      position: "2",
      arrival: "2020-09-15T12:34:56.789000+00:00",
      partitionkey: "key",
      pluginset: "abc123",
      payload: "e/8A",
      payload_location: null,
      payload_bytes: "3",
      ...row.partition,
    });
  });

  test("points to a payload that is stored elsewhere, and does not hold it", () => {
    const row = JSON.parse(lineOf(quarantineRow(ENTRY, "abc123", "s3://bucket/key")));
    expect(row).toMatchObject({ payload: null, payload_location: "s3://bucket/key", payload_bytes: "3" });
  });

  test("fits a Firehose record with the largest payload that is kept inline and the longest texts", () => {
    const largest = { ...ENTRY, payload: Buffer.alloc(MAX_INLINE_PAYLOAD_BYTES, 0xff), partitionKey: "😀".repeat(256) };
    const { bytes } = quarantineRow({ ...largest, message: "\u0001".repeat(1000) }, "abc123");
    expect(bytes.length + 1).toBeLessThanOrEqual(LIMITS.recordBytes);
  });
});

test("a document has one quarantine id, another one than the event's, and each its own", () => {
  expect(quarantineIdOf(ENTRY.position)).toBe(quarantineIdOf({ ...ENTRY.position }));
  expect(quarantineIdOf(ENTRY.position)).not.toBe(quarantineIdOf({ ...ENTRY.position, index: 3 }));
});
