import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tryExample } from "../core/example.ts";
import type { PluginSet } from "../core/order.ts";
import { DEFAULT_WINDOW } from "../core/partition.ts";
import { createPipeline, type Outcome, type Pipeline } from "../core/pipeline.ts";
import type { Plugin } from "../core/plugin.ts";
import { lineOf } from "../core/row.ts";
import { plugins } from "../plugins/registry.ts";
import { costs } from "./contract-cost.ts";
import { hostileTexts } from "./contract-hostile.ts";
import { undeclared } from "./contract-watch.ts";

/** When the tests' records arrive, as milliseconds since 1970 and as the lake writes it. */
export const ARRIVAL_MS = Date.UTC(2020, 8, 15, 12, 34, 56, 789);
export const ARRIVAL = "2020-09-15T12:34:56.789000+00:00";

/** Sources with fixtures: `test/fixtures/<source>.ndjson`. */
export const SOURCES: readonly string[] = readdirSync(new URL("fixtures/", import.meta.url))
  .flatMap((file) => /^([a-z0-9_]+)\.ndjson$/.exec(file)?.[1] ?? [])
  .sort();

export type Fields = Record<string, unknown>;

/** What the lake makes of one payload: each document's outcome. */
export function outcomesOf(payload: string | Uint8Array, set = plugins, arrivalMs = ARRIVAL_MS): Outcome[] {
  const record = {
    payload: typeof payload === "string" ? Buffer.from(payload) : payload,
    stream: "lake",
    shard: "shardId-000000000000",
    sequence: "49590338271490256608559692538361571095921575989136588898",
    partitionKey: "key",
    arrivalMs,
  };
  return pipelineOf(set).process(record, arrivalMs);
}

/** One pipeline for each set of plugins, as a function has: it must keep nothing of an event for the next. */
const pipelines = new WeakMap<PluginSet, Pipeline>();

function pipelineOf(set: PluginSet): Pipeline {
  const known = pipelines.get(set) ?? createPipeline(set, DEFAULT_WINDOW);
  pipelines.set(set, known);
  return known;
}

/** The event that one JSON object becomes, with `details` read back from the text that is stored. */
export function run(json: string, set = plugins, arrivalMs = ARRIVAL_MS): Fields & { details: Fields; tags: string[] } {
  const [outcome] = outcomesOf(json, set, arrivalMs);
  if (outcome?.kind !== "event") throw new Error(`${json} became no event: ${JSON.stringify(outcome)}`);
  const row = JSON.parse(lineOf(outcome.row));
  return { ...row, details: JSON.parse(row.details) };
}

/** The lines of `test/fixtures/<source>.ndjson`. */
export function fixture(source: string): string[] {
  return readFileSync(new URL(`fixtures/${source}.ndjson`, import.meta.url), "utf8")
    .trim()
    .split("\n");
}

/**
 * What every plugin owes, checked with all the other plugins around it: its examples hold; whatever stands in the
 * fields that it reads, it does not throw; a stored row that is sent again keeps its id, time and details; it sets what it
 * says and no more; its cost grows no faster than its input; events of other sources pass it by.
 *
 * @param sources the fixtures of the plugin's own sources; none for a plugin that is for every event
 */
export function contract(plugin: Plugin, ...sources: readonly string[]): void {
  const named = [
    ...(plugin.examples ?? []).map((example, i) => [`example ${i + 1}`, example.in] as const),
    ...(sources.length > 0 ? sources : SOURCES).flatMap((name) =>
      fixture(name).map((line, i) => [`${name} ${i + 1}`, line] as const),
    ),
  ];
  const inputs = named.map(([, input]) => input);
  const resources = plugin.examples?.find((example) => example.resources)?.resources;
  const set = resources ? { ...plugins, resources } : plugins;

  describe(`${plugin.name} keeps the contract`, () => {
    test.each(plugin.examples ?? [])("its example holds: $in", (example) => {
      expect(tryExample(plugins, plugin, example, ARRIVAL_MS).differences).toEqual([]);
    });

    const keys = [...new Set([...plugin.registration, ...(plugin.lookups ?? []), ...inputs.flatMap(keysOf)])];

    test("it is total: hostile values in the fields that it reads make no plugin throw", () => {
      const hostile = fc.dictionary(fc.constantFrom(...keys), fc.jsonValue({ maxDepth: 3 }), { minKeys: 1 });
      fc.assert(fc.property(hostile, (document) => expectNoFailure(JSON.stringify(document), set)));
    });

    test("it is total: its own events with one value replaced make no plugin throw", () => {
      const broken = fc.record({ input: fc.constantFrom(...inputs), at: fc.nat(), value: fc.jsonValue() });
      fc.assert(fc.property(broken, ({ input, at, value }) => expectNoFailure(replaceOne(input, at, value), set)));
    });

    test.each(hostileTexts(inputs, plugin.registration))("it is total: %s", (_, text) => {
      expectNoFailure(text, set);
      expect(Reflect.get({}, "polluted")).toBeUndefined();
    });

    test.each(named)("a stored row that is sent again keeps id, time, tags and details: %s", (_, input) => {
      const [outcome] = outcomesOf(input, set);
      if (outcome?.kind !== "event") throw new Error("no event");
      const once = JSON.parse(lineOf(outcome.row));
      const again = run(lineOf(outcome.row), set, ARRIVAL_MS + 60_000);
      const details = { ...JSON.parse(once.details), _utcprocessedtimestamp: again.details._utcprocessedtimestamp };
      expect(again).toEqual({ ...once, details, plugins: again.plugins });
    });

    test("it sets the fields of details that it says (`adds`), and leaves the others as they were", () => {
      expect(undeclared(plugin, set, inputs)).toEqual([]);
    });

    test("what it costs grows no faster than the event", () => {
      expect(costs(plugin, set, inputs)).toEqual({ isLinear: true, isBounded: true });
    });

    if (sources.length === 0) return;
    test("events of other sources pass it by", () => {
      const others = SOURCES.filter((name) => !sources.includes(name)).flatMap(fixture);
      const rest = without(plugin);
      for (const input of others) expect({ ...run(input, rest), plugins: [] }).toEqual({ ...run(input), plugins: [] });
    });
  });
}

function expectNoFailure(input: string, set: PluginSet): void {
  const failed = outcomesOf(input, set).flatMap((outcome) => (outcome.kind === "quarantined" ? [] : outcome.failed));
  expect(failed).toEqual([]);
}

function without(plugin: Plugin): PluginSet {
  const rest = (list: readonly Plugin[]) => list.filter(({ name }) => name !== plugin.name);
  return { ...plugins, normalize: rest(plugins.normalize), enrich: rest(plugins.enrich) };
}

/** Every key of a JSON text, at any depth. */
function keysOf(json: string): string[] {
  const keys: string[] = [];
  JSON.parse(json, (key, value) => {
    if (key !== "" && !/^\d+$/.test(key)) keys.push(key);
    return value;
  });
  return keys;
}

/** Replaces the value at one place of a JSON text, counted over every place; never the whole. */
function replaceOne(json: string, at: number, value: unknown): string {
  const places = countPlaces(json) - 1;
  let place = 0;
  return JSON.stringify(JSON.parse(json, (_key, node: unknown) => (place++ === at % places ? value : node)));
}

function countPlaces(json: string): number {
  let places = 0;
  JSON.parse(json, (_key, node: unknown) => {
    places++;
    return node;
  });
  return places;
}
