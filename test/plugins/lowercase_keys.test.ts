import { describe, expect, test } from "vitest";
import lowercase_keys from "../../plugins/normalize/lowercase_keys.ts";
import { contract, run } from "../contract.ts";

describe("lowercase_keys", () => {
  contract(lowercase_keys);

  test.each([
    ["keys at any depth", '{"A":{"B":[{"C":[[{"D":1}]]}]}}', { a: { b: [{ c: [[{ d: 1 }]] }] } }],
    ["values keep their case", '{"Name":"Mo","Kind":["Event"]}', { name: "Mo", kind: ["Event"] }],
    ["letters beyond ASCII", '{"ÅR":1,"ΑΣ":2}', { år: 1, ας: 2 }],
    ["the shell's own keys count", '{"Details":{"X":1},"SEVERITY":"LOW"}', { x: 1 }],
    [
      "the last spelling wins, the others are kept beside",
      '{"Foo":1,"foo":2,"FOO":3}',
      {
        foo: 3,
        _collisions: [
          { key: "Foo", value: 1 },
          { key: "foo", value: 2 },
        ],
      },
    ],
    [
      "nested collisions are kept at the top",
      '{"a":{"X":"lost","x":"won"}}',
      {
        a: { x: "won" },
        _collisions: [{ key: "X", value: "lost" }],
      },
    ],
    [
      "a producer's own _collisions are kept too",
      '{"_collisions":"mine","A":1,"a":2}',
      {
        a: 2,
        _collisions: [
          { key: "A", value: 1 },
          { key: "_collisions", value: "mine" },
        ],
      },
    ],
    [
      "a collided value that is nested has lower-case keys",
      '{"A":{"B":1},"a":2}',
      {
        a: 2,
        _collisions: [{ key: "A", value: { b: 1 } }],
      },
    ],
    [
      "collisions in details that arrive as text",
      String.raw`{"details":"{\"A\":1,\"a\":2}"}`,
      {
        a: 2,
        _collisions: [{ key: "A", value: 1 }],
      },
    ],
  ])("%s", (_, input, details) => {
    const { _utcprocessedtimestamp, ...stored } = run(input).details;
    expect(stored).toEqual(details);
  });

  test("a key named __proto__ is a key like any other", () => {
    const { details } = run('{"__PROTO__":{"x":1},"a":{"__proto__":null},"Constructor":{"Prototype":2}}');
    expect(Object.getPrototypeOf(details)).toBe(Object.prototype);
    expect(JSON.stringify(details)).toContain(
      '"__proto__":{"x":1},"a":{"__proto__":null},"constructor":{"prototype":2}',
    );
  });
});
