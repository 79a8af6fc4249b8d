import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { DEFAULT_WINDOW } from "../../core/partition.ts";
import { createPipeline, type Outcome, type Pipeline } from "../../core/pipeline.ts";
import { lineOf } from "../../core/row.ts";
import { createRunner } from "../../core/run.ts";
import { plugins } from "../../plugins/registry.ts";
import { aggregate } from "../aggregate.ts";
import { createCorpus } from "../bench/corpus.ts";
import { createRandom, type Random } from "../bench/random.ts";
import { SETS } from "../bench/sets.ts";
import { ARRIVAL, ARRIVAL_MS } from "../contract.ts";

/**
 * Two paths lead through the pipeline: events are read as bytes (core/scan.ts), and what is odd about them is parsed. That
 * no one can tell is shown here: the same bytes, mutated time and again, with and without the first path.
 *
 * `FUZZ_RUNS` makes it longer, `FUZZ_SEED` repeats a failure.
 */
const RUNS = Number(process.env.FUZZ_RUNS ?? 300) * 10;
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
console.info(`fuzz: FUZZ_SEED=${SEED} FUZZ_RUNS=${RUNS / 10}`);

const parsing = (set: typeof plugins) => ({
  ...set,
  normalize: set.normalize.map((plugin) => ({ ...plugin, isScan: false })),
});

const FIXTURES = readdirSync(new URL("../fixtures/", import.meta.url)).filter((name) => name.endsWith(".ndjson"));
const LINES = FIXTURES.flatMap((name) =>
  readFileSync(new URL(`../fixtures/${name}`, import.meta.url), "utf8")
    .trim()
    .split("\n"),
);
const EXAMPLES = [...plugins.normalize, ...plugins.enrich].flatMap(({ examples = [] }) => examples.map((e) => e.in));
const TEXTS = [...LINES, ...EXAMPLES, ...createCorpus(200).texts];

/** What is put in somewhere: names that plugins look for, odd numbers, escapes, and what is no JSON. */
const TOKENS = [
  ...[
    '"src":',
    '"Time":',
    '"start":"2020-09-15T12:00:00Z",',
    '"date":"2020-09-01",',
    '"severity":1.10,',
    '"tags":["a"],',
  ],
  ...['"sourceIPAddress":"192.0.2.1",', '"userAgent":"192.0.2.1x",', '"_ipaddresses":["192.0.2.9"],', '"details":{},'],
  ...['"_utcProcessedTimestamp":1,', '"utctimestamp":"2020-09-14T00:00:00Z",', '"source":null,', '"x-forwarded-for":'],
  ...['"kind":', '"Records":[', '"detail-type":"x",', '"messageType":', '"__proto__":1,', '"7":1,', '"a":{"A":1},'],
  ...["1.0", "-0", "1e400", "12345678901234567890", "NaN", "true", "null", "{}", "[]", "[1.50]", '{"b":1.50}', "01"],
  ...["\\", '\\"', "\\/", "\\u0041", "\\ud83d\\ude00", "\\ud800", "\\u0000", "\\u0022", "\\x", "\u2028", "é", "😀"],
  ...["\n", "\t", " ", "\r\n", "\u0000", "\ufeff", '"', "{", "}", "[", "]", ",", ":", "\u007f"],
];

/** Some come compressed or aggregated. */
function wrapped(random: Random, bytes: Buffer): Buffer {
  const wrap = random.int(0, 19);
  if (wrap === 0) return gzipSync(bytes, { level: 1 });
  return wrap === 1 ? aggregate([bytes, mutated(random)].map((data) => ({ key: "k", data }))) : bytes;
}

function mutated(random: Random): Buffer {
  let bytes = Buffer.from(random.pick(TEXTS));
  for (let n = random.int(0, 4); n > 0; n--) {
    const at = random.int(0, bytes.length);
    const until = Math.min(bytes.length, at + random.int(0, 12));
    const put = [
      () => Buffer.from(random.pick(TOKENS)),
      () => Buffer.from([random.int(0, 255)]),
      () => Buffer.from([(bytes[at] ?? 0) ^ 0x20]),
      () => bytes.subarray(random.int(0, at), at),
    ];
    const isInsertion = random.int(0, 2) > 0;
    bytes = Buffer.concat([bytes.subarray(0, at), random.pick(put)(), bytes.subarray(isInsertion ? at : until)]);
  }
  return bytes;
}

function answer(pipeline: Pipeline, payload: Uint8Array): unknown[] {
  const record = { payload, stream: "lake", shard: "0", sequence: "1", partitionKey: "k", arrivalMs: ARRIVAL_MS };
  return pipeline.process(record, ARRIVAL_MS).map(shown);
}

function shown(outcome: Outcome): unknown {
  if (outcome.kind === "event") return { ...outcome.row, bytes: lineOf(outcome.row), failed: outcome.failed };
  return outcome;
}

describe.each(Object.entries(SETS))(`fuzz (seed ${SEED}), plugins %s`, (_, set) => {
  const fast = createPipeline(set, DEFAULT_WINDOW);
  const reference = createPipeline(parsing(set), DEFAULT_WINDOW);

  test("bytes that are mutated at random give the same answer to the byte, parsed or not", () => {
    const random = createRandom(SEED);
    for (let run = 0; run < RUNS; run++) {
      const payload = wrapped(random, mutated(random));
      const before = Buffer.from(payload);
      const got = answer(fast, payload);
      expect(payload.equals(before), "the payload is left alone").toBe(true);
      const expected = answer(reference, payload);
      if (JSON.stringify(got) !== JSON.stringify(expected)) expect(got, payload.toString()).toEqual(expected);
    }
  });

  test("most events are read as bytes: the two paths are two", () => {
    const { bytes } = createRunner(set);
    const arrival = { arrivalMs: ARRIVAL_MS, arrival: ARRIVAL, processed: ARRIVAL, eventid: () => "id" };
    const read = TEXTS.filter((text) => bytes(Buffer.from(text), arrival) !== undefined);
    expect(read.length / TEXTS.length).toBeGreaterThan(0.5);
  });
});
