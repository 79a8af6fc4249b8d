import { describe, expect, test } from "vitest";
import { lineOf } from "../../core/row.ts";
import ensure_eventid from "../../plugins/enrich/ensure_eventid.ts";
import { ARRIVAL_MS, contract, outcomesOf, run } from "../contract.ts";

const idsOf = (payload: string) =>
  outcomesOf(payload).map((outcome) => outcome.kind === "event" && JSON.parse(lineOf(outcome.row)).eventid);

describe("ensure_eventid", () => {
  contract(ensure_eventid);

  test("the same place in the stream gives the same id, whenever it is processed", () => {
    expect(run('{"a":1}').eventid).toBe(run('{"a":1}', undefined, ARRIVAL_MS + 1).eventid);
  });

  test("each document of a payload has its own id, and a bad neighbor does not shift it", () => {
    const [first, second, third] = idsOf('{"a":1}\n{"a":1}\n{"a":1}');
    expect(new Set([first, second, third]).size).toBe(3);
    expect(idsOf('{"a":1}\nnonsense\n{"a":1}')).toEqual([first, false, third]);
  });

  test("an empty eventid is as good as none", () => {
    expect(run('{"eventid":"","source":"s","details":{}}').eventid).toMatch(/^[0-9a-f]{8}-.{4}-5/);
  });
});
