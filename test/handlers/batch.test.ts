import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { idOf } from "../../core/identity.ts";
import { DEFAULT_WINDOW } from "../../core/partition.ts";
import { createPipeline, type SourceRecord, withReaders } from "../../core/pipeline.ts";
import type { Plugin } from "../../core/plugin.ts";
import { MAX_INLINE_PAYLOAD_BYTES, quarantineIdOf } from "../../core/quarantine.ts";
import { type BatchDependencies, processBatch } from "../../handlers/batch.ts";
import { namedLines } from "../../handlers/report.ts";
import { plugins } from "../../plugins/registry.ts";
import { ARRIVAL_MS } from "../contract.ts";

type Fate = "event" | "drop" | "quarantine";

/** Kinds of payload, and what must become of each of their documents while Firehose takes everything. */
const PAYLOADS: readonly { readonly payload: string; readonly fates: readonly Fate[] }[] = [
  { payload: '{"a":1}', fates: ["event"] },
  { payload: '{"timestamp":"2020-09-15T01:00:00Z"}', fates: ["event"] },
  { payload: `[${Array.from({ length: 600 }, (_, i) => `{"i":${i}}`)}]`, fates: Array(600).fill("event") },
  { payload: '{"a":1}\nnonsense\n{"noise":1}\n{"b":2}', fates: ["event", "quarantine", "drop", "event"] },
  { payload: '[5,{"noise":1},{"a":1}]', fates: ["quarantine", "drop", "event"] },
  { payload: '{"noise":1}', fates: ["drop"] },
  { payload: '{"broken":1}', fates: ["event"] },
  { payload: "nonsense", fates: ["quarantine"] },
  { payload: `[{"quotes":"${'\\"'.repeat(300_000)}"},{"a":1}]`, fates: ["quarantine", "event"] }, // the row is over 1,000 KiB
  { payload: `nonsense${"x".repeat(MAX_INLINE_PAYLOAD_BYTES)}`, fates: ["quarantine"] },
];

const noise = {
  name: "noise",
  registration: ["noise"],
  priority: 50,
  onMessage: () => null,
};
const broken = { ...noise, name: "broken", registration: ["broken"], onMessage: () => expect.fail("broken") };
const trial: Plugin = { ...noise, name: "trial", registration: ["trial"], dropMode: "count" };
const set = { ...plugins, enrich: [...plugins.enrich, noise, broken, trial] };

function recordOf(payload: string, i: number): SourceRecord {
  const sequence = String(1000 + i);
  return {
    payload: Buffer.from(payload),
    stream: "lake",
    shard: "shardId-0",
    sequence,
    partitionKey: "k",
    arrivalMs: ARRIVAL_MS,
  };
}

/** What the two tables received, by id, and the payloads stored beside them. */
interface Lake {
  readonly rows: string[];
  readonly quarantine: Map<string, { code: string; payload: string | null; payload_location: string | null }>;
  readonly stored: Map<string, Uint8Array>;
}

interface Faults {
  /** Whether Firehose takes the next record; asked for each. */
  readonly takes?: () => boolean;
  readonly storageFails?: boolean;
  readonly timeLeft?: () => number;
}

async function run(payloads: readonly string[], { takes = () => true, storageFails, timeLeft = () => 1 }: Faults = {}) {
  const lake: Lake = { rows: [], quarantine: new Map(), stored: new Map() };
  const deps: BatchDependencies = {
    pipeline: createPipeline(set, DEFAULT_WINDOW),
    pluginSet: "test",
    oneHour: true,
    watched: new Set(["okta"]),
    timeLeft,
    now: () => ARRIVAL_MS,
    async deliver(table, calls) {
      return calls.map((call) => {
        const delivered = call.map(() => takes());
        for (const { data } of call.filter((_, i) => delivered[i])) store(lake, table, Buffer.from(data).toString());
        return { delivered, retries: 1, ...(delivered.includes(false) ? { error: "refused" } : {}) };
      });
    },
    async storePayload(entry) {
      if (storageFails) throw new Error("no storage");
      lake.stored.set(quarantineIdOf(entry.position), entry.payload);
      return `s3://lake/${quarantineIdOf(entry.position)}`;
    },
  };
  return { ...(await processBatch(payloads.map(recordOf), deps)), lake };
}

