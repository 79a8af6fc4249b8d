import { expect, test } from "vitest";
import { pairsIn } from "../../core/logline.ts";

test.each([
  ["plain values", "src=192.0.2.1 dst=192.0.2.2", { src: "192.0.2.1", dst: "192.0.2.2" }],
  ["quotes hold blanks", `agent='a b' rule="c 'd' e"`, { agent: "a b", rule: "c 'd' e" }],
  ["an empty value", "a= b='' c=1", { a: "", b: "", c: "1" }],
  ["the first of a name counts", "a=1 A=2", { a: "1" }],
  ["text between is passed over", "flows allow src=1 request: GET http://x/?b=2", { src: "1" }],
  ["a quote that does not end is a value", "a='b c", { a: "'b" }],
  ["no pairs", "nothing here", {}],
])("%s", (_, line, pairs) => expect(Object.fromEntries(pairsIn(line))).toEqual(pairs));

test("a long line takes linear time", () => {
  const started = performance.now();
  pairsIn(`a='${"x=".repeat(200_000)}`);
  pairsIn("a".repeat(500_000));
  expect(performance.now() - started).toBeLessThan(2_000);
});
