import { describe, expect, test } from "vitest";
import { hasBit } from "../../core/bits.ts";
import { isObject, type JsonObject, parseJson, writeJson } from "../../core/json.ts";
import { createKeyIndex, type Interest, lowercaseKeys, MAX_DEPTH, resetKeyIndex } from "../../core/keys.ts";

function objectOf(text: string): JsonObject {
  const value = parseJson(text);
  if (!isObject(value)) throw new Error(`${text} is no object`);
  return value;
}

function lower(text: string, interests: [string, Interest][] = []) {
  const index = createKeyIndex(new Map(interests));
  const event = lowercaseKeys(objectOf(text), index);
  return { event, index, text: writeJson(event, index.exact) };
}

/** An object whose innermost container is at the given level. */
const nested = (levels: number, open = "[", close = "]") =>
  `{"a":${open.repeat(levels - 1)}${close.repeat(levels - 1)}}`;

describe("lowercaseKeys", () => {
  test.each([
    ["objects, lists, lists in lists", '{"A":{"B":[{"C":1},[{"D":2}],"E"]}}', '{"a":{"b":[{"c":1},[{"d":2}],"E"]}}'],
    ["letters beyond ASCII", '{"ÀB":1,"İ":2,"ΑΣ":3,"Kelvin":4}', '{"àb":1,"i̇":2,"ας":3,"kelvin":4}'],
    ["the empty key", '{"":{"A":1}}', '{"":{"a":1}}'],
    ["keys of Object.prototype", '{"__PROTO__":{"A":1},"__proto__":2,"toString":3}', '{"__proto__":2,"tostring":3}'],
    ["numbers that were moved", '{"A":1.10,"B":[1.10],"C":{"D":1e400}}', '{"a":1.10,"b":[1.10],"c":{"d":1e400}}'],
  ])("%s", (_, source, expected) => expect(lower(source).text).toBe(expected));

  test("an object without an upper-case key is kept, not copied", () => {
    const source = objectOf('{"a":{"b":[{"c":1}]},"ü":1}');
    const { b } = source.a as JsonObject;
    const event = lowercaseKeys(source, createKeyIndex(new Map()));
    expect(event).toEqual(source);
    expect((event.a as JsonObject).b).toBe(b);
  });

  test.each([
    [
      "the last wins at the place of the first",
      '{"Foo":1,"x":0,"foo":2,"FOO":3}',
      '{"foo":3,"x":0}',
      ["Foo=1", "foo=2"],
    ],
    ["what lost is known by its own spelling", '{"a":1,"A":2}', '{"a":2}', ["a=1"]],
    ["in nested objects too", '{"l":[{"X":{"Y":1},"x":2}]}', '{"l":[{"x":2}]}', ['X={"Y":1}']],
    ["null loses and wins like any value", '{"A":null,"a":1,"B":1,"b":null}', '{"a":1,"b":null}', ["A=null", "B=1"]],
    ["__proto__ loses like any key", '{"__proto__":1,"__PROTO__":2}', '{"__proto__":2}', ["__proto__=1"]],
  ])("keys that differ only by case: %s", (_, source, expected, lost) => {
    const { text, index } = lower(source);
    expect(text).toBe(expected);
    expect(index.collisions.map(({ key, value }) => `${key}=${JSON.stringify(value)}`)).toEqual(lost);
  });
});

describe("depth", () => {
  test.each([
    ["lists", nested(MAX_DEPTH), nested(MAX_DEPTH + 1)],
    [
      "objects",
      nested(MAX_DEPTH, '{"a":', "}").replace('{"a":}', "{}"),
      nested(MAX_DEPTH + 1, '{"a":', "}").replace('{"a":}', "{}"),
    ],
  ])("1,000 levels of %s pass, 1,001 are too deep", (_, deepest, deeper) => {
    expect(lower(deepest).text).toBe(deepest);
    expect(() => lower(deeper)).toThrow(expect.objectContaining({ code: "too_deep", stage: "process" }));
  });

  test("100,000 levels are too deep, and do not exhaust the stack", () => {
    expect(() => lower(nested(100_000))).toThrow(expect.objectContaining({ code: "too_deep" }));
  });
});

describe("the index", () => {
  const looked: Interest = { summons: [], lookup: true };

  test("a key at any depth summons, however it is spelled", () => {
    const { index } = lower('{"a":[{"Kind":1}],"B":{"x":2}}', [
      ["kind", { summons: [3, 5], lookup: false }],
      ["b", { summons: [1], lookup: false }],
      ["none", { summons: [7], lookup: false }],
    ]);
    expect([0, 1, 2, 3, 4, 5, 6, 7].filter((position) => hasBit(index.summoned, position))).toEqual([1, 3, 5]);
    expect(index.holders.size).toBe(0);
  });

  test("holders are found in document order, own level first, as they are in the event", () => {
    const { event, index } = lower('{"A":{"Src":1,"b":{"src":2}},"l":[[{"SRC":3}]]}', [["src", looked]]);
    expect(index.holders.get("src")).toEqual([{ src: 1, b: { src: 2 } }, { src: 2 }, { src: 3 }]);
    expect(index.holders.get("src")?.[0]).toBe(event.a);
  });

  test("the first level of the event and of its details is not listed: plugins read it directly", () => {
    const { index } = lower('{"src":1,"details":{"src":2,"details":{"src":3}}}', [["src", looked]]);
    expect(index.holders.get("src")).toEqual([{ src: 3 }]);
  });

  test("numbers are kept by the object or list that holds them", () => {
    const { event, index } = lower('{"N":1.10,"l":[0,1.0]}');
    expect(index.exact.get(event)?.get("n")).toEqual({ value: 1.1, source: "1.10" });
    expect(index.exact.get(event.l as object)?.get("1")).toEqual({ value: 1, source: "1.0" });
  });

  test("after a reset nothing of the event before is left", () => {
    const { index } = lower('{"A":1.10,"a":1.10,"x":{"kind":1}}', [["kind", { summons: [0], lookup: true }]]);
    resetKeyIndex(index);
    expect([...index.summoned, index.holders.size, index.exact.size, index.collisions.length]).toEqual([0, 0, 0, 0]);
  });
});
