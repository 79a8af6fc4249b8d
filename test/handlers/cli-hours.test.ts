import { DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hoursPredicate, timeRange } from "../../handlers/cli/hours.ts";

const HOUR_MS = 3_600_000;
const START = Date.UTC(2023, 11, 25);
/** Two turns of the year, a leap day, every length of month. */
const HOURS = 10_000;

describe("the predicate of a range", () => {
  let connection: Awaited<ReturnType<DuckDBInstance["connect"]>>;
  beforeAll(async () => {
    connection = await (await DuckDBInstance.create(":memory:")).connect();
    await connection.run(`CREATE TABLE hours AS SELECT n, strftime(t, '%Y') AS year, strftime(t, '%m') AS month,
      strftime(t, '%d') AS day, strftime(t, '%H') AS hour
      FROM (SELECT n, TIMESTAMP '2023-12-25 00:00:00' + to_hours(n) AS t FROM range(${HOURS}) r(n))`);
  });
  afterAll(() => connection.closeSync());

  test("holds for the hours of the range and for no other", async () => {
    const minute = fc.integer({ min: 0, max: HOURS * 60 - 1 });
    await fc.assert(
      fc.asyncProperty(minute, fc.integer({ min: 1, max: HOURS * 60 }), async (start, minutes) => {
        const last = Math.min(HOURS - 1, Math.floor((start + minutes - 1) / 60));
        const range = { from: START + start * 60_000, to: START + Math.min(start + minutes, HOURS * 60) * 60_000 };
        const sql = `SELECT count(*)::INTEGER, min(n)::INTEGER, max(n)::INTEGER FROM hours WHERE ${hoursPredicate(range)}`;
        const first = Math.floor(start / 60);
        expect((await connection.runAndReadAll(sql)).getRows()).toEqual([[last - first + 1, first, last]]);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ["an hour", 1, "year = '2024' AND month = '03' AND day = '01' AND hour = '00'"],
    ["a day", 24, "year = '2024' AND month = '03' AND day = '01' AND hour BETWEEN '00' AND '23'"],
  ])("%s is told by its columns", (_, hours, expected) => {
    const from = Date.UTC(2024, 2, 1);
    expect(hoursPredicate({ from, to: from + hours * HOUR_MS })).toBe(expected);
  });

  test("is short however long the range", () => {
    expect(hoursPredicate({ from: Date.UTC(1999, 4, 5, 6), to: Date.UTC(2031, 7, 8, 9) }).length).toBeLessThan(400);
  });
});

describe("--from and --to", () => {
  const NOW = Date.UTC(2026, 10, 24, 7, 5);
  const iso = (range: { from: number; to: number }) => [range.from, range.to].map((ms) => new Date(ms).toISOString());

  test.each([
    [{ from: "24h" }, ["2026-11-23T07:05:00.000Z", "2026-11-24T07:05:00.000Z"]],
    [{ from: "90m" }, ["2026-11-24T05:35:00.000Z", "2026-11-24T07:05:00.000Z"]],
    [{ from: "3d", to: "2026-11-22T08:00:00+01:00" }, ["2026-11-21T07:05:00.000Z", "2026-11-22T07:00:00.000Z"]],
  ])("%o", (given, expected) => expect(iso(timeRange(given, NOW))).toEqual(expected));

  test.each([
    [{ from: "noon" }, "--from noon is no time"],
    [{ from: "1h", to: "2h" }, "--from 1h is not before --to 2h"],
  ])("%o is refused", (given, message) => expect(() => timeRange(given, NOW)).toThrow(message));
});
