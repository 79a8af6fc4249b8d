import { describe, expect, test } from "vitest";
import event_shell from "../../plugins/normalize/event_shell.ts";
import { ARRIVAL, contract, run } from "../contract.ts";

const ID = "00000000-0000-4000-8000-000000000001";

/** The shell's fields and the details, without what the other plugins always add. */
function shell(input: string) {
  const { plugins, year, month, day, hour, eventid, details, ...columns } = run(input);
  const { _utcprocessedtimestamp, ...own } = details;
  return { ...columns, details: own };
}

describe("event_shell", () => {
  contract(event_shell);

  test("an event that says nothing gets the defaults and its arrival time", () => {
    expect(shell('{"a":1}')).toEqual({
      utctimestamp: ARRIVAL,
      severity: "INFO",
      summary: "UNKNOWN",
      category: "UNKNOWN",
      source: "UNKNOWN",
      tags: [],
      details: { a: 1 },
    });
  });

  test.each([
    ["a shell field stays at the top", '{"source":"okta","a":1}', { source: "okta", details: { a: 1 } }],
    [
      "a number or a truth in a text column is its text",
      '{"severity":3,"summary":true}',
      { severity: "3", summary: "true", details: {} },
    ],
    [
      "a number keeps its digits as text",
      '{"severity":1.10,"source":12345678901234567890}',
      { severity: "1.10", source: "12345678901234567890" },
    ],
    [
      "an object in a text column stays a detail",
      '{"source":{"a":1}}',
      { source: "UNKNOWN", details: { source: { a: 1 } } },
    ],
    [
      "null is as good as missing",
      '{"severity":null,"tags":null,"details":null,"a":1}',
      { severity: "INFO", tags: [], details: { a: 1 } },
    ],
    ["one tag is a list of one", '{"tags":"a"}', { tags: ["a"], details: {} }],
    [
      "of mixed tags the texts are tags and the whole is a detail",
      '{"tags":["a",1,{"b":2}]}',
      { tags: ["a"], details: { tags: ["a", 1, { b: 2 }] } },
    ],
    [
      "a time is brought to UTC",
      '{"utctimestamp":"2020-09-15T10:00:00+02:00"}',
      { utctimestamp: "2020-09-15T08:00:00+00:00", details: {} },
    ],
    ["an epoch is a time", '{"utctimestamp":1600160400}', { utctimestamp: "2020-09-15T09:00:00+00:00", details: {} }],
    [
      "what is no time stays a detail",
      '{"utctimestamp":"soon"}',
      { utctimestamp: ARRIVAL, details: { utctimestamp: "soon" } },
    ],
    [
      "a top-level key wins over the same key of details",
      '{"details":{"x":1,"y":2},"x":3}',
      { details: { x: 3, y: 2 } },
    ],
    ["details that are no object stay a detail", '{"details":[1]}', { details: { details: [1] } }],
    [
      "details that are the text of an object are that object",
      String.raw`{"details":"{\"A\":1}"}`,
      { details: { a: 1 } },
    ],
    [
      "details that only look like the text of an object stay text",
      '{"details":"{no"}',
      { details: { details: "{no" } },
    ],
    [
      "the shell's names beneath the first level mean nothing",
      '{"a":{"source":"x","details":{}}}',
      { source: "UNKNOWN", details: { a: { source: "x", details: {} } } },
    ],
    ["a moved number keeps its digits", '{"details":{},"n":9007199254740993}', { details: { n: 9007199254740992 } }],
  ])("%s", (_, input, expected) => {
    expect(shell(input)).toMatchObject(expected);
    if ("details" in expected) expect(shell(input).details).toEqual(expected.details);
  });

  test.each([
    ["with details and a source", `{"eventid":"${ID}","source":"okta","details":{}}`, ID],
    ["with details and a time", `{"eventid":"${ID}","utctimestamp":"2020-09-15T10:00:00Z","details":"{}"}`, ID],
  ])("an eventid in the shell form stays: %s", (_, input, eventid) => {
    const event = run(input);
    expect(event.eventid).toBe(eventid);
    expect(event.details.eventid).toBeUndefined();
  });

  test.each([
    ["without details", `{"eventid":"${ID}","source":"okta"}`],
    ["without a source or a time", `{"eventid":"${ID}","details":{}}`],
    ["that is no text", '{"eventid":7,"source":"okta","details":{}}'],
  ])("any other eventid is a detail: %s", (_, input) => {
    const event = run(input);
    expect(event.eventid).not.toBe(ID);
    expect(event.eventid).toMatch(/^[0-9a-f-]{36}$/);
    expect(event.details.eventid).toBeDefined();
  });

  test("a stored row's partition is computed anew; in any other event those names are details", () => {
    const row = run(`{"eventid":"${ID}","source":"s","details":{},"year":"1999","month":"01","day":"02","hour":"03"}`);
    expect(row).toMatchObject({ year: "2020", month: "09", day: "15", hour: "12" });
    expect(row.details.year).toBeUndefined();
    expect(run('{"year":1999,"day":"monday"}').details).toMatchObject({ year: 1999, day: "monday" });
  });

  test("every text column is well-formed, whatever arrived", () => {
    const lone = String.raw`\ud800`;
    const event =
      run(`{"severity":"${lone}","summary":"${lone}","category":"${lone}","source":"${lone}","tags":["${lone}"],
      "plugins":["${lone}"],"eventid":"${lone}","details":{"${lone}":"${lone}"}}`);
    expect(JSON.stringify(event)).not.toMatch(/\\ud/);
    expect(event).toMatchObject({ severity: "\ufffd", category: "\ufffd", source: "\ufffd", tags: ["\ufffd"] });
  });
});
