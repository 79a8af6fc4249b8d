import { describe, expect, test } from "vitest";
import type { LakeEvent } from "../../core/event.ts";
import { isObject, type JsonObject, parseJson } from "../../core/json.ts";
import { holdersOf } from "../../core/path.ts";
import type { Metadata, Plugin } from "../../core/plugin.ts";
import { createRunner } from "../../core/run.ts";
import { plugins } from "../../plugins/registry.ts";

const arrival = {
  arrivalMs: 0,
  arrival: "1970-01-01T00:00:00+00:00",
  processed: "1970-01-01T00:00:01+00:00",
  eventid: () => "id",
};

function plugin(name: string, onMessage: Plugin["onMessage"], rest: Partial<Plugin> = {}): Plugin {
  return { name, registration: ["*"], priority: 30, onMessage, ...rest };
}

/** Marks an event with the plugin's name. */
function marker(name: string, rest: Partial<Plugin> = {}): Plugin {
  const mark = (event: LakeEvent) => {
    event.details[name] = true;
    return event;
  };
  return plugin(name, mark, { registration: ["kind"], ...rest });
}

function parser(text: string) {
  return (): JsonObject => {
    const value = parseJson(text);
    if (!isObject(value)) throw new Error("no object");
    return value;
  };
}

/** Runs a document through the lake's own plugins and these. */
function run(text: string, normalize: Plugin[], enrich: Plugin[] = []) {
  const set = {
    normalize: [...plugins.normalize, ...normalize],
    enrich: [...plugins.enrich, ...enrich],
    version: "test",
  };
  return createRunner(set)(parser(text), arrival);
}

function eventOf(result: ReturnType<typeof run>): LakeEvent {
  if (result.kind !== "event") throw new Error(`dropped by ${result.plugin}`);
  return result.event;
}

/** Stands for what plugins without types do. */
const returning = (value: unknown) => () => value as LakeEvent;

describe("a plugin is summoned", () => {
  test.each([
    ["by a field", '{"kind":1}', true],
    ["by a field in another spelling", '{"KIND":1}', true],
    ["by a field at any depth", '{"a":[[{"b":{"kind":null}}]]}', true],
    ["by a field in details that arrive as text", String.raw`{"details":"{\"a\":{\"Kind\":1}}"}`, true],
    ["by a tag", '{"tags":["x","kind"]}', true],
    ["by the category", '{"category":"kind"}', true],
    ["not by a tag in another spelling", '{"tags":["Kind"]}', false],
    ["not by a category in another spelling", '{"category":"Kind"}', false],
    ["not by a value", '{"a":"kind"}', false],
    ["not by the source", '{"source":"kind"}', false],
    ["not by a category that is no text", '{"category":["kind"]}', false],
  ])("%s", (_, text, runs) => {
    const event = eventOf(run(text, [marker("mark")]));
    expect(event.details.mark).toBe(runs || undefined);
    expect(event.plugins.includes("normalization_mark")).toBe(runs);
  });

  test.each([
    ["a field", (event: LakeEvent) => Object.assign(event.details, { kind: 1 })],
    ["a tag", (event: LakeEvent) => event.tags.push("kind")],
    ["a category", (event: LakeEvent) => Object.assign(event, { category: "kind" })],
    ["a field among new details", (event: LakeEvent) => Object.assign(event, { details: { kind: 1 } })],
  ])("by %s that an earlier plugin added, in the same stage and in the next", (_, change) => {
    const adds = plugin("adds", (event) => {
      change(event);
      return event;
    });
    const later = [adds, marker("later", { priority: 40 }), marker("earlier", { priority: 3 })];
    const { details } = eventOf(run('{"a":1}', later, [marker("enriches")]));
    expect(details).toMatchObject({ later: true, enriches: true });
    expect(details).not.toHaveProperty("earlier");
  });

  test("by priority, 0 first, and each enrichment after all normalization", () => {
    const set = [marker("c", { priority: 40 }), marker("a", { priority: 5 }), marker("b", { priority: 30 })];
    const { plugins: ran } = eventOf(run('{"kind":1,"plugins":["mine"]}', set, [marker("first", { priority: 0 })]));
    const marks = ran.filter((name) => /^mine$|_(a|b|c|first|ensure_eventid)$/.test(name));
    expect(marks).toEqual([
      "mine",
      "normalization_a",
      "normalization_b",
      "normalization_c",
      "enrichment_first",
      "enrichment_ensure_eventid",
    ]);
  });
});

