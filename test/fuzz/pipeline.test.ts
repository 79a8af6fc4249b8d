import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lineOf } from "../../core/row.ts";
import { ARRIVAL_MS, outcomesOf } from "../contract.ts";

/**
 * Whatever the bytes: the pipeline does not throw, each document has one outcome, and what is stored can be read.
 * `FUZZ_RUNS` makes it longer, `FUZZ_SEED` repeats a failure; fast-check prints the seed with the smallest failing case.
 */
const RUNS = Number(process.env.FUZZ_RUNS ?? 300);
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
console.info(`fuzz: FUZZ_SEED=${SEED} FUZZ_RUNS=${RUNS}`);

const KEYS = [
  "a",
  "A",
  "details",
  "Details",
  "eventid",
  "utctimestamp",
  "source",
  "tags",
  "plugins",
  "category",
  "kind",
  "id",
]
  .concat(["etag", "events", "actor", "time", "date", "Timestamp", "src", "sourceIPAddress", "userAgent", "ipAddress"])
  .concat(["_collisions", "_ipaddresses", "__proto__", "constructor", "toString", "1", "", "year", "\ud800"]);
const TEXTS = [
  "admin#reports#activity",
  "2020-09-04T17:54:59Z",
  "Sep 4 17:54:59",
  "192.0.2.1, 10.0.0.1",
  "{}",
  '{"A":1,"a":{"SRC":5}}',
  "\udc00",
];

const text = fc.oneof(fc.constantFrom(...TEXTS), fc.string({ unit: "binary" }));
const number = fc.oneof(
  fc.constantFrom("1.10", "1e400", "-0", "12345678901234567890", "NaN", "-Infinity", "1567619699", "0"),
  fc.integer().map(String),
);
const key = fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...KEYS) }, { weight: 1, arbitrary: fc.string() });

/** JSON text of odd documents: keys that plugins read, in any case, with values that they do not expect. */
const { value, object } = fc.letrec<{ value: string; list: string; object: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom("null", "true", "false"),
    number,
    text.map((string) => JSON.stringify(string)),
    tie("list"),
    tie("object"),
  ),
  list: fc.array(tie("value"), { maxLength: 4 }).map((items) => `[${items.join(",")}]`),
  object: fc
    .array(fc.tuple(key, tie("value")), { maxLength: 6 })
    .map((entries) => `{${entries.map(([name, item]) => `${JSON.stringify(name)}:${item}`).join(",")}}`),
}));

const deep = fc
  .tuple(fc.constantFrom("[", '{"a":', '[{"A":1,"a":'), fc.constantFrom(3, 998, 1001, 5000, 20_000), value)
  .map(
    ([open, levels, inner]) =>
      open.repeat(levels) +
      inner +
      [...open].toReversed().join("").replace(/[^[{]/g, "").replaceAll("[", "]").replaceAll("{", "}").repeat(levels),
  );
const document = fc.oneof(
  { weight: 8, arbitrary: object },
  { weight: 1, arbitrary: value },
  { weight: 1, arbitrary: deep.map((inner) => `{"A":${inner},"a":1}`) },
);
const texts = fc.oneof(
  document,
  fc.array(document, { maxLength: 5 }).map((items) => `[${items.join(", ")}]`),
  fc.array(document, { maxLength: 5 }).map((lines) => lines.join("\n")),
  fc.tuple(document, fc.nat()).map(([json, at]) => json.slice(0, at % (json.length + 1))),
);

const payload = fc.oneof(
  texts.map((json) => Buffer.from(json)),
  texts.map((json) => Buffer.from(json, "utf16le")),
  texts.map((json) => gzipSync(json)),
  fc.tuple(texts, fc.nat(), fc.nat(255)).map(([json, at, byte]) => {
    const bytes = Buffer.from(json);
    if (bytes.length > 0) bytes[at % bytes.length] = byte;
    return bytes;
  }),
  fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
);

/** What a reader of the table may count on. */
function expectReadable(line: string): string {
  const row = JSON.parse(line);
  expect(line).not.toMatch(/[\n\r]/);
  expect(line.isWellFormed() && !/[^\\](\\\\)*\\ud[89a-f]/.test(line)).toBe(true);
  for (const name of ["eventid", "utctimestamp", "severity", "summary", "category", "source", "details"]) {
    expect(row[name], name).toBeTypeOf("string");
  }
  expect([...row.tags, ...row.plugins].every((item) => typeof item === "string")).toBe(true);
  expect(row.utctimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?\+00:00$/);
  expect(`${row.year}-${row.month}-${row.day}T${row.hour}`).toMatch(/^2020-0[89]-\d\dT\d\d$/);
  expect(JSON.parse(row.details)).toBeTypeOf("object");
  return row.eventid;
}

describe(`fuzz (seed ${SEED})`, () => {
  test("whatever the bytes, each document has one outcome, and what is stored can be read", () => {
    const property = fc.property(payload, (bytes) => {
      const before = Buffer.from(bytes);
      const outcomes = outcomesOf(bytes);
      expect(outcomes.length).toBeGreaterThan(0);
      const ids: string[] = [];
      for (const outcome of outcomes) {
        expect(outcome.kind).not.toBe("dropped");
        if (outcome.kind === "event") {
          expect(outcome.failed).toEqual([]);
          ids.push(expectReadable(lineOf(outcome.row)));
        } else if (outcome.kind === "quarantined") {
          expect(outcome.entry.position).toMatchObject({
            stream: "lake",
            sequence: expect.any(String),
            index: expect.any(Number),
          });
          expect(outcome.entry.payload).toBeInstanceOf(Uint8Array);
        }
      }
      const own = ids.filter((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-5/.test(id));
      expect(new Set(own).size, "ids are unique").toBe(own.length);
      expect(outcomesOf(bytes).map(summary), "a second run is equal").toEqual(outcomes.map(summary));
      expect(bytes.equals(before), "the payload is left alone").toBe(true);
    });
    fc.assert(property, { numRuns: RUNS, seed: SEED });
  });

  test("one bad document never changes what becomes of its neighbors", () => {
    const pair = fc.tuple(object, document);
    const property = fc.property(pair, ([good, bad]) => {
      const [alone, none] = outcomesOf(good).map(summary);
      fc.pre(none === undefined && alone?.startsWith("event") === true);
      expect(outcomesOf(`${good}\n${bad}`).map(summary)[0]).toBe(alone);
      expect(outcomesOf(`[${good},${bad}]`).map(summary)[0]).toBe(alone);
    });
    fc.assert(property, { numRuns: Math.ceil(RUNS / 3), seed: SEED });
  });
});

function summary(outcome: ReturnType<typeof outcomesOf>[number]): string {
  if (outcome.kind === "event") return `event ${lineOf(outcome.row)}`;
  return outcome.kind === "quarantined"
    ? `${outcome.entry.code} ${Buffer.from(outcome.entry.payload).toString("hex")}`
    : "dropped";
}

test("the clock of the tests stands where the partitions above say", () =>
  expect(new Date(ARRIVAL_MS).getUTCHours()).toBe(12));