function store(lake: Lake, table: "events" | "quarantine", lines: string): void {
  for (const line of lines.trimEnd().split("\n")) {
    const row = JSON.parse(line);
    if (table === "events") lake.rows.push(row.eventid);
    else lake.quarantine.set(row.quarantineid, row);
  }
}

const kinds = fc.array(fc.nat(PAYLOADS.length - 1), { maxLength: 8 });
const answers = fc.array(fc.boolean(), { minLength: 1, maxLength: 12 });

describe("processBatch", () => {
  test("received = delivered + dropped + quarantined + to come again, and each document is where it is counted", async () => {
    const property = fc.asyncProperty(kinds, answers, fc.boolean(), async (chosen, taken, storageFails) => {
      let asked = 0;
      const takes = () => taken[asked++ % taken.length] ?? true;
      const batch = chosen.flatMap((kind) => PAYLOADS[kind] ?? []);
      const { counts, toComeAgain, lake } = await run(
        batch.map(({ payload }) => payload),
        { takes, storageFails },
      );

      const places = batch.flatMap(({ fates }, record) => fates.map((fate, index) => ({ record, index, fate })));
      const position = ({ record, index }: { record: number; index: number }) => {
        return { stream: "lake", shard: "shardId-0", sequence: String(1000 + record), subsequence: 0, index };
      };
      const events = places.filter((place) => lake.rows.includes(idOf(position(place))));
      const refused = places.filter((place) => lake.quarantine.has(quarantineIdOf(position(place))));
      const dropped = places.filter(({ fate }) => fate === "drop");
      const done = new Set([...events, ...refused, ...dropped]);
      const missing = places.filter((place) => !done.has(place));

      expect(events.every(({ fate }) => fate === "event") && refused.every(({ fate }) => fate === "quarantine")).toBe(
        true,
      );
      expect(lake.rows.length, "each event once").toBe(events.length);
      expect(counts).toEqual({
        received: places.length,
        delivered: events.length,
        dropped: dropped.length,
        quarantined: refused.length,
        toComeAgain: missing.length,
      });
      expect(toComeAgain).toEqual([...new Set(missing.map(({ record }) => record))]);
    });
    await fc.assert(property, { numRuns: 40 });
  });

  test("the log's facts name who dropped, who failed and why payloads were quarantined", async () => {
    const { facts, counts } = await run(PAYLOADS.map(({ payload }) => payload));
    expect(facts).toMatchObject({
      records: PAYLOADS.length,
      shard: "shardId-0",
      droppedBy: { enrichment_noise: 3 },
      failedPlugins: { enrichment_broken: 1 },
      quarantinedBy: { invalid_json: 3, not_an_object: 1, too_large: 1 },
      errors: [],
    });
    expect(counts).toMatchObject({ toComeAgain: 0, dropped: 3, quarantined: 5 });
  });

  test("a large payload is stored as it arrived, and its row points to it", async () => {
    const payload = `nonsense${"x".repeat(MAX_INLINE_PAYLOAD_BYTES)}`;
    const { lake } = await run([payload, "nonsense"]);
    const [large, small] = [...lake.quarantine.entries()].sort(([, a]) => (a.payload === null ? -1 : 1));
    expect(large?.[1]).toMatchObject({ payload: null, payload_location: `s3://lake/${large?.[0]}` });
    expect(Buffer.from(lake.stored.get(large?.[0] ?? "") ?? []).toString()).toBe(payload);
    expect(small?.[1]).toMatchObject({ payload: Buffer.from("nonsense").toString("base64"), payload_location: null });
  });

  test("a large payload that cannot be stored makes its record come again, and no other", async () => {
    const payload = `nonsense${"x".repeat(MAX_INLINE_PAYLOAD_BYTES)}`;
    const { counts, toComeAgain, facts } = await run(['{"a":1}', payload, "nonsense"], { storageFails: true });
    expect(counts).toMatchObject({ delivered: 1, quarantined: 1, toComeAgain: 1 });
    expect(toComeAgain).toEqual([1]);
    expect(facts.errors).toEqual([expect.stringContaining("no storage")]);
  });

  test("a row that is too large is quarantined with the bytes that arrived, not with what plugins made of them", async () => {
    const item = `{"Quotes":"${'\\"'.repeat(300_000)}"}`;
    const { lake } = await run([`[{"a":1},${item}]`]);
    const [row] = lake.quarantine.values();
    expect(row?.code).toBe("too_large");
    expect(Buffer.from(row?.payload ?? "", "base64").toString()).toBe(item);
  });

  test("out of time, no more records are begun: they come again, and what was begun is delivered", async () => {
    let left = 2;
    const { counts, toComeAgain, lake } = await run(Array(5).fill('{"a":1}'), { timeLeft: () => left-- });
    expect(toComeAgain).toEqual([2, 3, 4]);
    expect(counts).toEqual({ received: 5, delivered: 2, dropped: 0, quarantined: 0, toComeAgain: 3 });
    expect(lake.rows.length).toBe(2);
  });

  test("out of time within a record: what was taken of it is delivered, and the record comes again, its rest counted once", async () => {
    let left = 3;
    const payloads = ['{"a":1}\n{"b":1}\n{"c":1}\n{"d":1}', '{"e":1}'];
    const { counts, toComeAgain, lake } = await run(payloads, { timeLeft: () => left-- });
    expect(toComeAgain).toEqual([0, 1]);
    expect(counts).toEqual({ received: 5, delivered: 3, dropped: 0, quarantined: 0, toComeAgain: 2 });
    expect(lake.rows.length).toBe(3);
  });

  test("an empty batch is nothing", async () => {
    const { counts, toComeAgain } = await run([]);
    expect([counts.received, toComeAgain]).toEqual([0, []]);
  });

  test("records that come again are named in ascending order, each once", async () => {
    const payloads = ['{"timestamp":"2020-09-15T11:00:00Z"}', "nonsense", `[{"a":1},{"b":2},5]`];
    const { toComeAgain, counts } = await run(payloads, { takes: () => false });
    expect(toComeAgain).toEqual([0, 1, 2]);
    expect(counts.toComeAgain).toBe(5);
  });

  test("what a plugin in COUNT mode would drop is delivered, and counted in a metric under its name", async () => {
    const { counts, facts } = await run(['{"trial":1}', '{"trial":2}', '{"a":1}']);
    expect(counts).toEqual({ received: 3, delivered: 3, dropped: 0, quarantined: 0, toComeAgain: 0 });
    expect(facts.wouldDrop).toEqual({ enrichment_trial: 2 });
    const [line = ""] = namedLines(facts, "consumer", ARRIVAL_MS);
    expect(JSON.parse(line)).toMatchObject({
      ...{ Function: "consumer", Plugin: "enrichment_trial", WouldDrop: 2 },
      _aws: { CloudWatchMetrics: [{ Dimensions: [["Function", "Plugin"]] }] },
    });
  });

  test("rows of watched sources are counted, and lines of their own carry names as metrics' dimensions", async () => {
    const { facts } = await run(['{"source":"okta"}', '{"source":"okta"}', '{"source":"other"}', "no json"]);
    expect(facts.watched).toEqual({ okta: 2 });
    const lines = namedLines(facts, "consumer", ARRIVAL_MS).map((line) => JSON.parse(line));
    expect(lines).toMatchObject([
      { Function: "consumer", Code: "invalid_json", QuarantinedByCode: 1 },
      { Function: "consumer", Source: "okta", EventsBySource: 2 },
    ]);
    expect(lines[1]._aws.CloudWatchMetrics).toEqual([
      {
        Namespace: "DefendaDataLake",
        Dimensions: [["Function", "Source"]],
        Metrics: [{ Name: "EventsBySource", Unit: "Count" }],
      },
    ]);
  });
});

