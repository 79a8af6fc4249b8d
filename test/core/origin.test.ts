import { describe, expect, test } from "vitest";
import { idOf } from "../../core/identity.ts";
import { originsOf } from "../../core/origin.ts";
import { DEFAULT_WINDOW } from "../../core/partition.ts";
import { createPipeline, type SourceRecord } from "../../core/pipeline.ts";
import { wrap } from "../../handlers/redrive/envelope.ts";
import { createEnvelope } from "../../handlers/s3-drop/envelope.ts";
import { plugins } from "../../plugins/registry.ts";

const pipeline = createPipeline(plugins, DEFAULT_WINDOW);

/** A record as it comes now, at another place than the one that it is about. */
function record(payload: string | Uint8Array): SourceRecord {
  const place = {
    stream: "lake",
    shard: "shard-9",
    sequence: "900",
    partitionKey: "now",
    arrivalMs: 1_600_000_000_000,
  };
  return { ...place, payload: Buffer.from(payload) };
}

const FIRST = { stream: "lake", shard: "shard-1", sequence: "49", subsequence: 0, index: 0 };
const original = (payload: string | Uint8Array, place = {}) =>
  wrap({ position: { ...FIRST, ...place }, arrivalMs: 5000, partitionKey: "then", payload: Buffer.from(payload) });

function outcomes(payload: string | Uint8Array) {
  return pipeline.process(record(payload), 0).map((outcome) => {
    if (outcome.kind === "quarantined") return { id: outcome.entry.position, code: outcome.entry.code };
    const row = outcome.kind === "event" ? JSON.parse(Buffer.from(outcome.row.bytes).toString()) : {};
    return { id: row.eventid, source: row.source, utctimestamp: row.utctimestamp, details: JSON.parse(row.details) };
  });
}

describe("a redriven record", () => {
  test("has the identity and the arrival that it first had", () => {
    expect(outcomes(original('{"a":1}'))).toMatchObject([
      { id: idOf(FIRST), utctimestamp: "1970-01-01T00:00:05+00:00" },
    ]);
  });

  test("of a list has the ids that its items first had", () => {
    const ids = outcomes(original('[{"a":1},{"b":2}]')).map(({ id }) => id);
    expect(ids).toEqual([idOf(FIRST), idOf({ ...FIRST, index: 1 })]);
  });

  test("of one document among several keeps its place, and never takes a neighbor's", () => {
    const place = { ...FIRST, subsequence: 2, index: 3 };
    const ids = outcomes(original('{"a":1}{"b":2}', place)).map(({ id }) => id);
    expect(ids[0]).toBe(idOf(place));
    expect(ids[1]).not.toBe(idOf({ ...place, index: 4 }));
  });

  test("that was compressed to fit is opened, and what is quarantined again keeps its place", () => {
    const payload = Buffer.alloc(700 * 1024, "{");
    expect(outcomes(original(payload))).toEqual([{ id: FIRST, code: "invalid_json" }]);
  });
});

describe("a record of the S3 drop", () => {
  const object = { bucket: "b", key: "k", version: "v" };
  const line = (position: number, json: string) =>
    Buffer.concat(
      createEnvelope(object)({ kind: "document", bytes: Buffer.from(json) }, position).map((part) => Buffer.from(part)),
    );

  test("is its lines: each document as it was written, with an identity of object and position", () => {
    const payload = Buffer.concat([line(7, '{"price":1.10,"text":"} {"}'), line(8, '{"source":"mine","b":2}')]);
    const place = { stream: "s3://b/k", shard: "v", subsequence: 0, index: 0 };
    const [first, second] = outcomes(payload);
    expect(first).toMatchObject({ id: idOf({ ...place, sequence: "7" }), source: "s3json" });
    expect(first?.details).toMatchObject({ price: 1.1, text: "} {", _s3: { ...object, position: 7 } });
    expect(second).toMatchObject({ id: idOf({ ...place, sequence: "8" }), source: "mine" });
  });

  test("that says why there is no document is quarantined with that code", () => {
    const parts = createEnvelope(object)({ kind: "error", code: "unreadable_object", message: "gone" }, -1);
    const place = { stream: "s3://b/k", shard: "v", sequence: "-1", subsequence: 0, index: 0 };
    const payload = Buffer.concat(parts.map((part) => Buffer.from(part)));
    expect(outcomes(payload)).toEqual([{ id: place, code: "unreadable_object" }]);
  });
});

test.each([
  ["a document that only begins like one", '{"_lake":{"x":1},"payload":"e30="}'],
  ["without a payload", `{"_lake":${JSON.stringify(FIRST)}}`],
  ["an ordinary document", '{"a":1}'],
  ["nothing", ""],
])("%s is left as it is", (_, payload) => {
  const given = record(payload);
  expect(originsOf(given)).toEqual([given]);
});
