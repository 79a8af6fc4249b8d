import { describe, expect, test } from "vitest";
import { DEFAULT_WINDOW } from "../../core/partition.ts";
import { createPipeline, type SourceRecord } from "../../core/pipeline.ts";
import { definePlugin } from "../../core/plugin.ts";
import { lineOf } from "../../core/row.ts";
import { tracePipeline } from "../../core/trace.ts";
import { plugins } from "../../plugins/registry.ts";

const NOW = Date.parse("2026-11-24T12:00:00Z");

const recordOf = (payload: string): SourceRecord => ({
  payload: Buffer.from(payload),
  stream: "s",
  shard: "0",
  sequence: "1",
  partitionKey: "k",
  arrivalMs: NOW,
});

/** The lake's own plugins, and one more that does as a test says. */
function traceWith(onMessage: Parameters<typeof definePlugin>[0]["onMessage"]) {
  const extra = definePlugin({ name: "extra", registration: ["probe"], priority: 50, onMessage });
  const set = { ...plugins, normalize: [...plugins.normalize, extra] };
  let time = 0;
  const traced = tracePipeline(set, DEFAULT_WINDOW, {}, () => time++);
  const outcomes = (payload: string) => traced.pipeline.process(recordOf(payload), NOW);
  const extraStep = (document = 0) => traced.stepsOf(document).find(({ plugin }) => plugin === "normalization_extra");
  return { ...traced, outcomes, extraStep };
}

describe("tracing", () => {
  test("the stored event is the one that the pipeline makes without it", () => {
    const event = '{"eventName":"A","sourceIPAddress":"192.0.2.7","n":12345678901234567890,"nested":{"B":[1.10]}}';
    const payload = `${event}\n[${event},1]`;
    const linesOf = (pipeline: Pick<ReturnType<typeof createPipeline>, "process">) =>
      pipeline
        .process(recordOf(payload), NOW)
        .map((outcome) => (outcome.kind === "event" ? lineOf(outcome.row) : outcome));
    const traced = tracePipeline(plugins, DEFAULT_WINDOW, {}, () => 0);
    expect(linesOf(traced.pipeline)).toEqual(linesOf(createPipeline(plugins, DEFAULT_WINDOW)));
  });

  test("each plugin's step names what it set and changed, whole objects by their own path only", () => {
    const { outcomes, extraStep, stepsOf } = traceWith((event) => {
      event.summary = "new";
      event.tags.push("tagged");
      event.details.added = { a: 1, b: { c: 2 } };
      event.details.probe = { old: 1, changed: 3 };
      return event;
    });
    outcomes('{"Probe":{"old":1,"changed":2,"gone":1}}');
    expect(extraStep()).toEqual({
      plugin: "normalization_extra",
      microseconds: 1000,
      set: ["summary", "tags", "details.probe.changed", "details.added"],
    });
    expect(stepsOf(0)[0]).toMatchObject({ plugin: "normalization_lowercase_keys", set: ["details.probe"] });
  });

  test("steps are told apart by document", () => {
    const { outcomes, extraStep, stepsOf } = traceWith((event) => {
      event.details[`n${event.details.probe}`] = true;
      return event;
    });
    outcomes('{"probe":1}\n"no object"\n{"other":2}\n{"probe":3}');
    expect([extraStep(0)?.set, extraStep(2), extraStep(3)?.set]).toEqual([["details.n1"], undefined, ["details.n3"]]);
    expect(stepsOf(1)).toEqual([]);
    expect(stepsOf(9)).toEqual([]);
  });

  test("a plugin that throws has its error, and the others' steps are those of the run without it", () => {
    const { outcomes, stepsOf, extraStep } = traceWith(() => {
      throw new TypeError("cannot");
    });
    const [outcome] = outcomes('{"probe":1}');
    expect(outcome).toMatchObject({ kind: "event", failed: [{ plugin: "normalization_extra" }] });
    expect(extraStep()).toMatchObject({ set: [], error: "TypeError: cannot" });
    const names = stepsOf(0).map(({ plugin }) => plugin);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain("enrichment_ensure_eventid");
  });

  test("a plugin that drops the event is its last step", () => {
    const { outcomes, stepsOf } = traceWith(() => null);
    expect(outcomes('{"probe":1}')).toMatchObject([{ kind: "dropped", plugin: "normalization_extra" }]);
    expect(stepsOf(0).at(-1)).toMatchObject({ plugin: "normalization_extra", set: [] });
  });
});
