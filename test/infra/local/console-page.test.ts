/** What the console's page makes of the lake's answers, without a browser. */

import { describe, expect, test } from "vitest";
import type { Flow, Normalized } from "../../../infra/local/console/contract.ts";
import { exampleOf, fieldsOf } from "../../../infra/local/console/page/event/fields.ts";
import { latest, ratesOf } from "../../../infra/local/console/page/flow/rates.ts";
import { prefixText, short, size } from "../../../infra/local/console/page/format.ts";
import { gridOf, level, MOST_SOURCES, queryOf } from "../../../infra/local/console/page/hours/grid.ts";
import { indentJson, parseJson, valueText } from "../../../infra/local/console/page/json.ts";
import { bytesOf, escapedText, hexDump } from "../../../infra/local/console/page/quarantine/bytes.ts";
import { shapeOf } from "../../../infra/local/console/page/sql/shape.ts";

const NOW = Date.UTC(2026, 10, 24, 5, 30);

describe("JSON", () => {
  test.each(["12345678901234567890", "1.10", "1e400", "-0", "7"])(
    "the number %s is shown as it was written",
    (number) => {
      const { n } = parseJson<{ n: unknown }>(`{"n":${number}}`);
      expect(valueText(n)).toBe(number);
    },
  );

  test.each([
    ['{"a":[1,{"b":{}}],"c":"}"}', '{\n  "a": [\n    1,\n    {\n      "b": {}\n    }\n  ],\n  "c": "}"\n}'],
    ['{"n":1.10}\n{"n":2}', '{\n  "n": 1.10\n}\n{\n  "n": 2\n}'],
    ['{"cut":"off', '{\n  "cut": "off'],
  ])("%s is indented without being parsed", (text, indented) => expect(indentJson(text)).toBe(indented));
});

describe("bytes of a stranger", () => {
  test.each([
    ["grüße 日本\n", "grüße 日本\n"],
    ["\u001b[31m\u202e\u200b", "\\u001b[31m\\u202e\\u200b"],
    ["<script>", "<script>"],
  ])("%j is shown as %j", (text, shown) => {
    expect(escapedText(bytesOf(Buffer.from(text).toString("base64")))).toBe(shown);
  });

  test("bytes that are no UTF-8 are shown one by one, overlong and surrogate forms too", () => {
    const bytes = Uint8Array.of(0x61, 0xff, 0xc0, 0xaf, 0xed, 0xa0, 0x80, 0xc3);
    expect(escapedText(bytes)).toBe("a\\xff\\xc0\\xaf\\xed\\xa0\\x80\\xc3");
  });

  test("as hex, sixteen a line", () => {
    expect(hexDump(Buffer.from("0123456789abcdef\x00"))).toBe(
      `00000000  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  |0123456789abcdef|\n00000010  00${" ".repeat(47)}|.|`,
    );
  });
});

describe("rates", () => {
  const flow = (at: number, records: number, documents: number) =>
    ({
      at: at * 1000,
      stream: { name: "s", shards: 1, records, bytes: records * 10, iteratorAgeMs: 0 },
      consumer: { batches: 1, documents, milliseconds: documents / 10, retries: 0 },
    }) as unknown as Flow;

  test("are per second, and none across a restart", () => {
    const { records, microseconds } = ratesOf([flow(1, 0, 0), flow(3, 100, 50), flow(4, 7, 50)]);
    expect(records).toEqual([50, null]);
    expect(microseconds).toEqual([100, null]);
    expect(latest(records)).toBe(50);
  });
});

describe("the heat map", () => {
  const cell = (hour: string, source: string, events: number) => ({
    hour,
    source,
    events,
    bytes: 0,
    late: 0,
    future: 0,
  });

  test("has every hour of its days, the most active sources first", () => {
    const grid = gridOf([cell("2026-11-24T05", "a", 1), cell("2026-11-23T06", "b", 9)], "events", 1, NOW);
    expect([grid.hours.length, grid.hours[0], grid.hours.at(-1)]).toEqual([24, "2026-11-23T06", "2026-11-24T05"]);
    expect(grid.rows.map(({ source, total }) => [source, total])).toEqual([
      ["b", 9],
      ["a", 1],
    ]);
    expect(grid.rows[0]?.cells[0]?.events).toBe(9);
  });

  test("shows a bounded number of sources and says how many are left", () => {
    const cells = Array.from({ length: 100 }, (_, i) => cell("2026-11-24T05", `s${i}`, i));
    const { rows, left } = gridOf(cells, "events", 1, NOW);
    expect([rows.length, left]).toEqual([MOST_SOURCES, 100 - MOST_SOURCES]);
  });

  test.each([
    [0, 100, 0],
    [1, 100, 1],
    [100, 100, 5],
    [1, 1, 5],
  ])("%i of at most %i has level %i", (value, most, expected) => expect(level(value, most)).toBe(expected));

  test("a source with quotes cannot leave its string in the query", () => {
    expect(queryOf(cell("2026-11-24T05", "a' OR 1=1 --", 1))).toContain("source = 'a'' OR 1=1 --'");
  });
});

