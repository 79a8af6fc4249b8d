import { describe, expect, test } from "vitest";
import type { LakeEvent } from "../../core/event.ts";
import { DEFAULT_WINDOW } from "../../core/partition.ts";
import { createPipeline, type Outcome } from "../../core/pipeline.ts";
import { definePlugin } from "../../core/plugin.ts";
import { lineOf } from "../../core/row.ts";
import { createWork } from "../../handlers/events.ts";
import { within } from "../../handlers/watchdog.ts";
import { plugins } from "../../plugins/registry.ts";

const stuck = (name: string, work: () => void) =>
  definePlugin({
    name,
    registration: [name],
    priority: 50,
    onMessage(event) {
      event.summary = "begun";
      work();
      return event;
    },
  });

const loops = stuck("loops", () => {
  for (;;);
});
const backtracks = stuck("backtracks", () => void /^(a+)+$/.test(`${"a".repeat(60)}b`));
const pipeline = createPipeline({ ...plugins, normalize: [...plugins.normalize, loops, backtracks] }, DEFAULT_WINDOW);

/** The events of each record, and the place of the first that is not done. */
function run(payloads: readonly string[], isEnough = () => false): { events: LakeEvent[][]; at: number } {
  const place = { stream: "s", shard: "0", partitionKey: "", arrivalMs: 0 };
  const records = payloads.map((payload, i) => ({ ...place, sequence: String(i), payload: Buffer.from(payload) }));
  const events = records.map((): LakeEvent[] => []);
  const take = (i: number, outcome: Outcome) => {
    if (outcome.kind === "event") events[i]?.push(JSON.parse(lineOf(outcome.row)));
  };
  const work = createWork(pipeline, records, take);
  work.runSlice(0, isEnough);
  return { events, at: work.at() };
}

describe("a plugin that does not come back", () => {
  test("is left out for that document, which goes on tagged; its neighbours never notice", () => {
    const { events } = run(['{"a":1}', '[{"b":1},{"loops":1},{"c":1}]', '{"d":1}']);
    const [before, [good, bad, last] = [], after] = events;
    expect(before).toMatchObject([{ tags: [], details: expect.stringContaining('"a":1') }]);
    expect(bad).toMatchObject({ tags: ["plugin_error"], summary: "UNKNOWN" });
    expect(bad?.plugins).not.toContain("normalization_loops");
    for (const event of [good, last, after?.[0]]) expect(event?.tags).toEqual([]);
  });

  test.each([
    ["lines", '{"b":1}\n{"loops":1}\n{"c":1}', ["b", "loops", "c"]],
    ["the first of a record's lines", '{"loops":1}\n{"c":1}', ["loops", "c"]],
  ])("costs nothing but its changes: %s", (_, payload, fields) => {
    const { events, at } = run([payload, '{"d":1}']);
    expect([events[0]?.map(({ details }) => Object.keys(JSON.parse(String(details)))[0]), at]).toEqual([fields, 2]);
    const tags = fields.map((field) => (field === "loops" ? ["plugin_error"] : []));
    expect(events[0]?.map((event) => event.tags)).toEqual(tags);
  });

  test("is ended in a catastrophic regular expression too, and two of them on one event are both left out", () => {
    const [[event] = []] = run(['{"loops":1,"backtracks":1}']).events;
    expect(event).toMatchObject({ tags: ["plugin_error"], summary: "UNKNOWN" });
  });
});

describe("the time that is left", () => {
  test("ends the work between two documents", () => {
    let asked = 0;
    const { events, at } = run(['{"a":1}', '{"b":1}\n{"c":1}\n{"d":1}', '{"e":1}'], () => ++asked > 3);
    expect([events.map((ofRecord) => ofRecord.length), at]).toEqual([[1, 2, 0], 1]);
  });

  test("within says whether the work was done, and passes on what it throws", () => {
    expect(within(100, () => {})).toBe(true);
    expect(
      within(20, () => {
        for (;;);
      }),
    ).toBe(false);
    expect(() =>
      within(100, () => {
        throw new RangeError("mine");
      }),
    ).toThrow("mine");
  });
});
