import { describe, expect, test } from "vitest";
import { isObject } from "../../core/json.ts";
import { definePlugin, type Plugin } from "../../core/plugin.ts";
import { createRunner } from "../../core/run.ts";
import type { plugins } from "../../plugins/registry.ts";
import { SETS } from "../bench/sets.ts";
import { ARRIVAL, ARRIVAL_MS, outcomesOf, run } from "../contract.ts";

const arrival = { arrivalMs: ARRIVAL_MS, arrival: ARRIVAL, processed: ARRIVAL, eventid: () => "id" };

/** A set with one more plugin, for fields named `x`. */
const withPlugin = (plugin: Partial<Plugin> & Pick<Plugin, "onMessage">) => ({
  ...SETS.seed,
  enrich: [...SETS.seed.enrich, definePlugin({ name: "own", registration: ["x"], priority: 50, ...plugin })],
});

const isReadAsBytes = (json: string, set: typeof plugins = SETS.seed) =>
  createRunner(set).bytes(Buffer.from(json), arrival) !== undefined;

describe("is read as bytes", () => {
  test.each([
    ["the usual event", '{"EventTime":"2020-06-19T00:40:11Z","List":[{"A":1.50}],"B":{"C":null}}'],
    ["with columns of the table", '{"severity":1.10,"tags":["a"],"source":"x","b":true}'],
    ["in the shell form", '{"category":"x","details":{"SRC":"192.0.2.1"},"source":"y","other":[1]}'],
    ["with escapes", '{"a":"\\u00e9\\/\\ud83d\\ude00\\ud800\\"\\\\"}'],
    ["over several lines", '{\n  "a": [1, 2]\r\n}\n'],
  ])("%s", (_, json) => expect(isReadAsBytes(json)).toBe(true));
});

describe("is left to the parser", () => {
  test.each([
    ["an envelope", '{"Records":[{"a":1}]}'],
    ["details as text, as a stored row has them", '{"details":"{}"}'],
    ["a key twice, by its lower case", '{"a":1,"A":2}'],
    ["a key that JavaScript would put first", '{"b":1,"7":2}'],
    ["a key beyond ASCII", '{"Ä":1}'],
    ["a key with an escape", '{"\\u0041":1}'],
    ["a number that is none", '{"a":NaN}'],
    ["a control character in a text", '{"a":"\t"}'],
    ["17 levels", `{"a":${"[".repeat(16)}${"]".repeat(16)}}`],
    ["two objects", '{"a":1}{"b":2}'],
    ["no JSON", '{"a":1,}'],
    ["an object without a key", "{}"],
  ])("%s", (_, json) => expect(isReadAsBytes(json)).toBe(false));

  test("bytes that are no UTF-8", () => {
    const bytes = Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff]), Buffer.from('"}')]);
    expect(createRunner(SETS.seed).bytes(bytes, arrival)).toBeUndefined();
  });
});

describe("of an event of a plugin that may change what is nested", () => {
  const set = withPlugin({
    onMessage(event) {
      if (isObject(event.details.x)) event.details.x.seen = true;
      return event;
    },
  });
  const isWrittenAnew = (json: string) => {
    const result = createRunner(set).bytes(Buffer.from(json), arrival);
    return result?.kind === "event" && result.index.splice === undefined;
  };

  test("details are written anew", () => {
    expect(['{"x":1}', '{"y":{"x":1}}', '{"y":1}'].map(isWrittenAnew)).toEqual([true, true, false]);
    expect(run('{"X":{"A":1}}', set).details.x).toEqual({ a: 1, seen: true });
  });

  test("a number that does not print as it was written is left to the parser", () => {
    expect(isReadAsBytes('{"x":{"a":1.50}}', set)).toBe(false);
    expect(detailsText('{"x":{"a":1.50}}', set)).toContain('"x":{"a":1.50,"seen":true}');
  });
});

test("a number that moves into incoming details keeps its digits, over what is there and beside it", () => {
  const moved = '{"utctimestamp":1.10,"tags":2.50,"details":{"utctimestamp":null,"x":3.50}}';
  expect(detailsText(moved, SETS.seed)).toMatch(/^\{"utctimestamp":1\.10,"x":3\.50,"tags":2\.50,/);
});

describe("a shallow plugin of one's own", () => {
  const move = withPlugin({
    shallow: true,
    onMessage(event) {
      event.details.moved = event.details.x ?? null;
      delete event.details.x;
      return event;
    },
  });

  test("may move what is nested: numbers keep their digits", () => {
    expect(outcomesOf('{"x":{"a":[1.50]},"b":1}', move)[0]).toMatchObject({ kind: "event", failed: [] });
    expect(detailsText('{"x":{"a":[1.50]},"b":1}', move)).toContain('"b":1,"_utc');
    expect(detailsText('{"x":{"a":[1.50]},"b":1}', move)).toContain('"moved":{"a":[1.50]}');
    expect(isReadAsBytes('{"x":{"a":["1.50"]},"b":1}', move)).toBe(true);
  });

  test("that names its fields sees only those, and one that it does not name makes the event be parsed", () => {
    const seen: unknown[] = [];
    const names = withPlugin({
      shallow: true,
      fields: ["x"],
      onMessage(event) {
        seen.push({ ...event.details });
        event.details.y = 2;
        return event;
      },
    });
    expect(detailsText('{"x":1,"Y":1,"z":3}', names)).toMatch(/^\{"x":1,"y":2,"z":3,/);
    expect(seen).toEqual([
      { x: 1, _utcprocessedtimestamp: ARRIVAL },
      { x: 1, y: 1, z: 3, _utcprocessedtimestamp: ARRIVAL },
    ]);
  });

  test("that a plugin before it summons gets the whole event, as if nothing had been tried", () => {
    const seen: unknown[] = [];
    const summons = definePlugin({
      name: "summons",
      registration: ["*"],
      priority: 40,
      shallow: true,
      fields: [],
      onMessage: (event) => ({ ...event, category: "x" }),
    });
    const set = withPlugin({
      shallow: true,
      lookups: ["here"],
      onMessage(event, metadata) {
        seen.push(...metadata.holders("here"));
        return event;
      },
    });
    run('{"a":{"here":1,"b":2}}', { ...set, enrich: [...set.enrich, summons] });
    expect(seen).toEqual([{ here: 1, b: 2 }]);
  });

  test("that throws is left out, and the event goes on", () => {
    const throwing = withPlugin({
      shallow: true,
      onMessage() {
        throw new Error("no");
      },
    });
    expect(run('{"x":1}', throwing)).toMatchObject({ tags: ["plugin_error"], details: { x: 1 } });
  });
});

function detailsText(json: string, set: typeof plugins): string {
  const [outcome] = outcomesOf(json, set);
  if (outcome?.kind !== "event") throw new Error(`${json} became no event`);
  return JSON.parse(Buffer.from(outcome.row.bytes).toString()).details;
}
