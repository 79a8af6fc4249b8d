import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Json, parseJson } from "../../core/json.ts";
import { dictMatch, findKeys, holdersOf, listAt, numberAt, textAt, valueAt } from "../../core/path.ts";

const EVENT = parseJson(
  '{"user":"mo","empty":"","n":5,"quoted":"-1.5","events":[{"name":"login","params":[1,2]}],"a":{"x":1,"b":{"x":2}},"__proto__":{"y":1}}',
);

describe("a dotted path", () => {
  test.each([
    ["user", "mo"],
    ["events.0.name", "login"],
    ["events.0.params.1", 2],
    ["a.b.x", 2],
    ["__proto__.y", 1],
    ["events.1.name", undefined],
    ["events.name", undefined],
    ["user.0", undefined],
    ["user.length", undefined],
    ["a.toString", undefined],
    ["constructor", undefined],
    ["", undefined],
  ])("%s leads to %j", (path, value) => expect(valueAt(EVENT, path)).toEqual(value));

  test("textAt, numberAt and listAt see only what they are named for", () => {
    expect([textAt(EVENT, "user"), textAt(EVENT, "empty"), textAt(EVENT, "n")]).toEqual(["mo", undefined, undefined]);
    expect([numberAt(EVENT, "n"), numberAt(EVENT, "quoted"), numberAt(EVENT, "user")]).toEqual([5, -1.5, undefined]);
    expect(numberAt({ n: "12345678901234567890" }, "n")).toBeUndefined();
    expect([listAt(EVENT, "events").length, listAt(EVENT, "user").length]).toEqual([1, 0]);
  });

  test("no value and no path throws", () => {
    fc.assert(fc.property(fc.jsonValue(), fc.string(), (value, path) => void valueAt(value as Json, path)));
  });
});

describe("a key at any depth", () => {
  test("its values come in document order, an object's own before those beneath it", () => {
    const node = parseJson('{"l":[{"x":1},{"y":{"x":2}}],"x":{"x":3}}');
    expect(findKeys(node, "x")).toEqual([{ x: 3 }, 1, 2, 3]);
    expect(holdersOf(node, "y")).toEqual([{ y: { x: 2 } }]);
  });

  test("inherited names are no keys", () => expect(findKeys(EVENT, "toString")).toEqual([]));
});

describe("dictMatch", () => {
  test.each([
    [{ a: 1 }, { a: 1, b: 2 }, true],
    [{ a: [1, { b: null }] }, { a: [1, { b: null }] }, true],
    [{}, {}, true],
    [{ a: 1 }, { a: 1.5 }, false],
    [{ a: true }, { a: 1 }, false],
    [{ a: [1] }, { a: { 0: 1 } }, false],
    [{ a: [1] }, { a: [1, 2] }, false],
    [{ a: null }, {}, false],
    [{ a: null }, { a: {} }, false],
    [{ a: 1 }, null, false],
    [{ a: 1 }, [{ a: 1 }], false],
  ])("%j in %j: %s", (query, target, matches) => expect(dictMatch(query, target)).toBe(matches));
});
