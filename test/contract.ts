import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DEFAULT_WINDOW } from "../core/partition.ts";
import { createPipeline, type Outcome } from "../core/pipeline.ts";
import type { Plugin } from "../core/plugin.ts";
import { lineOf } from "../core/row.ts";
import { plugins } from "../plugins/registry.ts";

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
  return createPipeline(set, DEFAULT_WINDOW).process(record, arrivalMs);
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
 * fields that it reads, it does not throw; a stored row that is sent again keeps its id, time and details; events
 * of other sources pass it by.
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

  describe(`${plugin.name} keeps the contract`, () => {
    test.each(plugin.examples ?? [])("its example holds: $in", ({ in: input, out }) => {
      if (out === null) return expect(outcomesOf(input)[0]?.kind).toBe("dropped");
      const event = run(input);
      for (const [key, value] of Object.entries(out)) {
        expect(Object.hasOwn(event, key) ? event[key] : event.details[key], key).toEqual(value);
      }
    });

    test("it is total: hostile values in the fields that it reads make no plugin throw", () => {
      const keys = [...new Set([...plugin.registration, ...(plugin.lookups ?? []), ...inputs.flatMap(keysOf)])];
      const hostile = fc.dictionary(fc.constantFrom(...keys), fc.jsonValue({ maxDepth: 3 }), { minKeys: 1 });
      fc.assert(fc.property(hostile, (document) => expectNoFailure(JSON.stringify(document))));
    });

    test("it is total: its own events with one value replaced make no plugin throw", () => {
      const broken = fc.record({ input: fc.constantFrom(...inputs), at: fc.nat(), value: fc.jsonValue() });
      fc.assert(fc.property(broken, ({ input, at, value }) => expectNoFailure(replaceOne(input, at, value))));
    });

    test.each(named)("a stored row that is sent again keeps id, time, tags and details: %s", (_, input) => {
      const [outcome] = outcomesOf(input);
      if (outcome?.kind !== "event") throw new Error("no event");
      const once = JSON.parse(lineOf(outcome.row));
      const again = run(lineOf(outcome.row), plugins, ARRIVAL_MS + 60_000);
      const details = { ...JSON.parse(once.details), _utcprocessedtimestamp: again.details._utcprocessedtimestamp };
      expect(again).toEqual({ ...once, details, plugins: again.plugins });
    });

    if (sources.length === 0) return;
    test("events of other sources pass it by", () => {
      const others = SOURCES.filter((name) => !sources.includes(name)).flatMap(fixture);
      for (const input of others)
        expect({ ...run(input), plugins: [] }).toEqual({ ...run(input, without(plugin)), plugins: [] });
    });
  });
}

function expectNoFailure(input: string): void {
  const failed = outcomesOf(input).flatMap((outcome) => (outcome.kind === "quarantined" ? [] : outcome.failed));
  expect(failed).toEqual([]);
}

function without(plugin: Plugin): typeof plugins {
  const rest = (list: readonly Plugin[]) => list.filter(({ name }) => name !== plugin.name);
  return { normalize: rest(plugins.normalize), enrich: rest(plugins.enrich), version: plugins.version };
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
