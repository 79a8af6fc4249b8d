import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { LakeEvent } from "../../core/event.ts";
import { isObject } from "../../core/json.ts";
import { DEFAULT_WINDOW } from "../../core/partition.ts";
import { createPipeline, type Outcome, type Pipeline } from "../../core/pipeline.ts";
import { definePlugin, type Metadata, type Plugin } from "../../core/plugin.ts";
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
  ...[
    '"_utcProcessedTimestamp":1,',
    '"utctimestamp":1.10,',
    '"details":{"utctimestamp":null,"tags":2},',
    '"utctimestamp":"2020-09-14T00:00:00Z",',
    '"source":null,',
    '"x-forwarded-for":',
  ],
  ...[
    '"kind":',
    '"Records":[',
    '"detail-type":"x",',
    '"messageType":',
    '"__proto__":1,',
    '{"__proto__":{"a":{"utctimestamp":1567619699}}}',
    '"7":1,',
    '"a":{"A":1},',
  ],
  ...["1.0", "-0", "1e400", "12345678901234567890", "NaN", "true", "null", "{}", "[]", "[1.50]", '{"b":1.50}', "01"],
  ...["\\", '\\"', "\\/", "\\u0041", "\\ud83d\\ude00", "\\ud800", "\\u0000", "\\u0022", "\\x", "\u2028", "é", "😀"],
  ...["\n", "\t", " ", "\r\n", "\u0000", "\ufeff", '"', "{", "}", "[", "]", ",", ":", "\u007f"],
];

/** Some come by the line, compressed, aggregated or from CloudWatch Logs; some of those are broken themselves. */
function wrapped(random: Random): Buffer {
  const some = () => Array.from({ length: random.int(1, 4) }, () => mutated(random));
  const lines = () =>
    Buffer.concat(some().flatMap((bytes) => [bytes, Buffer.from(random.pick(["\n", "\r\n", "\n\n"]))]));
  const kinds = [
    lines,
    () => gzipSync(lines(), { level: 1 }),
    () => aggregate(some().map((data) => ({ key: "k", data: random.chance(0.1) ? gzipSync(data) : data }))),
    () => logs(random, some()),
    () => list(random, some()),
  ];
  const bytes = random.int(0, 9) < 6 ? mutated(random) : random.pick(kinds)();
  return random.chance(0.02) ? bytes.subarray(0, random.int(0, bytes.length)) : bytes;
}

/** A list, mostly as a producer wrote it, alone or as CloudTrail's files have it. */
function list(random: Random, items: readonly Buffer[]): Buffer {
  const text = items.join(random.pick([",", ",", ", ", ",\n", "\n"]));
  const [before, after] = random.pick([...Array(5).fill(["[", "]"]), ["[", ""], ["[", "]\n{}"], ["[1,", "]"]]);
  const whole = `${before}${text}${after}`;
  return Buffer.from(random.chance(0.5) ? whole : `{"Records":${whole}${random.pick(["}", "}", '},"a":1}'])}`);
}

/** A subscription's record, whose messages are mostly as a producer wrote them. */
function logs(random: Random, messages: readonly Buffer[]): Buffer {
  const logEvents = messages.map((message, i) => ({
    id: `${i}`.repeat(56),
    timestamp: random.pick([ARRIVAL_MS, ARRIVAL_MS - 1500, ARRIVAL_MS, 7]),
    message: message.toString() + random.pick(["", "", "\n", " "]),
    ...(random.chance(0.02) && { extra: 1 }),
  }));
  const envelope = { messageType: "DATA_MESSAGE", owner: "123456789012", logGroup: "g", logStream: "s", logEvents };
  const json = JSON.stringify({ ...envelope, ...random.pick([{}, {}, { subscriptionFilters: ["f"] }, { n: 1.5 }]) });
  return random.chance(0.8) ? gzipSync(json, { level: 1 }) : Buffer.from(json);
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

function answer(pipeline: Pipeline, payload: Uint8Array, leftOut?: readonly string[]): unknown[] {
  const record = { payload, stream: "lake", shard: "0", sequence: "1", partitionKey: "k", arrivalMs: ARRIVAL_MS };
  const reader = pipeline.createReader();
  reader.begin(record, ARRIVAL_MS);
  const answers: unknown[] = [];
  for (let outcome = reader.next(leftOut); outcome; outcome = reader.next(leftOut)) answers.push(shown(outcome));
  return answers;
}

/** What became of a document, and what would be quarantined if it could not be delivered. */
function shown(outcome: Outcome): unknown {
  if (outcome.kind !== "event") return outcome;
  const { row, failed, record, document } = outcome;
  const { subsequence = 0, index = 0, partitionKey } = document ?? {};
  const payload = Buffer.from(document?.payload() ?? record.payload).toString("latin1");
  return { ...row, bytes: lineOf(row), failed, subsequence, index, partitionKey, payload };
}

/** The seed's plugins, and one of one's own. */
const own = (rest: Partial<Plugin> & Pick<Plugin, "onMessage">) => ({
  ...SETS.seed,
  enrich: [...SETS.seed.enrich, definePlugin({ name: "own", registration: ["*"], priority: 15, ...rest })],
});

/** Looks at all of an event, and changes its first level. */
function moveThings(event: LakeEvent, { holders }: Metadata): LakeEvent {
  const { details } = event;
  const [first = ""] = Object.keys(details);
  if (first.length % 2 === 0) event.summary = JSON.stringify(details[first] ?? null).slice(0, 50);
  if (first.length % 3 === 0) details.moved = details[first] ?? null;
  if (first.length % 5 === 0) delete details[first];
  event.tags.push(String(holders("name").length));
  return event;
}

/** Changes what is nested, in place. */
function changeWithin(event: LakeEvent): LakeEvent {
  for (const value of Object.values(event.details)) {
    if (Array.isArray(value) && value.length % 3 === 0) value.reverse();
    if (!isObject(value)) continue;
    const [first = "", second = ""] = Object.keys(value);
    if (first.length % 2 === 0) value.added = value[second] ?? null;
    if (second.length % 3 === 0) delete value[first];
    if (second.length % 5 === 0) value[first] = "changed";
  }
  return event;
}

const sets = {
  ...SETS,
  "seed and a shallow one": own({ shallow: true, lookups: ["name"], onMessage: moveThings }),
  "seed and one that says nothing": own({ onMessage: moveThings }),
  "seed and one that changes what is nested": own({ onMessage: changeWithin }),
};

describe.each(Object.entries(sets))(`fuzz (seed ${SEED}), plugins %s`, (_, set) => {
  const fast = createPipeline(set, DEFAULT_WINDOW);
  const reference = createPipeline(parsing(set), DEFAULT_WINDOW);

  test("bytes that are mutated at random give the same answer to the byte, parsed or not", () => {
    const random = createRandom(SEED);
    for (let run = 0; run < RUNS; run++) {
      const payload = wrapped(random);
      const before = Buffer.from(payload);
      const got = answer(fast, payload);
      expect(payload.equals(before), "the payload is left alone").toBe(true);
      const expected = answer(reference, payload, []); // as after a plugin that did not come back
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
