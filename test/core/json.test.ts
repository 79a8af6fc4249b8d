import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isObject, type Json, mayHoldInexactNumbers, parseJson, setKey, writeJson } from "../../core/json.ts";
import { createKeyIndex, lowercaseKeys } from "../../core/keys.ts";

/** What the lake stores for a JSON object. */
function stored(text: string): string {
  const value = parseJson(text);
  if (!isObject(value)) throw new Error("no object");
  const index = createKeyIndex(new Map());
  return writeJson(lowercaseKeys(value, index), index.exact);
}

const digits = fc.stringMatching(/^(0|[1-9]\d{0,24})$/);
const number = fc
  .tuple(
    fc.constantFrom("", "-"),
    digits,
    fc.stringMatching(/^(\.\d{1,22})?$/),
    fc.stringMatching(/^([eE][+-]?\d{1,4})?$/),
  )
  .map((parts) => parts.join(""));
const blank = fc.constantFrom("", " ", "\n\t ");
const spaced = fc.tuple(blank, number, blank).map((parts) => parts.join(""));

/** JSON texts whose keys are lower case, sort as they were written and differ; numbers are spelled in any way. */
const { json } = fc.letrec<{ json: string; list: string; object: string }>((tie) => ({
  json: fc.oneof({ maxDepth: 4 }, spaced, fc.constantFrom("true", "false", "null", '""'), tie("list"), tie("object")),
  list: fc.array(tie("json"), { maxLength: 4 }).map((items) => `[${items.join(",")}]`),
  object: fc
    .array(tie("json"), { maxLength: 4 })
    .map((values) => `{${values.map((value, i) => `"k${i}":${value}`).join(",")}}`),
}));

describe("numbers", () => {
  test("any JSON text comes out as it went in but for blanks, whatever its numbers look like", () => {
    fc.assert(
      fc.property(json, (text) => {
        expect(stored(`{"a":${text}}`)).toBe(`{"a":${text.replace(/\s/g, "")}}`);
      }),
      { numRuns: 500 },
    );
  });

  test.each(["12345678901234567890123", "9007199254740993", "1.10", "1.0", "1e400", "-0", "-0.0", "1E-7", "0.1e1"])(
    "%s keeps its digits",
    (source) => {
      const text = `{"a":${source},"b":[${source},{"c":${source}}]}`;
      expect(stored(text)).toBe(text);
      expect(stored(`{ "A" : ${source} }`)).toBe(`{"a":${source}}`);
      expect(stored(`{"A":${source},"B":\n[\t${source} ]}`)).toBe(`{"a":${source},"b":[${source}]}`);
    },
  );

  test("a plugin sees an ordinary number, and one that it changed prints as it is now", () => {
    const index = createKeyIndex(new Map());
    const event = lowercaseKeys({ ...Object(parseJson('{"a":1.10,"b":1.10,"c":1.10}')) }, index);
    expect(event).toEqual({ a: 1.1, b: 1.1, c: 1.1 });
    event.a = 2.5;
    delete event.b;
    expect(writeJson(event, index.exact)).toBe('{"a":2.5,"c":1.10}');
  });

  test("numbers that a double prints as they were written cost nothing", () => {
    expect(mayHoldInexactNumbers('{"a":1,"b":-123456789012345,"c":"1.10 and 1e5","d":[0]}')).toBe(false);
    expect(mayHoldInexactNumbers('{"a":-0}')).toBe(true);
  });
});

describe("what is no JSON but common", () => {
  test("NaN and the infinities become strings of that name", () => {
    expect(stored('{"a":NaN,"b":[Infinity, -Infinity],"c":"NaN, Infinity","d":1.10}')).toBe(
      '{"a":"NaN","b":["Infinity","-Infinity"],"c":"NaN, Infinity","d":1.10}',
    );
  });

  test.each([
    '{"a":NaN',
    '{"a":nan}',
    '{"a":NaNs}',
    '{"a":"NaN}',
    '{"a":+Infinity}',
    '{"a":1,}',
    "{'a':1}",
    '{"a":01}',
  ])("%s is refused", (text) => expect(() => parseJson(text)).toThrow(SyntaxError));

  test("refusing a long text takes no longer than reading it", () => {
    const started = performance.now();
    for (const text of [
      `{"a":NaN,"b":"${"\\".repeat(1e6)}`,
      `{"a":"${"x".repeat(12e6)}",NaN`,
      `[${'"",'.repeat(3e5)}NaN`,
    ]) {
      expect(() => parseJson(text)).toThrow(SyntaxError);
    }
    expect(performance.now() - started).toBeLessThan(3000);
  });
});

describe("text", () => {
  test.each([
    ["a lone high surrogate", String.raw`{"a":"\ud800"}`, '{"a":"\ufffd"}'],
    ["a lone low surrogate in a key", String.raw`{"\udc00":1}`, '{"\ufffd":1}'],
    ["a pair", String.raw`{"a":"\ud83d\ude00"}`, '{"a":"😀"}'],
    ["a pair the wrong way around", String.raw`{"a":"\ude00\ud83d"}`, '{"a":"\ufffd\ufffd"}'],
    ["a backslash before ud800 that is text", String.raw`{"a":"\\ud800"}`, String.raw`{"a":"\\ud800"}`],
    ["a backslash before a lone surrogate", String.raw`{"a":"\\\ud800"}`, `{"a":"\\\\\ufffd"}`],
    ["a NUL", String.raw`{"a":"\u0000"}`, String.raw`{"a":"\u0000"}`],
  ])("%s", (_, text, expected) => expect(stored(text)).toBe(expected));

  test("any string comes out well-formed and otherwise as it went in", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }),
        fc.string({ unit: fc.nat(0xffff).map((c) => String.fromCharCode(c)) }),
        (a, b) => {
          const text = stored(JSON.stringify({ a, b }));
          expect(text.isWellFormed() && !/[^\\](\\\\)*\\ud[89a-f]/.test(text)).toBe(true);
          expect(JSON.parse(text)).toEqual({ a: a.toWellFormed(), b: b.toWellFormed() });
        },
      ),
    );
  });
});

test("setKey sets any key, __proto__ too", () => {
  const target: { [key: string]: Json } = {};
  setKey(target, "__proto__", { polluted: true });
  setKey(target, "a", 1);
  expect(JSON.stringify(target)).toBe('{"__proto__":{"polluted":true},"a":1}');
  expect(target).not.toHaveProperty("polluted");
  expect(Object.keys(Object.prototype)).toEqual([]);
});