describe("null drops the event", () => {
  test.each([
    ["a normalization plugin", [plugin("noise", () => null)], [], "normalization_noise"],
    ["an enrichment plugin", [], [plugin("noise", () => null)], "enrichment_noise"],
  ])("%s is named, and no later plugin is called", (_, normalize, enrich, name) => {
    const after = plugin("after", () => expect.unreachable(), { priority: 99 });
    expect(run('{"a":1}', normalize, [...enrich, after])).toEqual({ kind: "dropped", plugin: name, failed: [] });
  });

  test("a drop knows the plugins that failed before it", () => {
    const fails = plugin("fails", () => expect.fail("broken"), { priority: 5 });
    const result = run('{"a":1}', [fails, plugin("noise", () => null)]);
    expect(result).toMatchObject({ kind: "dropped", failed: [{ plugin: "normalization_fails" }] });
  });
});

describe("a plugin that fails", () => {
  test("leaves no trace but the tag, and the others run", () => {
    const half = plugin("half", (event) => {
      event.summary = "half done";
      event.tags.push("half");
      event.details.a = "changed";
      (event.details.nested as JsonObject).x = "changed";
      throw new TypeError("broken");
    });
    const result = run('{"a":1.10,"nested":{"X":1},"kind":1}', [half, marker("after", { priority: 40 })]);
    expect(result).toMatchObject({
      failed: [{ plugin: "normalization_half", error: "TypeError: broken" }],
      event: { summary: "UNKNOWN", tags: ["plugin_error"], details: { a: 1.1, nested: { x: 1 }, after: true } },
    });
    expect(eventOf(result).plugins).not.toContain("normalization_half");
  });

  test("two that fail are both named, and the tag stands once", () => {
    const fail = () => expect.fail("broken");
    const result = run('{"a":1,"tags":["plugin_error"]}', [plugin("one", fail), plugin("two", fail)]);
    expect(result.failed.map((failure) => failure.plugin)).toEqual(["normalization_one", "normalization_two"]);
    expect(eventOf(result).tags).toEqual(["plugin_error"]);
  });

  test.each([
    ["nothing", returning(undefined), /returned nothing/],
    ["a promise", returning(Promise.resolve(null)), /promise.*synchronous/],
    ["a text", returning("event"), /returned "event"/],
    ["a list", returning([]), /returned \[\]/],
  ])("may also be one that returns %s", (_, onMessage, message) => {
    const result = run('{"a":1}', [plugin("odd", onMessage)]);
    expect(eventOf(result).details.a).toBe(1);
    expect(result.failed).toMatchObject([{ plugin: "normalization_odd", error: expect.stringMatching(message) }]);
  });

  test("is tried again with the next event", () => {
    const first = plugin("first", (event) => (event.details.n === 1 ? expect.fail("broken") : event));
    const runner = createRunner({ ...plugins, normalize: [...plugins.normalize, first] });
    expect(runner(parser('{"n":1}'), arrival).failed.length).toBe(1);
    expect(runner(parser('{"n":2}'), arrival)).toMatchObject({ failed: [], event: { tags: [] } });
  });
});

