import { hoursPredicate } from "../cli/hours.ts";
import type { EventRow } from "./collect.ts";
import { processedOf } from "./compare.ts";

const HOUR_MS = 3_600_000;

/** Stretches of hours that a condition names one by one; beyond that, all the hours from the first to the last. */
const MAX_STRETCHES = 16;

export type Query = (sql: string) => Promise<{
  readonly header: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
}>;

/**
 * Finds what is stored of events: of each the copy that was processed last, by its id.
 *
 * @param hours where to look: times within the hours, in milliseconds since 1970
 */
export async function findStored(
  query: Query,
  ids: readonly string[],
  hours: Iterable<number>,
): Promise<Map<string, EventRow>> {
  const list = ids.map((id) => `'${id.replaceAll("'", "''")}'`).join(", ");
  const { rows } = await query(`SELECT eventid, utctimestamp, severity, summary, category, source,
  json_format(CAST(tags AS JSON)) AS tags, json_format(CAST(plugins AS JSON)) AS plugins, details, year, month, day, hour
FROM events WHERE (${inHours(hours)}) AND eventid IN (${list})`);
  const newest = new Map<string, EventRow>();
  for (const row of rows.map(rowOf)) {
    const known = newest.get(row.eventid);
    if (!known || processedOf(known) < processedOf(row)) newest.set(row.eventid, row);
  }
  return newest;
}

function rowOf(cells: readonly (string | null)[]): EventRow {
  const [eventid = "", utctimestamp, severity, summary, category, source, tags, plugins, details, ...hour] = cells.map(
    (cell) => cell ?? "",
  );
  const [year = "", month = "", day = "", hours = ""] = hour;
  return {
    eventid,
    ...{ utctimestamp: utctimestamp ?? "", severity: severity ?? "", summary: summary ?? "" },
    ...{ category: category ?? "", source: source ?? "", details: details ?? "" },
    tags: JSON.parse(tags || "[]"),
    plugins: JSON.parse(plugins || "[]"),
    ...{ year, month, day, hour: hours },
  };
}

/** A condition that holds for these hours, and keeps the query from most others. */
export function inHours(times: Iterable<number>): string {
  const hours = [...new Set([...times].map((time) => Math.floor(time / HOUR_MS)))].sort((a, b) => a - b);
  const stretches: { from: number; to: number }[] = [];
  for (const hour of hours) {
    const last = stretches.at(-1);
    if (last && (last.to === hour || stretches.length > MAX_STRETCHES)) last.to = hour + 1;
    else stretches.push({ from: hour, to: hour + 1 });
  }
  return stretches
    .map(({ from, to }) => `(${hoursPredicate({ from: from * HOUR_MS, to: to * HOUR_MS })})`)
    .join(" OR ");
}
