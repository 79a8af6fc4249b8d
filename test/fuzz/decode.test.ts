import { deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Document, decode } from "../../core/decode.ts";
import { lineOf } from "../../core/row.ts";
import { aggregate } from "../aggregate.ts";
import { outcomesOf } from "../contract.ts";

/** As test/fuzz/pipeline.test.ts has it: `FUZZ_RUNS` makes it longer, `FUZZ_SEED` repeats a failure. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 300);
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
console.info(`fuzz: FUZZ_SEED=${SEED} FUZZ_RUNS=${RUNS}`);
const runs = (share = 1) => ({ numRuns: Math.ceil(RUNS * share), seed: SEED });

const COMPRESSIONS = [gzipSync, deflateSync, zstdCompressSync] as const;

/** Objects that are documents as they are: none is empty or an envelope. */
const object = fc
  .dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4 })
  .map((fields) => ({ ...JSON.parse(JSON.stringify(fields)), "": "always" }) as object);
const objects = fc.array(object, { minLength: 1, maxLength: 6 });
const blanks = fc.stringMatching(/^[ \t\r\n]{0,3}$/);

/** Text that hostile payloads are made of. */
const tokens = fc.array(
  fc.constantFrom(...'{}[]",:\\ \n\tax1-.', "null", "\ufeff", "\u0000", '{"a":1}', '{"a":', "[{", '"}{"', "\\u", "é"),
  { maxLength: 40 },
);
const envelope = fc.oneof(
  fc.record({ Records: fc.array(fc.oneof(object, fc.jsonValue())), x: fc.jsonValue() }, { requiredKeys: ["Records"] }),
  fc.record({
    "detail-type": fc.string(),
    source: fc.string(),
    time: fc.jsonValue(),
    detail: fc.oneof(object, fc.jsonValue()),
  }),
  fc.record({
    messageType: fc.constantFrom("DATA_MESSAGE", "CONTROL_MESSAGE", "x"),
    logGroup: fc.string(),
    logEvents: fc.array(
      fc.oneof(
        fc.jsonValue(),
        fc.record({ timestamp: fc.jsonValue(), message: fc.oneof(fc.string(), fc.json(), fc.jsonValue()) }),
      ),
    ),
  }),
);
const text = fc.oneof(
  tokens.map((list) => list.join("")),
  fc.json(),
  envelope.map((value) => JSON.stringify(value)),
  fc
    .array(
      fc.oneof(
        fc.json(),
        envelope.map((value) => JSON.stringify(value)),
        fc.string(),
      ),
      { maxLength: 5 },
    )
    .map((list) => list.join("\n")),
);

const { payload } = fc.letrec<{ payload: Uint8Array; plain: Uint8Array }>((tie) => ({
  plain: fc.oneof(
    { weight: 4, arbitrary: text.map((string) => Buffer.from(string)) },
    { weight: 1, arbitrary: text.map((string) => Buffer.from(string, "utf16le")) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }) },
  ),
  payload: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    tie("plain"),
    fc.tuple(tie("payload"), fc.constantFrom(...COMPRESSIONS)).map(([bytes, compress]) => compress(bytes)),
    fc.tuple(tie("payload"), tie("payload")).map((parts) => Buffer.concat(parts)),
    fc.tuple(tie("payload"), fc.nat()).map(([bytes, at]) => bytes.subarray(0, at % (bytes.length + 1))),
    fc.tuple(tie("payload"), fc.nat(), fc.nat(255)).map(([bytes, at, byte]) => {
      const changed = Buffer.from(bytes);
      if (changed.length > 0) changed[at % changed.length] = byte;
      return changed;
    }),
    fc
      .array(tie("payload"), { maxLength: 4 })
      .map((list) => aggregate(list.map((data, i) => ({ key: `${i % 2}`, data })))),
  ),
}));

/** All that a document says. */
function summary(document: Document): unknown {
  const { subsequence, index, partitionKey } = document;
  const place = { subsequence, index, partitionKey, payload: Buffer.from(document.payload()).toString("base64") };
  if ("error" in document) return { ...place, code: document.error.code };
  return { ...place, document: JSON.stringify(document.parse()), timeMs: document.timeMs, dropped: document.dropped };
}

const eventsIn = (bytes: Uint8Array) =>
  decode(bytes).map((document) => ("error" in document ? document.error.code : document.parse()));