describe("metadata.holders", () => {
  const check = (name: string, priority: number, seen: unknown[]) =>
    plugin(
      name,
      (event, { holders }: Metadata) => {
        seen.push(structuredClone(holders("src")));
        expect(holders("src")).toEqual(holdersOf(event.details, "src"));
        return event;
      },
      { priority, lookups: ["src"], shallow: true },
    );

  test("finds the first level of details first, then nested objects, while plugins are shallow", () => {
    const seen: unknown[] = [];
    run('{"details":{"b":[{"src":3}]},"a":{"Src":1},"src":2}', [check("check", 30, seen)]);
    expect(seen).toEqual([[expect.objectContaining({ src: 2 }), { src: 3 }, { src: 1 }]]);
  });

  test("finds what a plugin moved, made or removed, once it is not shallow", () => {
    const moves = plugin("moves", (event) => {
      event.details = { moved: event.details.a ?? null, made: [{ src: 9 }] };
      return event;
    });
    const seen: unknown[] = [];
    run('{"a":{"src":1},"b":{"src":2}}', [check("before", 25, seen), moves, check("after", 40, seen)]);
    expect(seen).toEqual([
      [{ src: 1 }, { src: 2 }],
      [{ src: 1 }, { src: 9 }],
    ]);
  });
});

describe("a plugin in COUNT mode", () => {
  const trial = plugin("trial", () => null, { registration: ["kind"], dropMode: "count" });

  test("does not drop: the event goes on, tagged, and says which plugin would have", () => {
    const result = run('{"kind":"noise"}', [trial, marker("after", { priority: 31 })]);
    expect(result).toMatchObject({ kind: "event", wouldDrop: ["normalization_trial"] });
    const { tags, plugins: ran, details } = eventOf(result);
    expect(tags).toEqual(["would_drop"]);
    expect(ran).toContain("normalization_trial");
    expect(details.after).toBe(true);
  });

  test("is counted beside a plugin that does drop", () => {
    const drop = plugin("drop", () => null, { priority: 40 });
    expect(run('{"kind":"noise"}', [trial, drop])).toMatchObject({
      kind: "dropped",
      plugin: "normalization_drop",
      wouldDrop: ["normalization_trial"],
    });
  });

  test("is counted once when a later plugin fails and the event is run again", () => {
    const broken = plugin("broken", () => expect.fail("broken"), { priority: 40 });
    expect(run('{"kind":"noise"}', [trial, broken])).toMatchObject({ wouldDrop: ["normalization_trial"] });
  });

  test("says nothing of events that it lets pass", () => {
    const passing = { ...trial, onMessage: (event: LakeEvent) => event };
    const result = run('{"kind":"noise"}', [passing]);
    expect([result.wouldDrop, eventOf(result).tags]).toEqual([undefined, []]);
  });

  test("does the same to an event that is read as bytes", () => {
    const set = { ...plugins, normalize: [...plugins.normalize, { ...trial, shallow: true, adds: [], fields: [] }] };
    const result = createRunner(set).bytes(Buffer.from('{"kind":"noise"}'), arrival);
    expect(result).toMatchObject({ kind: "event", wouldDrop: ["normalization_trial"] });
    expect(result?.kind === "event" && result.event.tags).toEqual(["would_drop"]);
  });
});

describe("a plugin that needs what a setting gives", () => {
  const needing = marker("needing", { needs: "geo" });

  test("is not there without it", () => {
    expect(eventOf(run('{"kind":"x"}', [needing])).plugins).not.toContain("normalization_needing");
  });

  test("runs with it, and finds it in the metadata", () => {
    const seen: unknown[] = [];
    const geo = () => ({ country: "GB" });
    const asking = plugin(
      "asking",
      (event, { resources }) => {
        seen.push(resources.geo?.("192.0.2.1"));
        return event;
      },
      { needs: "geo" },
    );
    const set = { ...plugins, normalize: [...plugins.normalize, asking], resources: { geo } };
    createRunner(set)(parser("{}"), arrival);
    expect(seen).toEqual([{ country: "GB" }]);
  });
});
