import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { decode } from "../../core/decode.ts";
import { deaggregate } from "../../core/kpl.ts";
import { lineOf } from "../../core/row.ts";
import { aggregate, sealed } from "../aggregate.ts";
import { outcomesOf } from "../contract.ts";

/**
 * Bytes that others made.
 *
 * - `awslabs`: the vectors of awslabs/lambda-streams-to-firehose, test/testTransformer.js ("Kinesis.deagg-kpl").
 * - `python`: Amazon's aggregator for Python, aws_kinesis_agg 1.2.3: `RecordAggregator().add_user_record(key, data,
 *   hash key)` for each record below, the second with the hash key 2^128 - 1; the gzip is Python's, with mtime 0.
 * - `protobuf`: protobuf 7.36.2 for Python with aws_kinesis_agg's messages, serialized in pieces and joined, which is
 *   the same message: a record with a tag, then fields of a later version (15 varint, 16 64-bit, 17 32-bit, 18 bytes),
 *   then the key tables, then a record whose key index 300 is not in the table.
 */
const VECTORS = {
  awslabsNone: "84mawtQdjNmPALIE6YAJmOz4Qn4=",
  awslabsOne: "84mawgoFa2V5LTAaJQgAGiFUZXN0aW5nIEtQTCBBZ2dyZWdhdGVkIFJlY29yZCAxLTBlW2Hfd6iL1WkMbznr8jc2",
  awslabsTwo:
    "84mawgoFa2V5LTAKBWtleS0xGiUIABohVGVzdGluZyBLUEwgQWdncmVnYXRlZCBSZWNvcmQgMi0wGiUIARohVGVzdGluZyBLUEwgQWdncmVn" +
    "YXRlZCBSZWNvcmQgMi0xHSUjhhzfXunP+g/ETnSEIQ==",
  python:
    "84mawgoFYWxpY2UKA2JvYhInMzQwMjgyMzY2OTIwOTM4NDYzNDYzMzc0NjA3NDMxNzY4MjExNDU1GhcIABoTeyJuIjoxLCJ0ZXh0Ijoiw6kifRoW" +
    "CAEQABoQeyJuIjoyfQp7Im4iOjN9ChofCAAaGx+LCAAAAAAAAgOrVspTsjKpBQA7zzypBwAAABoECAAaABoMCAAaCG5vdCBKU09OfY7OSNIm/gyZ" +
    "dE2kPTLJcQ==",
  protobuf:
    "84mawhoTCAEaB3sibiI6MX0iBgoBaxIBdniWAYEBMTIzNDU2NziNATEyMzSSAQJ6egoBYQoBYhIBMRoMCKwCGgd7Im4iOjJ99Zyt4rziEYfc8oOf" +
    "DBSLbg==",
};

const bytesOf = (vector: string) => Buffer.from(vector, "base64");
const read = (payload: Uint8Array) =>
  deaggregate(payload)?.map(({ partitionKey, data }) => [partitionKey, Buffer.from(data).toString()]);

