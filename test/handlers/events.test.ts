import { describe, expect, test } from "vitest";
import type { LakeEvent } from "../../core/event.ts";
import { DEFAULT_WINDOW } from "../../core/partition.ts";
import { createPipeline } from "../../core/pipeline.ts";
import { definePlugin } from "../../core/plugin.ts";
import { lineOf } from "../../core/row.ts";
import { runRecords } from "../../handlers/events.ts";
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

function run(payloads: readonly string[], isTimeUp = () => false): LakeEvent[][] {
  const place = { stream: "s", shard: "0", partitionKey: "", arrivalMs: 0 };
  const records = payloads.map((payload, i) => ({ ...place, sequence: String(i), payload: Buffer.from(payload) }));
  const outcomes = runRecords(pipeline, records, 0, isTimeUp);
  return outcomes.map((of) =>
    of.map((outcome) => (outcome.kind === "event" ? JSON.parse(lineOf(outcome.row)) : outcome)),
  );
}

describe("a plugin that does not come back", () => {
  test("is left out for that document, which goes on tagged; its neighbours never notice", () => {
    const [before, [good, bad, last] = [], after] = run(['{"a":1}', '[{"b":1},{"loops":1},{"c":1}]', '{"d":1}']);
    expect(before).toMatchObject([{ tags: [], details: expect.stringContaining('"a":1') }]);
    expect(bad).toMatchObject({ tags: ["plugin_error"], summary: "UNKNOWN" });
    expect(bad?.plugins).not.toContain("normalization_loops");
    for (const event of [good, last, after?.[0]]) expect(event?.tags).toEqual([]);
  });

  test("is ended in a catastrophic regular expression too, and two of them on one event are both left out", () => {
    const [[event] = []] = run(['{"loops":1,"backtracks":1}']);
    expect(event).toMatchObject({ tags: ["plugin_error"], summary: "UNKNOWN" });
  });
});

describe("the time that is left", () => {
  test("ends the work between two records", () => {
    let asked = 0;
    expect(run(['{"a":1}', '{"b":1}', '{"c":1}'], () => ++asked > 2)).toHaveLength(2);
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
