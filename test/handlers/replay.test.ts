import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { PluginSet } from "../../core/order.ts";
import { createPacker, type PackedRecord } from "../../core/pack.ts";
import { DEFAULT_WINDOW } from "../../core/partition.ts";
import { createPipeline, type SourceRecord } from "../../core/pipeline.ts";
import { definePlugin } from "../../core/plugin.ts";
import { checkpointFile, openCheckpoint } from "../../handlers/replay/checkpoint.ts";
import type { Clock } from "../../handlers/replay/clock.ts";
import { type Collected, createCollector, type EventRow, watchDrops } from "../../handlers/replay/collect.ts";
import { compareRows } from "../../handlers/replay/compare.ts";
import { createDiff, type Difference } from "../../handlers/replay/diff.ts";
import { createForwarder } from "../../handlers/replay/forward.ts";
import { createHourGuard, type OpenHours, partsByHour } from "../../handlers/replay/guard.ts";
import { createHourly } from "../../handlers/replay/hourly.ts";
import { readPeriod } from "../../handlers/replay/request.ts";
import { inHours } from "../../handlers/replay/stored.ts";
import { plugins } from "../../plugins/registry.ts";

const ARRIVAL = Date.parse("2026-09-15T12:30:00Z");

function createClock(): Clock & { time: number } {
  const clock = {
    time: ARRIVAL,
    now: () => clock.time,
    async sleep(milliseconds: number) {
      clock.time += milliseconds;
    },
  };
  return clock;
}

function record(n: number, payload: unknown): SourceRecord {
  const text = typeof payload === "string" ? payload : JSON.stringify(payload);
  const place = { stream: "s", shard: "shard-0", sequence: String(n), partitionKey: "k" };
  return { ...place, payload: Buffer.from(text), arrivalMs: ARRIVAL };
}

const batch = {
  pipeline: createPipeline(plugins, DEFAULT_WINDOW),
  pluginSet: plugins.version,
  oneHour: true,
  storePayload: async () => "s3://lake/payload",
};

describe("the guard of open hours", () => {
  function open(maxOpen: number, left: OpenHours = {}) {
    const clock = createClock();
    const waits: number[] = [];
    const onWait = (hours: number) => void waits.push(hours);
    return { clock, waits, guard: createHourGuard({ maxOpen, open: left, bufferSeconds: 60, clock, onWait }) };
  }

  test("lets so many hours be open, and the next one wait until Firehose has closed the oldest", async () => {
    const { guard, clock, waits } = open(3);
    for (const hour of ["1", "2", "3", "1"]) await guard.enter([hour]);
    expect(clock.time).toBe(ARRIVAL);
    await guard.enter(["4"]);
    expect(clock.time).toBe(ARRIVAL + 90_000);
    expect(waits).toEqual([3, 0]);
  });

  test("an hour that is written again stays open from then on", async () => {
    const { guard, clock } = open(2);
    await guard.enter(["1", "2"]);
    clock.time += 60_000;
    guard.touch(["1"]);
    await guard.enter(["3"]);
    expect(clock.time).toBe(ARRIVAL + 90_000); // when "2" closes; "1" is open still
    await guard.enter(["4"]);
    expect(clock.time).toBe(ARRIVAL + 150_000);
  });

  test("first come, first served: nobody waits for ever", async () => {
    const { guard } = open(2);
    const order: string[] = [];
    const enter = (hours: string[]) => guard.enter(hours).then(() => order.push(hours.join()));
    await Promise.all([enter(["1", "2"]), enter(["3", "4"]), enter(["1"]), enter(["2"])]);
    expect(order).toEqual(["1,2", "3,4", "1", "2"]);
  });

  test("what an earlier run left open counts", async () => {
    const { guard, clock } = open(1, { "events/2026-09-15-11": ARRIVAL + 5000 });
    await guard.enter(["events/2026-09-15-12"]);
    expect(clock.time).toBe(ARRIVAL + 5000);
  });

  test("a call of more hours than may be open is taken apart", () => {
    const packer = createPacker<number>();
    for (let hour = 0; hour < 24; hour++) {
      const partition = { year: "2026", month: "09", day: "15", hour: String(hour).padStart(2, "0") };
      for (const n of [0, 1]) packer.add({ partition, bytes: Buffer.from(JSON.stringify({ n, ...partition })) }, hour);
    }
    const [call = []] = packer.take();
    const parts = partsByHour(call, "events", 10);
    expect(parts.map(({ hours }) => hours.size)).toEqual([10, 10, 4]);
    expect(parts.flatMap(({ places }) => places)).toEqual([...call.keys()]);
    expect([...(parts[0]?.hours ?? [])][0]).toBe("events/2026-09-15-00");
  });
});

