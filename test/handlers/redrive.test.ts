import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { quarantineIdOf } from "../../core/quarantine.ts";
import { MAX_PAYLOAD_BYTES } from "../../handlers/records.ts";
import { wrap } from "../../handlers/redrive/envelope.ts";
import type { Drop } from "../../handlers/s3-drop/notification.ts";
import { entry, type Lab, openLab } from "./redrive-lab.ts";

const NOW = Date.UTC(2026, 10, 24, 7, 5);
const NONE = { found: 0, put: 0, skipped: 0, failed: 0, records: 0 };

let lab: Lab;
beforeEach(async () => {
  lab = await openLab(NOW);
});
afterEach(() => lab.close());

describe("an envelope", () => {
  const first = { stream: "events", shard: "shard-1", sequence: "49", subsequence: 0, index: 0 };
  const of = (payload: Uint8Array, place = {}) => ({
    position: { ...first, ...place },
    arrivalMs: NOW,
    partitionKey: "key",
    payload,
  });

  test("says where the record first was, and holds its bytes", () => {
    expect(JSON.parse(wrap(of(Buffer.from([0xff, 0x00]))).toString())).toEqual({
      _lake: { stream: "events", shard: "shard-1", sequence: "49", arrival: NOW, partitionkey: "key" },
      payload: "/wA=",
    });
  });

  test("says which document, unless it is the first", () => {
    const { _lake } = JSON.parse(wrap(of(Buffer.from("x"), { index: 3 })).toString());
    expect(_lake).toMatchObject({ subsequence: 0, index: 3 });
  });

  test("is gzip when it is large, and fits the stream though base64 would not", () => {
    const envelope = wrap(of(Buffer.from(`{"text":"${"abc".repeat(340_000)}"}`)));
    expect([...envelope.subarray(0, 2)]).toEqual([0x1f, 0x8b]);
    expect(envelope.length).toBeLessThan(MAX_PAYLOAD_BYTES);
  });

  test("is not put around another one: the first identity is the one inside", () => {
    const plain = wrap(of(Buffer.from("x")));
    const compressed = wrap(of(randomBytes(700 * 1024)));
    for (const envelope of [plain, compressed]) expect(wrap(of(envelope, { sequence: "50" }))).toBe(envelope);
  });

  test("of bytes that do not fit is refused, with their size", () => {
    expect(() => wrap(of(randomBytes(1_048_000)))).toThrow(/payload of 1048000 bytes makes a record of \d+ bytes/);
  });
});

describe("quarantined entries", () => {
  test("go back on the stream as they first came, each with its own place", async () => {
    const index = { position: { sequence: "50", subsequence: 1, index: 2 } };
    await lab.file([entry("broken", NOW - 60_000), entry("[]", NOW - 1500, { code: "empty_payload", ...index })]);
    expect((await lab.redrive()).counts).toEqual({ ...NONE, found: 2, put: 2, records: 2 });
    const place = { stream: "events", shard: "shard-1", partitionkey: "key" };
    expect(await lab.sent()).toEqual([
      { lake: { ...place, sequence: "49", arrival: NOW - 60_000 }, payload: "broken" },
      { lake: { ...place, sequence: "50", subsequence: 1, index: 2, arrival: NOW - 1500 }, payload: "[]" },
    ]);
  });

  test("are put once: a second run finds them in the manifest, and --again puts them all the same", async () => {
    const entries = [entry("a", NOW), entry("b", NOW, { position: { index: 1 } })];
    await lab.file(entries);
    await lab.redrive();
    expect((await lab.manifests()).flatMap(({ put }) => put)).toEqual(
      entries.map(({ position }) => quarantineIdOf(position)),
    );
    expect((await lab.redrive()).counts).toEqual({ ...NONE, found: 2, skipped: 2 });
    expect(await lab.sent()).toHaveLength(2);
    expect((await lab.redrive({ again: true })).counts).toMatchObject({ put: 2, skipped: 0 });
    expect(await lab.sent()).toHaveLength(4);
  });

  test("that were quarantined twice are put once", async () => {
    await lab.file([entry("a", NOW), entry("a", NOW)]);
    await lab.file([entry("a", NOW)]);
    expect((await lab.redrive()).counts).toEqual({ ...NONE, found: 1, put: 1, records: 1 });
  });

  test.each([
    ["a code", { code: "empty_payload" }, ["of that code"]],
    ["a time", { from: NOW - 100, to: NOW }, ["of that code", "of that time"]],
    ["an hour before, filed with the present", { from: NOW - 3_700_000, to: NOW - 3_500_000 }, ["an hour late"]],
  ])("are found by %s", async (_, wanted, expected) => {
    await lab.file([
      entry("of that code", NOW - 1, { code: "empty_payload" }),
      entry("of that time", NOW - 100, { position: { index: 1 } }),
      entry("too early", NOW - 101, { position: { index: 2 } }),
      entry("an hour late", NOW - 3_600_100, { position: { index: 3 } }),
      entry("too late", NOW, { position: { index: 4 } }),
    ]);
    await lab.redrive({ wanted });
    expect((await lab.sent()).map(({ payload }) => payload)).toEqual(expected);
  });

  test("too large for a row come from their object; one whose object is gone fails alone", async () => {
    await lab.put("quarantine-payloads/large", `{"text":"${"x".repeat(1_000_000)}"}`);
    await lab.file([entry("not in the row", NOW)], "s3://lake/quarantine-payloads/large");
    await lab.file([entry("lost", NOW, { position: { index: 1 } })], "s3://lake/quarantine-payloads/gone");
    await lab.file([entry("small", NOW, { position: { index: 2 } })]);
    const { counts, problems } = await lab.redrive();
    expect(counts).toEqual({ ...NONE, found: 3, put: 2, failed: 1, records: 2 });
    expect(problems).toEqual([expect.stringMatching(/^[0-9a-f-]{36}: The specified key does not exist/)]);
    expect((await lab.sent()).map(({ payload }) => payload.length)).toEqual([1_000_011, 5]);
  });

  test("beside an object that cannot be read are put", async () => {
    await lab.put("quarantine/year=2026/month=11/day=24/hour=07/0.json.gz", "no gzip");
    await lab.file([entry("fine", NOW)]);
    const { counts, problems } = await lab.redrive();
    expect(counts).toEqual({ ...NONE, found: 2, put: 1, failed: 1, records: 1 });
    expect(problems[0]).toContain("hour=07/0.json.gz: incorrect header check");
  });

  test("are counted by a dry run, which leaves no trace", async () => {
    await lab.file([entry("a", NOW)]);
    expect((await lab.redrive({ dryRun: true })).counts).toEqual({ ...NONE, found: 1, put: 1 });
    expect([await lab.records(), await lab.manifests()]).toEqual([[], []]);
  });
});