describe("calls are sent while records are still run", () => {
  const megabyte = JSON.stringify({ text: "x".repeat(1_000_000) });

  test("two at a time, and every row is sent once", async () => {
    const inFlight = { now: 0, most: 0, rows: 0 };
    let runs = 0;
    const pipeline = createPipeline(set, DEFAULT_WINDOW);
    const { counts } = await processBatch(Array.from({ length: 30 }, () => megabyte).map(recordOf), {
      ...{ pluginSet: "test", oneHour: true, timeLeft: () => 1, now: () => ARRIVAL_MS, storePayload: async () => "" },
      pipeline: withReaders(pipeline, (reader) => ({
        ...reader,
        begin(...args) {
          runs++;
          reader.begin(...args);
        },
      })),
      async deliver(_table, calls) {
        if (inFlight.rows === 0) expect(runs, "the first call waits for no others").toBeLessThan(15);
        inFlight.most = Math.max(inFlight.most, ++inFlight.now);
        for (const { origins } of calls.flat()) inFlight.rows += origins.length;
        await new Promise((done) => setTimeout(done, 5));
        inFlight.now--;
        return calls.map((call) => ({ delivered: call.map(() => true), retries: 0 }));
      },
    });
    expect(counts).toMatchObject({ received: 30, delivered: 30 });
    expect(inFlight).toEqual({ now: 0, most: 2, rows: 30 });
  });

  test("of one record as well, which is in memory by parts", async () => {
    const lines = { run: 0, mostWaiting: 0 };
    const pipeline = createPipeline(set, DEFAULT_WINDOW);
    const record = recordOf(Array.from({ length: 30 }, () => megabyte).join("\n"), 0);
    let sent = 0;
    const { counts } = await processBatch([record], {
      ...{ pluginSet: "test", oneHour: true, timeLeft: () => 1, now: () => ARRIVAL_MS, storePayload: async () => "" },
      pipeline: withReaders(pipeline, (reader) => ({
        ...reader,
        next(...args) {
          lines.mostWaiting = Math.max(lines.mostWaiting, ++lines.run - sent);
          return reader.next(...args);
        },
      })),
      async deliver(_table, calls) {
        await new Promise((done) => setTimeout(done, 1));
        for (const { origins } of calls.flat()) sent += origins.length;
        return calls.map((call) => ({ delivered: call.map(() => true), retries: 0 }));
      },
    });
    expect(counts).toMatchObject({ received: 30, delivered: 30 });
    expect(lines.mostWaiting).toBeLessThan(12);
  });

  test("what a call that fails as a whole held comes again", async () => {
    const { counts, toComeAgain } = await processBatch([recordOf('{"a":1}', 0)], {
      ...{ pluginSet: "test", oneHour: true, timeLeft: () => 1, now: () => ARRIVAL_MS, storePayload: async () => "" },
      pipeline: createPipeline(set, DEFAULT_WINDOW),
      deliver: () => Promise.reject(new Error("no")),
    });
    expect([counts.toComeAgain, counts.received, toComeAgain]).toEqual([1, 1, [0]]);
  });

  test.each([
    [12, 900_000],
    [60, 200_000],
  ])(
    "of several batches at once, which share the plugins but not their place: %i lines of %i bytes",
    async (count, bytes) => {
      const pipeline = createPipeline(set, DEFAULT_WINDOW);
      const sent = new Map<string, number>();
      const send = async (batch: number) => {
        const lines = Array.from({ length: count }, (_, i) =>
          JSON.stringify({ id: `${batch}.${i}`, text: "x".repeat(bytes) }),
        );
        return await processBatch([recordOf(lines.join("\n"), batch)], {
          ...{
            pluginSet: "test",
            oneHour: true,
            timeLeft: () => 1,
            now: () => ARRIVAL_MS,
            storePayload: async () => "",
          },
          pipeline,
          async deliver(_table, calls) {
            const text = Buffer.concat(calls.flat().map(({ data }) => data)).toString();
            for (const [, id = ""] of text.matchAll(/\\"id\\":\\"([\d.]+)/g)) sent.set(id, (sent.get(id) ?? 0) + 1);
            await new Promise((done) => setTimeout(done, 1));
            return calls.map((call) => ({ delivered: call.map(() => true), retries: 0 }));
          },
        });
      };
      const results = await Promise.all([0, 1, 2].map(send));
      for (const { counts } of results) expect(counts).toMatchObject({ received: count, delivered: count });
      expect([...sent.values()]).toEqual(Array.from({ length: 3 * count }, () => 1));
    },
  );
});