describe("forwarding", () => {
  /** @param refuse says which packed records Firehose does not take, by their text */
  function forwarder(refuse: (text: string, call: number) => boolean, source?: string) {
    const sent: string[] = [];
    let calls = 0;
    const send = async (table: string, call: readonly PackedRecord<unknown>[]) => {
      const texts = call.map(({ data }) => Buffer.from(data).toString());
      const number = calls++;
      const delivered = texts.map((text) => !refuse(text, number));
      sent.push(...texts.filter((_, i) => delivered[i]).map((text) => `${table} ${text}`));
      return { delivered, retries: 0, ...(delivered.includes(false) && { error: "refused" }) };
    };
    const clock = createClock();
    const guard = createHourGuard({ maxOpen: 400, open: {}, bufferSeconds: 60, clock, onWait() {} });
    return { sent, sink: createForwarder({ batch, source, send, guard, maxOpenHours: 400, clock }) };
  }

  /** Each of another hour, so that each is a packed record of its own. */
  const hours = Array.from({ length: 5 }, (_, n) => record(n, { n, source: "okta", time: `2026-09-15T0${n}:00:00Z` }));

  test("counts what became of the documents", async () => {
    const { sink, sent } = forwarder(() => false);
    const taken = await sink([...hours, record(9, "no JSON")]);
    expect(taken).toEqual({
      settled: 6,
      counts: { records: 6, delivered: 5, dropped: 0, quarantined: 1, skipped: 0 },
    });
    expect(sent.filter((text) => text.startsWith("quarantine"))).toHaveLength(1);
  });

  test("what fails once is sent again, and nothing else", async () => {
    const { sink, sent } = forwarder((text, call) => call === 0 && text.includes('\\"n\\":2'));
    expect(await sink(hours)).toMatchObject({ settled: 5, counts: { delivered: 5 } });
    expect(sent).toHaveLength(5);
  });

  test("what keeps failing is not settled, nor is anything after it", async () => {
    const { sink } = forwarder((text) => text.includes('\\"n\\":3'));
    expect(await sink(hours)).toMatchObject({ settled: 3, error: "refused" });
  });

  test("of one source only its events are sent, the others are counted", async () => {
    const { sink, sent } = forwarder(() => false, "aws");
    const taken = await sink([...hours, record(9, { source: "aws" }), record(10, "no JSON")]);
    expect(taken.counts).toEqual({ records: 7, delivered: 1, dropped: 0, quarantined: 0, skipped: 6 });
    expect(sent).toHaveLength(1);
  });
});

describe("comparing", () => {
  const hour = { year: "2026", month: "09", day: "15", hour: "12" };
  const row = (details: string, changes: Partial<EventRow> = {}): EventRow => ({
    ...{ eventid: "id", utctimestamp: "2026-09-15T12:00:00+00:00", severity: "INFO", summary: "UNKNOWN" },
    ...{ category: "UNKNOWN", source: "okta", tags: [], plugins: ["a"], details, ...hour, ...changes },
  });

  test.each<[name: string, before: string, after: string, fields: string[]]>([
    ["the time of processing", '{"_utcprocessedtimestamp":"1"}', '{"_utcprocessedtimestamp":"2"}', []],
    ["the order of keys", '{"a":1,"b":{"c":2,"d":3}}', '{"b":{"d":3,"c":2},"a":1}', []],
    ["a digit", '{"price":1.10}', '{"price":1.1}', ["details.price: 1.10 | 1.1"]],
    [
      "a long number",
      '{"id":12345678901234567}',
      '{"id":12345678901234568}',
      ["details.id: 12345678901234567 | 12345678901234568"],
    ],
    ["a type", '{"n":1}', '{"n":"1"}', ['details.n: 1 | "1"']],
    ["a value that is gone", '{"a":{"b":[1,null]}}', '{"a":{"b":[1]}}', ["details.a.b[1]: null | undefined"]],
    ["an empty object", '{"a":{}}', '{"a":[]}', ["details.a: {} | []"]],
    ["dots in keys", '{"a":{"b":1}}', '{"a.b":1}', ['details."a.b": undefined | 1', "details.a.b: 1 | undefined"]],
    [
      "a list that became an object",
      '{"a":[1]}',
      '{"a":{"0":1}}',
      ["details.a.0: undefined | 1", "details.a[0]: 1 | undefined"],
    ],
  ])("%s", (_, before, after, expected) => {
    const fields = compareRows(row(before), row(after), true);
    expect(fields.map(({ field, before, after }) => `${field}: ${before} | ${after}`)).toEqual(expected);
  });

  test("columns, and the hour it is filed under", () => {
    const after = row("{}", { summary: "alice logged in", tags: ["late"], hour: "13" });
    expect(compareRows(row("{}"), after, true).map(({ field }) => field)).toEqual(["summary", "tags", "partition"]);
    expect(compareRows(row("{}"), after, false).map(({ field }) => field)).toEqual(["summary", "tags"]);
  });

  test("hours are named one stretch at a time", () => {
    const at = (hour: number) => Date.parse("2026-09-15T00:00:00Z") + hour * 3_600_000;
    expect(inHours([at(5) + 1, at(4), at(5)])).toBe(
      "(year = '2026' AND month = '09' AND day = '15' AND hour BETWEEN '04' AND '05')",
    );
    expect(inHours([at(1), at(3)]).split(" OR ")).toHaveLength(2);
    expect(inHours(Array.from({ length: 100 }, (_, n) => at(n * 2))).split(") OR (year").length).toBeLessThan(25);
  });
});

