import { describe, expect, test } from "vitest";
import { runOrder } from "../../core/order.ts";
import { definePlugin, type Plugin } from "../../core/plugin.ts";

function plugin(name: string, rest: Partial<Plugin> = {}): Plugin {
  return definePlugin({ name, registration: ["a"], priority: 20, onMessage: (event) => event, ...rest });
}

const order = (normalize: Plugin[], enrich: Plugin[] = []) =>
  runOrder({ normalize, enrich, version: "test" }).map(({ label }) => label.replace(/^(.)[^_]*_/, "$1:"));

describe("the run order", () => {
  test.each([
    ["normalization before enrichment", [plugin("z")], [plugin("a", { priority: 0 })], ["n:z", "e:a"]],
    ["the lower priority first", [plugin("a", { priority: 9 }), plugin("b", { priority: 1 })], [], ["n:b", "n:a"]],
    ["for every event before for some", [plugin("a"), plugin("b", { registration: ["*"] })], [], ["n:b", "n:a"]],
    ["then by name", [plugin("b"), plugin("c"), plugin("a")], [], ["n:a", "n:b", "n:c"]],
    [
      "after, where name and registration say otherwise",
      [plugin("a", { after: ["b"], registration: ["*"] }), plugin("b")],
      [],
      ["n:b", "n:a"],
    ],
    [
      "after of after",
      [plugin("a", { after: ["b"] }), plugin("b", { after: ["c"] }), plugin("c")],
      [],
      ["n:c", "n:b", "n:a"],
    ],
    ["no plugin at all", [], [], []],
  ])("%s", (_, normalize, enrich, expected) => expect(order(normalize, enrich)).toEqual(expected));

  test("a normalization and an enrichment plugin may share a name", () => {
    expect(order([plugin("a")], [plugin("a")])).toEqual(["n:a", "e:a"]);
  });

  test.each([
    ["two plugins of one name", [plugin("a"), plugin("a")], /two plugins are named a/],
    ["a registration in upper case", [plugin("a", { registration: ["Kind"] })], /a registers for Kind/],
    [
      "a circle",
      [plugin("a", { after: ["b"] }), plugin("b", { after: ["a"] }), plugin("c")],
      /a, b wait for each other/,
    ],
    [
      "after a later priority",
      [plugin("a", { priority: 1, after: ["b"] }), plugin("b")],
      /a runs after b, which is none/,
    ],
    ["after a plugin that is not there", [plugin("a", { after: ["gone"] })], /a runs after gone, which is none/],
    ["a plugin after itself", [plugin("a", { after: ["a"] })], /a wait/],
  ])("%s is refused", (_, plugins, message) => expect(() => order(plugins)).toThrow(message));

  test("the set that is passed in is left as it is", () => {
    const set = [plugin("b"), plugin("a")];
    order(set);
    expect(set.map(({ name }) => name)).toEqual(["b", "a"]);
  });
});
