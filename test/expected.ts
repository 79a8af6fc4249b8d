import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { fixture, run } from "./contract.ts";

const SHELL = ["utctimestamp", "success", "summary", "category"] as const;
const COMMON = ["sourceipaddress", "destinationipaddress", "user", "success"] as const;

/**
 * Compares what becomes of each line of `fixtures/<name>.ndjson` with the same line of `<name>.expected.ndjson`: a field
 * that is null or absent there must not be set.
 *
 * @param sources the source of every line, or of each
 */
export function expectFixture(name: string, sources: string | readonly string[] = name): void {
  const file = new URL(`fixtures/${name}.expected.ndjson`, import.meta.url);
  const expected = readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
  const lines = fixture(name);

  test(`each line of the fixture ${name} has its expectation`, () => expect(expected).toHaveLength(lines.length));

  test.each(lines.map((line, i) => [i + 1, line] as const))(`fixture ${name}, line %i`, (number, line) => {
    const event = run(line);
    expect(event.source).toBe(typeof sources === "string" ? sources : sources[number - 1]);
    const set = [
      ...SHELL.map((field) => [field, event[field]]),
      ...COMMON.map((field) => [field, event.details[field]]),
    ];
    const said = Object.entries(Object(expected[number - 1])).filter(([, value]) => value !== null);
    expect(Object.fromEntries(set.filter(([, value]) => value !== undefined))).toEqual(Object.fromEntries(said));
  });
}
