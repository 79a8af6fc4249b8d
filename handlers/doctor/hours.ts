import { arrivalPartition } from "../../core/partition.ts";
import type { Readers } from "./lake.ts";

const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** Folders of a day below a table's folder or another prefix: `events/year=2026/month=11/day=24/`. */
export function dayPrefix(prefix: string, ms: number): string {
  const { year, month, day } = arrivalPartition(ms);
  return `${prefix}year=${year}/month=${month}/day=${day}/`;
}

/** The last folder that holds anything, by going down the last folder of each level; and the folders that are no partition. */
export async function newestHour(read: Readers, prefix: string): Promise<{ hour: string | undefined; odd: string[] }> {
  let at = prefix;
  const odd: string[] = [];
  for (const key of [/\/year=\d{4}\/$/, /\/month=\d{2}\/$/, /\/day=\d{2}\/$/, /\/hour=\d{2}\/$/]) {
    const folders = await read.folders(at);
    odd.push(...folders.filter((folder) => !key.test(folder)));
    const last = folders.filter((folder) => key.test(folder)).at(-1);
    if (last === undefined) return { hour: undefined, odd };
    at = last;
  }
  return { hour: at, odd };
}

/** When an hour's folder begins, in milliseconds since 1970. */
export function hourOf(folder: string): number {
  const [, year, month, day, hour] = /year=(\d+)\/month=(\d+)\/day=(\d+)\/hour=(\d+)\//.exec(folder) ?? [];
  return Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour));
}