/** A line that the S3 drop writes in place of a document (handlers/s3-drop/envelope.ts). */
function line(version: string, code: string): string {
  const _s3 = { bucket: "drop", key: "a b.json", version };
  return JSON.stringify({ _s3, position: -1, source: "s3json", error: { code, message: "m" } });
}

const UNREADABLE = "unreadable_object";

describe("an object that could not be read when it was dropped", () => {
  test.each([
    [
      "by its version",
      "3HL4kqtJvjVBH40Nrjfkd",
      { bucket: "drop", key: "a b.json", versionId: "3HL4kqtJvjVBH40Nrjfkd" },
    ],
    [
      "by its name, when its version is an ETag",
      "9e107d9d372bb6826bd81d3542a419d6",
      { bucket: "drop", key: "a b.json" },
    ],
  ])("goes back to the queue of drops, %s", async (_, version, expected) => {
    await lab.file([entry(line(version, UNREADABLE), NOW, { code: UNREADABLE })]);
    const drops: Drop[] = [];
    const { counts } = await lab.redrive({ requeue: async (drop) => void drops.push(drop) });
    expect([counts, drops]).toEqual([{ ...NONE, found: 1, put: 1 }, [expected]]);
    expect((await lab.redrive()).counts).toEqual({ ...NONE, found: 1, skipped: 1 });
  });

  test("fails without a queue, and so does a reference to what is too large", async () => {
    const unreadable = entry(line("v", UNREADABLE), NOW, { code: UNREADABLE });
    const large = entry(line("v", "too_large"), NOW, { code: "too_large", position: { index: 1 } });
    await lab.file([unreadable, large]);
    const { counts, problems } = await lab.redrive();
    expect(counts).toEqual({ ...NONE, found: 2, failed: 2 });
    expect(problems.map((problem) => problem.slice(38))).toEqual([
      "no queue",
      "it only refers to s3://drop/a b.json (decode: no JSON)",
    ]);
  });
});

describe("a run that ends early", () => {
  const many = (count: number, from = 0) =>
    Array.from({ length: count }, (_, n) => entry(`entry ${n}`, NOW, { position: { index: from + n } }));

  test("by Ctrl-C has noted all it put, and the next one puts the rest", async () => {
    await lab.file(many(700));
    await lab.file([entry(line("v", UNREADABLE), NOW, { code: UNREADABLE, position: { index: 700 } })]);
    await lab.file(many(5, 701));
    const stop = new AbortController();
    const { counts } = await lab.redrive({ signal: stop.signal, requeue: async () => stop.abort() });
    expect(counts).toEqual({ ...NONE, found: 701, put: 701, records: 700 });
    expect((await lab.manifests()).flatMap(({ put }) => put)).toHaveLength(701);
    expect((await lab.redrive()).counts).toEqual({ ...NONE, found: 706, put: 5, skipped: 701, records: 5 });
  });

  test("because the stream is gone puts nothing, notes nothing, and leaves all to the next", async () => {
    await lab.file(many(3));
    const { counts, problems } = await lab.redrive({ stream: "nowhere" });
    expect(counts).toEqual({ ...NONE, found: 3, failed: 3 });
    expect(problems.join()).toContain("nowhere");
    expect((await lab.manifests()).flatMap(({ put }) => put)).toEqual([]);
    expect((await lab.redrive()).counts).toMatchObject({ put: 3, skipped: 0 });
  });
});
