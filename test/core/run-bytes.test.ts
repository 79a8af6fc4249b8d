import { describe, expect, test } from "vitest";
import { documentOf, type LakeEvent } from "../../core/event.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
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

describe("a plugin that says nothing of what it looks at", () => {
  const changes: [what: string, change: (details: JsonObject, nested: JsonObject, event: LakeEvent) => void][] = [
    ["changes nothing", () => {}],
    ["sets a nested field", (_, nested) => set(nested, "a", 2)],
    ["sets a nested field to what it is", (_, nested) => set(nested, "a", nested.a ?? null)],
    ["adds a nested field", (_, nested) => set(nested, "seen", true)],
    ["deletes a nested field", (_, nested) => remove(nested, "a")],
    [
      "deletes a nested field and adds it again, behind the others",
      (_, nested) => set(nested, "a", remove(nested, "a")),
    ],
    ["renames a nested field", (_, nested) => set(nested, "b", remove(nested, "a"))],
    ["reverses a nested list", (_, { l }) => Array.isArray(l) && l.reverse()],
    ["empties a nested list", (_, { l }) => Array.isArray(l) && l.splice(0)],
    ["replaces a list by an object of its items", (_, nested) => set(nested, "l", { 0: 1, 1: 2 })],
    ["moves an object", (details) => set(details, "moved", remove(details, "x"))],
    [
      "has an object twice, and changes it",
      (details, nested) => set(details, "moved", set(nested, "a", details.n ?? 1)),
    ],
    ["keeps an object's text in it", (_, nested) => set(nested, "text", JSON.stringify(nested))],
    ["clones details", (details, _, event) => Object.assign(event, { details: structuredClone(details) })],
    ["spreads details", (details, _, event) => Object.assign(event, { details: { first: 1, ...details } })],
    ["parses details", (details, _, event) => Object.assign(event, { details: JSON.parse(JSON.stringify(details)) })],
    ["deletes a field and adds it again, behind the others", (details) => set(details, "x", remove(details, "x"))],
    ["sets a field that JavaScript puts first", (details) => set(details, "7", 1)],
    ["sets what JSON has no word for", (details, nested) => [details, nested].map((o) => Object.assign(o, NO_JSON))],
    ["lets details answer otherwise", (details) => Object.assign(details, { toJSON: () => ({ other: 1 }) })],
  ];
  const NO_JSON = { f: () => 1, u: undefined, d: new Date(0), n: Number.NaN };
  const documents = [
    '{"x":{"a":1,"b":"c","l":[1,"2",{"A":null}]},"y":[[1],[]],"n":5}',
    '{"n":1.50,"X":{"A":1.50,"l":[2.50,-0],"o":{"p":{"q":1e400}}},"y":12345678901234567890}',
    '{"utctimestamp":"2020-06-19T00:40:11Z","source":"s","details":{"X":{"a":1.10,"l":[1]},"n":2.50},"other":3.50}',
    '{"x":"a","y":1.50}',
  ];

  test.each(changes)("%s: the row is as the parser would have it", (_, change) => {
    const own = withPlugin({
      registration: ["*"],
      onMessage(event) {
        const { details } = event;
        change(details, isObject(details.x) ? details.x : {}, event);
        return event;
      },
    });
    const parsed = { ...own, normalize: own.normalize.map((plugin) => ({ ...plugin, isScan: false })) };
    for (const json of documents) expect(rowText(json, own), json).toBe(rowText(json, parsed));
  });

  test("before event_shell has run, it may change the document", () => {
    const early = definePlugin({
      name: "early",
      registration: ["*"],
      priority: 1.5,
      onMessage(event) {
        const { x } = documentOf(event);
        if (isObject(x)) x.a = "changed";
        return event;
      },
    });
    const own = { ...SETS.seed, normalize: [...SETS.seed.normalize, early] };
    const parsed = { ...own, normalize: own.normalize.map((plugin) => ({ ...plugin, isScan: false })) };
    for (const json of documents) expect(rowText(json, own), json).toBe(rowText(json, parsed));
    expect(rowText(documents[0] ?? "", own)).toContain("changed");
  });

  test("is read as bytes whatever it does to numbers that print as they were written", () => {
    const set = withPlugin({ onMessage: (event) => ({ ...event, details: structuredClone(event.details) }) });
    expect(isReadAsBytes('{"x":{"a":1.5}}', set)).toBe(true);
    expect(isReadAsBytes('{"x":{"a":1.50}}', set)).toBe(false);
    expect(isReadAsBytes('{"x":{"a":1.50}}', withPlugin({ onMessage: (event) => event }))).toBe(true);
  });
});

test("a number that moves into incoming details keeps its digits, over what is there and beside it", () => {
  const moved = '{"utctimestamp":1.10,"tags":2.50,"details":{"utctimestamp":null,"x":3.50}}';
  expect(detailsText(moved, SETS.seed)).toMatch(/^\{"utctimestamp":1\.10,"x":3\.50,"tags":2\.50,/);
});

test.each([[{ shallow: true }], [{}]])(
  "a number that becomes a column keeps its digits beside a plugin that says %j",
  (says) => {
    const own = withPlugin({ registration: ["*"], ...says, onMessage: (event) => event });
    expect(rowText('{"severity":1.10,"a":1}', own)).toContain('"severity":"1.10"');
  },
);

test("an object of the first level is the one that holds what is looked for in it, whatever stands before it", () => {
  const json = '{"time":"2020-06-19T00:40:11Z","_records":{"time":"2019-06-19T00:40:11Z"}}';
  const late = '{"a":"x","_records":{"time":"2019-06-19T00:40:11Z"},"eventid":"x"}';
  expect(run(json, SETS.seed).utctimestamp).toBe("2020-06-19T00:40:11+00:00");
  expect(run(late, SETS.seed).utctimestamp).toBe(ARRIVAL);
  expect(isReadAsBytes(late)).toBe(true);
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

function set(object: JsonObject, name: string, value: Json): JsonObject {
  object[name] = value;
  return object;
}

function remove(object: JsonObject, name: string): Json {
  const { [name]: value = null } = object;
  delete object[name];
  return value;
}

function rowText(json: string, set: typeof plugins): string {
  const [outcome] = outcomesOf(json, set);
  if (outcome?.kind !== "event") throw new Error(`${json} became no event`);
  return Buffer.from(outcome.row.bytes).toString();
}

function detailsText(json: string, set: typeof plugins): string {
  return JSON.parse(rowText(json, set)).details;
}