describe("a diff", () => {
  const drop = definePlugin({
    name: "drop_e",
    registration: ["e"],
    priority: 50,
    onMessage: () => null,
  });
  const greet = definePlugin({
    name: "greet",
    registration: ["g"],
    priority: 50,
    onMessage(event) {
      event.summary = "hello";
      return event;
    },
  });
  const changed: PluginSet = { ...plugins, normalize: [...plugins.normalize, drop, greet], version: "changed" };

  async function collect(set: PluginSet, records: SourceRecord[], source?: string): Promise<Collected> {
    const drops = watchDrops(set);
    let collected: Collected | undefined;
    const own = { ...batch, pipeline: createPipeline(drops.plugins, DEFAULT_WINDOW) };
    await createCollector(own, source, drops, (page) => {
      collected = page;
    })(records);
    if (!collected) throw new Error("nothing was collected");
    return collected;
  }

  /** Athena with these rows; remembers what it was asked. */
  function athena(rows: readonly EventRow[]) {
    const asked: string[] = [];
    const query = async (sql: string) => {
      asked.push(sql);
      const found = rows.filter(({ eventid, hour }) => sql.includes(`'${eventid}'`) && inHoursOf(sql, hour));
      return { header: [], rows: found.map(cellsOf) };
    };
    return { asked, query };
  }
  const inHoursOf = (sql: string, hour: string) => sql.includes(`hour = '${hour}'`) || sql.includes("day");
  const cellsOf = ({ tags, plugins: ran, details, year, month, day, hour, ...row }: EventRow) => {
    const { eventid, utctimestamp, severity, summary, category, source } = row;
    const columns = [eventid, utctimestamp, severity, summary, category, source];
    return [...columns, JSON.stringify(tags), JSON.stringify(ran), details, year, month, day, hour];
  };

  async function compare(stored: readonly EventRow[], page: Collected, source?: string) {
    const differences: Difference[] = [];
    const { query, asked } = athena(stored);
    const diff = createDiff({
      ...{ query, window: DEFAULT_WINDOW, byHour: true, source, now: () => ARRIVAL },
      print: (difference) => void differences.push(difference),
    });
    await diff.add(page);
    await diff.finish();
    return { differences, asked, counts: diff.counts };
  }

  const records = [
    record(0, { e: 1, source: "okta" }),
    record(1, { g: 1 }),
    record(2, { x: 1 }),
    record(3, { e: 2, eventid: "own", source: "aws", details: {} }),
    record(4, '[{"x":1},5]'),
  ];

  test("of the same plugins is empty", async () => {
    const page = await collect(plugins, records);
    const { counts, asked } = await compare(page.rows, page);
    expect(counts).toEqual({ same: 5, changed: 0, new: 0, gone: 0 });
    expect(asked).toHaveLength(2); // the quarantined document is looked for everywhere
  });

  test("says what changed, what is new and what is gone", async () => {
    const before = await collect(plugins, records.slice(0, 4));
    const { counts, differences } = await compare(before.rows, await collect(changed, records));
    expect(counts).toEqual({ same: 1, changed: 1, new: 1, gone: 2 });
    const fact = ({ change, source, reason = "", fields }: Difference) =>
      `${change} ${source} ${reason}${fields.map(({ field }) => field)}`;
    expect(differences.map(fact).sort()).toEqual([
      "changed UNKNOWN summary,plugins",
      "gone aws dropped by normalization_drop_e",
      "gone okta dropped by normalization_drop_e",
      "new UNKNOWN ",
    ]);
    expect(differences.map(({ eventid }) => eventid)).toContain("own");
  });

  test("of a source leaves out events of others, also those that are gone", async () => {
    const before = await collect(plugins, records);
    const { differences } = await compare(before.rows, await collect(changed, records, "okta"), "okta");
    expect(differences.map(({ change, source }) => `${change} ${source}`)).toEqual(["gone okta"]);
  });

  test("compares with the copy that was processed last", async () => {
    const page = await collect(plugins, [record(2, { x: 1 })]);
    const [row] = page.rows;
    if (!row) throw new Error("no row");
    const later = row.details.replace(/"_utcprocessedtimestamp":"\d+/, '"_utcprocessedtimestamp":"9999');
    const stored = [
      { ...row, details: later, summary: "newer" },
      { ...row, summary: "older" },
    ];
    const { differences } = await compare(stored, page);
    expect(differences[0]?.fields).toEqual([{ field: "summary", before: '"newer"', after: '"UNKNOWN"' }]);
  });

  test("asks in statements that Athena takes, whatever the ids", async () => {
    const own = (n: number) => ({ eventid: `${n}'${"i".repeat(500)}`, source: "s", details: { n } });
    const page = await collect(
      plugins,
      Array.from({ length: 1000 }, (_, n) => record(n, own(n))),
    );
    const { asked } = await compare([], page);
    expect(Math.max(...asked.map((sql) => Buffer.byteLength(sql)))).toBeLessThan(262_144);
    expect(asked[0]).toContain("'0''iii");
  });

  test("a dry run counts by hour and source, and says why the rest makes no row", async () => {
    const hourly = createHourly();
    hourly.add(await collect(changed, records));
    expect(hourly.rows()).toEqual([{ source: "UNKNOWN", hour: "2026-09-15 12", events: 3 }]);
    expect(Object.fromEntries(hourly.reasons())).toEqual({
      "dropped by normalization_drop_e": 2,
      "quarantined: not_an_object": 1,
    });
  });
});

describe("a checkpoint file", () => {
  const folder = mkdtempSync(join(tmpdir(), "replay-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const identity = { stream: "s", fromMs: 1, toMs: 2, pluginSet: "abc" };

  test("is found again by the same replay, and by no other", () => {
    const file = checkpointFile(folder, identity);
    expect(checkpointFile(folder, { ...identity })).toBe(file);
    for (const other of [{ toMs: 3 }, { source: "okta" }, { shard: "0" }, { pluginSet: "abd" }])
      expect(checkpointFile(folder, { ...identity, ...other })).not.toBe(file);
  });

  test("holds what was saved last, until it is removed", () => {
    const file = join(folder, "new", "own.json");
    const checkpoint = openCheckpoint(file, identity);
    checkpoint.state.shards["shard-0"] = { sequence: "12345678901234567890", arrivalMs: 1 };
    checkpoint.save();
    const again = openCheckpoint(file, identity);
    expect([again.isResumed, again.state]).toEqual([true, checkpoint.state]);
    again.remove();
    expect(openCheckpoint(file, identity).isResumed).toBe(false);
    expect(readdirSync(join(folder, "new"))).toEqual([]);
  });

  test("of something else is refused and left alone", () => {
    const file = join(folder, "notes.json");
    openCheckpoint(file, identity).save();
    expect(() => openCheckpoint(file, { ...identity, fromMs: 0 })).toThrow("is of another replay");
    writeFileSync(file, '{"name":"x"}');
    expect(() => openCheckpoint(file, identity)).toThrow("is no checkpoint");
    expect(readFileSync(file, "utf8")).toBe('{"name":"x"}');
  });
});

test.each([
  ["noon", "2026-09-15T12:00:00Z", 'from "noon" is no time'],
  ["2026-09-15T12:00:00Z", undefined, "to undefined is no time"],
  ["2026-09-15T12:00:00Z", "2026-09-15T12:00:00Z", "is not before"],
  ["2026-09-15T12:00:00Z", "2026-09-15T13:00:00Z", "is not over yet"],
])("a replay from %s to %s is none", (from, to, message) => {
  expect(() => readPeriod(from, to, ARRIVAL)).toThrow(message);
});
