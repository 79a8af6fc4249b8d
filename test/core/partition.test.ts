import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arrivalPartition, DEFAULT_WINDOW, fileUnder } from "../../core/partition.ts";
import { formatUTC } from "../../core/time.ts";

const HOUR = 3_600_000;
const ARRIVAL_MS = Date.UTC(2020, 8, 15, 12, 34, 56, 789);
const ARRIVED = { year: "2020", month: "09", day: "15", hour: "12" };

/** Where an event is filed that happened so many milliseconds before its arrival. */
const filed = (age: number, window = DEFAULT_WINDOW) => fileUnder(formatUTC(ARRIVAL_MS - age), ARRIVAL_MS, window);

describe("an event is filed under", () => {
  test.each([
    ["the hour it happened", 5 * HOUR, { partition: { ...ARRIVED, hour: "07" } }],
    [
      "the hour it happened, 20 days ago to the millisecond",
      480 * HOUR,
      { partition: { ...ARRIVED, month: "08", day: "26" } },
    ],
    ["its arrival when it is a millisecond older", 480 * HOUR + 1, { partition: ARRIVED, tag: "late" }],
    ["the hour it happened, an hour ahead to the millisecond", -HOUR, { partition: { ...ARRIVED, hour: "13" } }],
    ["its arrival when it is a millisecond further ahead", -HOUR - 1, { partition: ARRIVED, tag: "future" }],
    ["the hour of its arrival when it just happened", 0, { partition: ARRIVED }],
  ])("%s", (_, age, filing) => expect(filed(age)).toEqual(filing));

  test("the window is a setting; one of zero hours takes only the instant of arrival", () => {
    const none = { lateHours: 0, futureHours: 0 };
    expect([filed(0, none).tag, filed(1, none).tag, filed(-1, none).tag]).toEqual([undefined, "late", "future"]);
    expect(filed(10_000 * HOUR, { lateHours: 10_000, futureHours: 0 })).toEqual({
      partition: { year: "2019", month: "07", day: "26", hour: "20" },
    });
  });

  test("whatever it says, at most 482 hours are open for one arrival: Firehose holds 500 partitions", () => {
    const hours = new Set<string>();
    for (let age = -3; age < 500; age += 0.25) {
      const { year, month, day, hour } = filed(age * HOUR).partition;
      hours.add(`${year}${month}${day}${hour}`);
    }
    expect(hours.size).toBeLessThanOrEqual(482);
    expect(hours.size).toBeGreaterThanOrEqual(481);
  });
});

test("a partition is zero-padded text, in UTC, that names the hour of the instant", () => {
  expect(arrivalPartition(Date.UTC(2021, 0, 2, 3, 59, 59, 999))).toEqual({
    year: "2021",
    month: "01",
    day: "02",
    hour: "03",
  });
  const instants = fc.integer({ min: Date.UTC(1970), max: Date.UTC(9998) });
  fc.assert(
    fc.property(instants, (ms) => {
      const { year, month, day, hour } = arrivalPartition(ms);
      const start = Date.parse(`${year}-${month}-${day}T${hour}:00:00Z`);
      expect(ms - start).toBeGreaterThanOrEqual(0);
      expect(ms - start).toBeLessThan(HOUR);
    }),
  );
});
