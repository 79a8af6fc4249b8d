import { describe, expect, test } from "vitest";
import { isObject } from "../core/json.ts";
import { definePlugin, type Plugin } from "../core/plugin.ts";
import { COMMON_NAMES } from "../core/vendor.ts";
import { plugins } from "../plugins/registry.ts";
import { costs } from "./contract-cost.ts";
import { undeclared } from "./contract-watch.ts";

const SAY = "it sets common fields only, so let it say adds: COMMON_NAMES";

const INPUT = '{"x":{"a":"text"}}';

/** @param rest `adds: ["*"]` stands for none */
function own(onMessage: Plugin["onMessage"], { adds = [], ...rest }: Partial<Plugin> = {}): [Plugin, typeof plugins] {
  const base = { name: "own", registration: ["x"], priority: 50, onMessage, ...rest };
  const plugin = definePlugin(adds.includes("*") ? base : { ...base, adds });
  return [plugin, { ...plugins, enrich: [...plugins.enrich, plugin] }];
}

/** Work of the square of the length of the event's text. */
const slow: Plugin["onMessage"] = (event) => {
  const text = isObject(event.details.x) ? String(event.details.x.a) : "";
  let sum = 0;
  for (let i = 0; i < text.length; i++) for (let j = 0; j < text.length / 4; j++) sum += text.charCodeAt(j) ^ i;
  if (sum === -1) event.tags.push("never");
  return event;
};

describe("the contract finds a plugin that", () => {
  test.each<[string, Plugin["onMessage"], Partial<Plugin>, readonly string[]]>([
    ["sets a field that it does not name", (event) => set(event, "b"), {}, ["b"]],
    [
      "names its fields nowhere, though they are the common ones",
      (event) => set(event, "user"),
      { adds: ["*"] },
      [SAY],
    ],
    ["changes what is nested and says that it does not", change, { shallow: true }, ["x", "x is changed in place"]],
    ["changes the id", (event) => Object.assign(event, { eventid: "x" }), {}, ["eventid"]],
  ])("%s", (_, onMessage, rest, found) => expect(undeclared(...own(onMessage, rest), [INPUT])).toEqual(found));

  test("takes four times as long for twice the text", () => {
    expect(costs(...own(slow), [INPUT])).toEqual({ isLinear: false, isBounded: true });
  });
});

test("and nothing in one that keeps it", () => {
  const [plugin, registered] = own((event) => set(event, "user"), { adds: COMMON_NAMES, shallow: true });
  expect(undeclared(plugin, registered, [INPUT])).toEqual([]);
  expect(costs(plugin, registered, [INPUT])).toEqual({ isLinear: true, isBounded: true });
});

function set(event: Parameters<Plugin["onMessage"]>[0], name: string) {
  event.details[name] = "mo";
  return event;
}

function change(event: Parameters<Plugin["onMessage"]>[0]) {
  if (isObject(event.details.x)) event.details.x.seen = true;
  return event;
}