describe(`fuzz (seed ${SEED})`, () => {
  test("whatever the bytes: documents with places of their own, the same each time, each as often as asked for", () => {
    const property = fc.property(payload, fc.boolean(), (bytes, acceptText) => {
      const before = Buffer.from(bytes);
      const documents = decode(bytes, { acceptText });
      expect(documents.length).toBeGreaterThan(0);
      const places = documents.map(({ subsequence, index }) => `${subsequence}/${index}`);
      expect(new Set(places).size).toBe(places.length);
      for (const [i, { subsequence, index }] of documents.entries()) {
        const last = documents[i - 1];
        expect([0, last ? last.index + 1 : 0]).toContain(index);
        expect(subsequence).toBe(index === 0 && last ? last.subsequence + 1 : (last?.subsequence ?? 0));
      }
      const first = documents.map(summary);
      expect(documents.map(summary), "parsed anew").toEqual(first);
      expect(decode(bytes, { acceptText }).map(summary), "decoded anew").toEqual(first);
      expect(before.equals(bytes), "the payload is left alone").toBe(true);
    });
    fc.assert(property, runs(3));
  });

  test("whatever the bytes: the pipeline has one outcome for each document", () => {
    const property = fc.property(payload, (bytes) => {
      const outcomes = outcomesOf(bytes);
      expect(outcomes).toHaveLength(decode(bytes).length);
      const ids = outcomes.flatMap((outcome) =>
        outcome.kind === "event" ? [JSON.parse(lineOf(outcome.row)).eventid] : [],
      );
      expect(new Set(ids).size).toBe(ids.length);
    });
    fc.assert(property, runs());
  });

  test("documents are read however they are written one after another", () => {
    const property = fc.property(
      objects,
      fc.array(blanks, { minLength: 6, maxLength: 6 }),
      fc.constantFrom(0, 2),
      (list, between, indent) => {
        const parts = list.map((item, i) => `${JSON.stringify(item, null, indent)}${between[i]}`);
        expect(eventsIn(Buffer.from(parts.join("")))).toEqual(list);
      },
    );
    fc.assert(property, runs());
  });

  test("a bad line among lines costs only itself", () => {
    const bad = fc.oneof(
      fc.string().map((line) => line.replace(/[\r\n]/g, "")),
      fc.tuple(fc.json(), fc.nat()).map(([line, at]) => line.slice(0, at % line.length)),
    );
    const property = fc.property(objects, objects, bad, (before, after, line) => {
      const lines = [...before.map((item) => JSON.stringify(item)), line, ...after.map((item) => JSON.stringify(item))];
      const events = eventsIn(Buffer.from(lines.join("\n")));
      expect(events.slice(0, before.length)).toEqual(before);
      expect(events.slice(-after.length)).toEqual(after);
    });
    fc.assert(property, runs());
  });

  test("what is truncated gives the documents before its end, and is quarantined", () => {
    const property = fc.property(objects, fc.constantFrom(...COMPRESSIONS), fc.nat(), (list, compress, at) => {
      const whole = compress(list.map((item) => JSON.stringify(item)).join("\n"));
      const cut = whole.subarray(0, 4 + (at % (whole.length - 4)));
      const events = eventsIn(cut);
      expect(events.pop()).toMatch(/^invalid_(gzip|zlib|zstd)$/);
      expect(events).toEqual(list.slice(0, events.length));
    });
    fc.assert(property, runs());
  });

  test("a record within an aggregated one is decoded as it is alone", () => {
    const property = fc.property(fc.array(payload, { minLength: 1, maxLength: 4 }), (list) => {
      const alone = list.map((data) => (data[0] === 0xf3 ? Buffer.from("5") : data)); // none is aggregated itself
      const together = decode(aggregate(alone.map((data) => ({ key: "k", data }))));
      const separate = alone.flatMap((data, subsequence) =>
        decode(data).map((document) => ({ ...Object(summary(document)), subsequence, partitionKey: "k" })),
      );
      expect(together.map(summary)).toEqual(separate);
    });
    fc.assert(property, runs());
  });

  test("a megabyte of anything takes a moment", () => {
    const property = fc.property(tokens, fc.boolean(), (list, acceptText) => {
      const unit = list.join("") || "{";
      const bytes = Buffer.from(unit.repeat(Math.ceil(2 ** 20 / unit.length)));
      const started = performance.now();
      const documents = decode(bytes, { acceptText });
      for (const document of documents) document.payload();
      expect(performance.now() - started, JSON.stringify(unit)).toBeLessThan(10_000);
    });
    fc.assert(property, runs(0.1));
  });
});
