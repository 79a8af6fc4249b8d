// The heat map's rows and columns, made of the cells that the lake found.
import type { Hours } from "../../contract.ts";

export type Cell = Hours["cells"][number];
export type Measure = "events" | "bytes";

/** Rows shown: the sources with the most. More could not be taken in, nor drawn without being felt. */
export const MOST_SOURCES = 40;
const HOUR_MS = 3_600_000;

export interface Grid {
  /** Oldest first, without gaps: `2026-11-24T05`. */
  readonly hours: readonly string[];
  readonly rows: readonly {
    readonly source: string;
    readonly total: number;
    /** One an hour, undefined where there is nothing. */
    readonly cells: readonly (Cell | undefined)[];
  }[];
  /** Sources that are not among the rows. */
  readonly left: number;
  /** The largest value of all. */
  readonly most: number;
}

/**
 * @param nowMs the current hour is the last column, unless there are cells after it
 * @param days how far back the columns go
 */
export function gridOf(cells: readonly Cell[], measure: Measure, days: number, nowMs: number): Grid {
  const hours = columnsOf(cells, days, nowMs);
  const bySource = Map.groupBy(
    cells.filter(({ hour }) => hours.includes(hour)),
    ({ source }) => source,
  );
  const rows = [...bySource].map(([source, own]) => {
    const byHour = new Map(own.map((cell) => [cell.hour, cell]));
    return {
      source,
      total: own.reduce((total, cell) => total + cell[measure], 0),
      cells: hours.map((hour) => byHour.get(hour)),
    };
  });
  rows.sort((a, b) => b.total - a.total);
  const most = cells.reduce((largest, cell) => Math.max(largest, cell[measure]), 0);
  return { hours, rows: rows.slice(0, MOST_SOURCES), left: Math.max(0, rows.length - MOST_SOURCES), most };
}

function columnsOf(cells: readonly Cell[], days: number, nowMs: number): string[] {
  const current = Math.floor(nowMs / HOUR_MS);
  const latest = cells.reduce((last, { hour }) => Math.max(last, Date.parse(`${hour}:00:00Z`) / HOUR_MS || 0), current);
  const length = days * 24;
  return Array.from({ length }, (_, i) => hourOf(Math.min(latest, current + 1) - length + 1 + i));
}

function hourOf(hours: number): string {
  return new Date(hours * HOUR_MS).toISOString().slice(0, 13);
}

/** Five steps on a logarithmic scale, 1 to 5: hours differ by orders of magnitude. */
export function level(value: number, most: number): number {
  if (value <= 0 || most <= 0) return 0;
  return Math.min(5, 1 + Math.floor((4.999 * Math.log1p(value)) / Math.log1p(most)));
}

/** The query of one hour and source. The source is quoted: it is whatever an event said. */
export function queryOf({ hour, source }: Cell): string {
  const [year, month, day, clock] = hour.split(/[-T]/);
  return `SELECT utctimestamp, severity, category, summary, tags, details
FROM events
WHERE year = '${year}' AND month = '${month}' AND day = '${day}' AND hour = '${clock}'
  AND source = '${source.replaceAll("'", "''")}'
ORDER BY utctimestamp DESC
LIMIT 100`;
}
