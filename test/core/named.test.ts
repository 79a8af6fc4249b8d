import { describe, expect, test } from "vitest";
import { addName, clearNamed, createNamed, namedAmong } from "../../core/named.ts";

describe("named names", () => {
  const lookups = ["c", "b", "a"];

  test("are answered in the order of the list", () => {
    expect(namedAmong(createNamed(["a", "x", "c"]), lookups)).toEqual(["c", "a"]);
  });

  test("are remembered by the list until there are more, or none", () => {
    const named = createNamed(["a"]);
    const before = namedAmong(named, lookups);
    expect(namedAmong(named, lookups)).toBe(before);
    addName(named, "b");
    expect(namedAmong(named, lookups)).toEqual(["b", "a"]);
    clearNamed(named);
    expect(namedAmong(named, lookups)).toEqual([]);
  });

  test("lists that are made anew for every event fill no memory", () => {
    const named = createNamed(["a"]);
    for (let i = 0; i < 1000; i++) expect(namedAmong(named, ["a"])).toEqual(["a"]);
    expect(named.answers.size).toBeLessThan(100);
  });
});