describe("an aggregated record", () => {
  test.each([
    ["of none", VECTORS.awslabsNone, []],
    ["of one", VECTORS.awslabsOne, [["key-0", "Testing KPL Aggregated Record 1-0"]]],
    [
      "of two",
      VECTORS.awslabsTwo,
      [
        ["key-0", "Testing KPL Aggregated Record 2-0"],
        ["key-1", "Testing KPL Aggregated Record 2-1"],
      ],
    ],
    [
      "with fields of a later version, in another order, and a key that is not there",
      VECTORS.protobuf,
      [
        ["b", '{"n":1}'],
        [undefined, '{"n":2}'],
      ],
    ],
  ])("%s, as others write it, is read", (_, vector, records) => expect(read(bytesOf(vector))).toEqual(records));

  test("becomes documents with the place and the key of each record; what is in one is decoded as a payload is", () => {
    const documents = decode(bytesOf(VECTORS.python)).map((document) => [
      document.subsequence,
      document.index,
      document.partitionKey,
      "error" in document ? document.error.code : document.parse(),
    ]);
    expect(documents).toEqual([
      [0, 0, "alice", { n: 1, text: "é" }],
      [1, 0, "bob", { n: 2 }],
      [1, 1, "bob", { n: 3 }],
      [2, 0, "alice", { n: 4 }],
      [3, 0, "alice", "empty_payload"],
      [4, 0, "alice", "invalid_json"],
    ]);
  });

  test("the encoder of our other tests writes what Amazon's writes", () => {
    const records = [0, 1].map((n) => ({ key: `key-${n}`, data: Buffer.from(`Testing KPL Aggregated Record 2-${n}`) }));
    expect(aggregate(records).toString("base64")).toBe(VECTORS.awslabsTwo);
  });

  test("gives each event an id of its own, and quarantine the record's own key and bytes", () => {
    const outcomes = outcomesOf(bytesOf(VECTORS.python));
    const ids = outcomes.flatMap((outcome) =>
      outcome.kind === "event" ? [JSON.parse(lineOf(outcome.row)).eventid] : [],
    );
    expect(new Set(ids).size).toBe(4);
    expect(outcomes.at(-1)).toMatchObject({
      kind: "quarantined",
      entry: { position: { subsequence: 4, index: 0 }, partitionKey: "alice", payload: Buffer.from("not JSON") },
    });
  });

  test("within an aggregated record is not taken apart: it is quarantined, and put back it will be", () => {
    const inner = bytesOf(VECTORS.awslabsTwo);
    const documents = decode(
      aggregate([
        { key: "k", data: inner },
        { key: "k", data: Buffer.from('{"a":1}') },
      ]),
    );
    expect(documents.map((document) => ("error" in document ? document.error.code : document.parse()))).toEqual([
      "invalid_utf8",
      { a: 1 },
    ]);
    expect(Buffer.from(documents[0]?.payload() ?? []).equals(inner)).toBe(true);
  });

  test("without a record is refused, not silent", () => {
    expect(decode(bytesOf(VECTORS.awslabsNone))).toMatchObject([{ error: { code: "empty_payload" } }]);
  });
});

describe("a plain record is what", () => {
  const whole = bytesOf(VECTORS.python);

  test("has a byte of an aggregated record changed, or is cut off: it is quarantined whole", () => {
    for (let i = 4; i < whole.length; i++) {
      const changed = Buffer.from(whole);
      changed[i] = (changed[i] ?? 0) ^ 0x10;
      for (const payload of [changed, whole.subarray(0, i)]) {
        expect(read(payload), `${i}`).toBeUndefined();
        const documents = decode(payload);
        expect(documents, `${i}`).toMatchObject([{ subsequence: 0, index: 0, error: { code: "invalid_utf8" } }]);
        expect(Buffer.from(documents[0]?.payload() ?? []).equals(payload)).toBe(true);
      }
    }
  });

  test.each([
    ["a length beyond its end", [0x1a, 0x7f, 0x08]],
    ["a length of 2^63", [0x1a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]],
    ["a length that does not end", [0x1a, ...Array(12).fill(0xff)]],
    ["a cut length", [0x1a, 0x80]],
    ["a group", [0x1b, 0x1c]],
    ["a wire type that there is not", [0x1f, 0x00]],
    ["a number where records belong", [0x18, 0x05]],
    ["a record without data", [0x1a, 0x02, 0x08, 0x00]],
    ["a record without a key index", [0x1a, 0x03, 0x1a, 0x01, 0x78]],
    ["a record with data beyond it", [0x1a, 0x04, 0x08, 0x00, 0x1a, 0x05, 0x78, 0x78, 0x78]],
  ])("has the right checksum over %s", (_, body) => expect(read(sealed(Buffer.from(body)))).toBeUndefined());

  test("starts as an aggregated record and is shorter than one", () => {
    expect(read(Buffer.from([0xf3, 0x89, 0x9a, 0xc2]))).toBeUndefined();
  });
});

test("the limit on expanded bytes is one for all records of an aggregated record", () => {
  const megabytes = (n: number) => ({ key: "k", data: gzipSync(`{"a":1}${" ".repeat(n * 1024 * 1024)}`) });
  const documents = decode(aggregate([megabytes(20), megabytes(20), megabytes(1)]));
  const codes = documents.map((document) => ("error" in document ? document.error.code : "event"));
  expect(codes).toEqual(["event", "expansion_limit", "event"]);
});
