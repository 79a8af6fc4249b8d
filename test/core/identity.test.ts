import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { idOf, type Position, uuidOf } from "../../core/identity.ts";

const POSITION: Position = {
  stream: "lake",
  shard: "shardId-000000000000",
  sequence: "4959",
  subsequence: 0,
  index: 0,
};

const position = fc.record({
  stream: fc.stringMatching(/^[a-zA-Z0-9_.-]{1,20}$/),
  shard: fc.nat(3).map((n) => `shardId-00000000000${n}`),
  sequence: fc.nat(20).map(String),
  subsequence: fc.nat(20),
  index: fc.nat(20),
});

describe("an event's id", () => {
  test("it is the version 5 UUID that Python's uuid.uuid5(NAMESPACE_URL, name) gives", () => {
    expect(uuidOf("http://www.example.com/")).toBe("fcde3c85-2270-590f-9e7c-ee003d65e0e2");
    expect(uuidOf("")).toBe("1b4db7eb-4057-5ddf-91e0-36dec72071f5");
    expect(uuidOf("ü")).toBe("b250cb54-d222-583d-8c6e-a07d5d46557a");
  });

  test("it never changes between releases: the lake holds events by it", () => {
    expect(idOf(POSITION)).toBe("97aab56d-4593-5ea1-876a-201609b8d2c9");
  });

  test("it is a UUID of version 5 and RFC 9562's variant, the same whenever it is asked for", () => {
    fc.assert(
      fc.property(position, (place) => {
        expect(idOf(place)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        expect(idOf({ ...place })).toBe(idOf(place));
      }),
    );
  });

  test("it is the same however it is made", () => {
    const text = fc.string({ unit: "binary", maxLength: 500 });
    fc.assert(
      fc.property(text, text, text, fc.nat(1e6), fc.nat(), (stream, shard, sequence, subsequence, index) => {
        const name = `kinesis:${stream}/${shard}/${sequence}/${subsequence}/${index}`;
        expect(idOf({ stream, shard, sequence, subsequence, index })).toBe(uuidOf(name));
      }),
    );
  });

  test("two places have two ids", () => {
    fc.assert(
      fc.property(position, position, (a, b) => {
        expect(idOf(a) === idOf(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
    );
  });

  test.each([
    ["the stream", { stream: "lake2" }],
    ["the shard", { shard: "shardId-000000000001" }],
    ["the sequence number", { sequence: "4960" }],
    ["the place in an aggregated record", { subsequence: 1 }],
    ["the place in the payload", { index: 1 }],
  ])("it depends on %s", (_, change) => expect(idOf({ ...POSITION, ...change })).not.toBe(idOf(POSITION)));
});
