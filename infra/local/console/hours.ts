import type { AthenaClient } from "@aws-sdk/client-athena";
import { runQuery } from "../../../handlers/cli/athena.ts";
import { hoursPredicate } from "../../../handlers/cli/hours.ts";
import { type Handler, Refusal } from "./answer.ts";
import type { Hours } from "./contract.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A month of hours is what a person can look at, and what a question about them should read. */
const MOST_DAYS = 31;

/** Future events may be filed an hour ahead of their arrival (core/partition.ts). */
const AHEAD_MS = 2 * HOUR_MS;

/**
 * Events by hour and source. Bytes are those of the events' own text, before compression: an object holds many sources,
 * so its size says nothing of one.
 */
function hoursSql(from: number, to: number): string {
  return `SELECT year || '-' || month || '-' || day || 'T' || hour AS hour, coalesce(source, 'UNKNOWN') AS source,
  count(*) AS events, sum(length(details) + length(coalesce(summary, ''))) AS bytes,
  count_if(contains(tags, 'late')) AS late, count_if(contains(tags, 'future')) AS future
FROM events
WHERE ${hoursPredicate({ from, to })}
GROUP BY 1, 2
ORDER BY 1, 2`;
}

/** The last days' hours, up to now. */
export function hoursHandler(athena: AthenaClient): Handler {
  return async ({ query, signal }): Promise<Hours> => {
    const now = Date.now();
    const from = now - daysIn(query, 2) * DAY_MS;
    const { rows } = await runQuery(athena, hoursSql(from, now + AHEAD_MS), signal);
    const cells = rows.map(([hour, source, ...counts]) => {
      const [events = 0, bytes = 0, late = 0, future = 0] = counts.map(Number);
      return { hour: hour ?? "", source: source ?? "", events, bytes, late, future };
    });
    return { cells };
  };
}

/** @throws {Refusal} 400 for what is no number of days from 1 to 31 */
export function daysIn(query: URLSearchParams, otherwise: number): number {
  const days = Number(query.get("days") ?? otherwise);
  if (Number.isInteger(days) && days >= 1 && days <= MOST_DAYS) return days;
  throw new Refusal(400, `days is a whole number from 1 to ${MOST_DAYS}; nothing was asked`);
}

/** @throws {Refusal} 400 unless it is an hour like `2026-11-24T05`, in UTC. @returns when it began, since 1970 */
export function hourStart(hour: string): number {
  const start = /^\d{4}-\d\d-\d\dT\d\d$/.test(hour) ? Date.parse(`${hour}:00:00Z`) : Number.NaN;
  if (Number.isFinite(start)) return start;
  throw new Refusal(400, "An hour is written like 2026-11-24T05, in UTC; nothing was asked");
}

/** That hour, as a range. */
export function rangeOfHour(hour: string): { from: number; to: number } {
  const from = hourStart(hour);
  return { from, to: from + HOUR_MS };
}