describe("the shape of a result", () => {
  const columns = (...types: string[]) =>
    types.map((type) => ({ name: type.split(" ")[0] ?? "", type: type.split(" ")[1] ?? "" }));

  test("numbers by name are bars", () => {
    const shape = shapeOf(columns("source varchar", "events bigint", "details varchar"), [
      ["a", "2", '{"x":1}'],
      ["b", null, '{"x":2}'],
    ]);
    expect(shape).toMatchObject({ kind: "bars", names: ["a", "b"], series: [{ name: "events", values: [2, null] }] });
  });

  test("numbers over hours and sources are a line a source", () => {
    const rows = [
      ["2026", "11", "24", "04", "a", "1"],
      ["2026", "11", "24", "05", "a", "2"],
      ["2026", "11", "24", "05", "b", "3"],
    ];
    const shape = shapeOf(
      columns("year varchar", "month varchar", "day varchar", "hour varchar", "source varchar", "n bigint"),
      rows,
    );
    expect(shape).toMatchObject({
      kind: "time",
      series: [
        { name: "a", values: [1, 2] },
        { name: "b", values: [null, 3] },
      ],
    });
  });

  test("times in a column are a time series, whatever their order", () => {
    const shape = shapeOf(columns("at timestamp(3)", "n bigint"), [
      ["2026-11-24 05:00:00.000 UTC", "1"],
      ["2026-11-24 04:00:00.000", "2"],
    ]);
    expect(shape).toMatchObject({ kind: "time", series: [{ values: [2, 1] }] });
  });

  test.each([
    ["one row", [["a", "1"]]],
    ["no number", undefined],
  ])("%s is no chart", (_, rows) => {
    expect(
      shapeOf(
        columns("s varchar", rows ? "n bigint" : "m varchar"),
        rows ?? [
          ["a", "b"],
          ["c", "d"],
        ],
      ),
    ).toBeUndefined();
  });
});

describe("an event's fields", () => {
  const normalized: Normalized = {
    raw: '{ "User": "Mo",\n  "n": 1.10 }',
    event: { source: "badge", summary: "x", year: "2026", details: { user: "mo", n: 1, deep: { a: 1, b: 2 } } },
    steps: [
      { plugin: "lower", microseconds: 1, set: ["details.user", "details.deep"] },
      { plugin: "badge", microseconds: 1, set: ["source", "details.user", "details.deep.b"] },
    ],
  };

  test("are marked with the plugin that set them last, within objects too", () => {
    const marks = fieldsOf(normalized.event ?? {}, normalized.steps).map(({ path, setBy }) => [path, setBy]);
    expect(Object.fromEntries(marks)).toEqual({
      source: "badge",
      summary: undefined,
      year: "the lake",
      "details.user": "badge",
      "details.n": undefined,
      "details.deep.a": "lower",
      "details.deep.b": "badge",
    });
  });

  test("become an example for a plugin's file", () => {
    expect(exampleOf(normalized)).toBe(
      '{\n  in: "{\\"User\\":\\"Mo\\",\\"n\\":1.10}",\n  out: {\n    source: "badge",\n    user: "mo",\n  },\n},',
    );
    expect(exampleOf({ ...normalized, event: undefined } as unknown as Normalized)).toContain("out: null");
  });
});

test.each([
  [size(999), "999 B"],
  [size(999_950), "1 MB"],
  [size(4_100_000), "4.1 MB"],
  [short(9_600), "10K"],
  [prefixText("events/year=2026/month=11/day=24/hour=05/"), "events · Nov 24, 05:00"],
  [prefixText("errors/x"), "errors/x"],
])("people read %s", (shown, expected) => expect(shown).toBe(expected));
