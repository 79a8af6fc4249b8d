import type { Collected } from "./collect.ts";

/** How many events of a source a replay would write in an hour. */
export interface HourCount {
  readonly source: string;
  readonly hour: string;
  events: number;
}

/** Counts what would be written, by source and hour, and why some documents would not be. */
export function createHourly() {
  const events = new Map<string, HourCount>();
  const reasons = new Map<string, number>();
  return {
    add({ rows, reasons: why }: Collected): void {
      for (const { source, year, month, day, hour } of rows) {
        const count = { source, hour: `${year}-${month}-${day} ${hour}`, events: 0 };
        const key = `${count.hour} ${source}`;
        const known = events.get(key) ?? count;
        known.events++;
        events.set(key, known);
      }
      for (const [reason, count] of Object.entries(why)) reasons.set(reason, (reasons.get(reason) ?? 0) + count);
    },
    /** By hour, then source. */
    rows: (): HourCount[] => [...events].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, count]) => count),
    reasons: (): ReadonlyMap<string, number> => reasons,
  };
}
