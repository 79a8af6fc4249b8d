// Numbers, sizes and times as people read them. English, UTC, digits that line up.

const WHOLE = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const ONE = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 });
const SHORT = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 0 });
const DAY = new Intl.DateTimeFormat("en-US", { month: "short", day: "numeric", timeZone: "UTC" });
const COMPACT = new Intl.NumberFormat("en-US", { notation: "compact", maximumSignificantDigits: 2 });

/** `12,345` */
export const count = (n: number): string => WHOLE.format(n);

/** At most four characters below a billion: `7`, `950`, `1.2K`, `35M`. */
export const compact = (n: number): string => COMPACT.format(n);

/** At most four characters below a trillion, for cells: `950`, `1K`, `120M`. */
export const short = (n: number): string => SHORT.format(n);

/** One decimal below 10, none above: `0.4`, `9.5`, `1,204`. */
export const rate = (n: number): string => (n < 10 ? ONE : WHOLE).format(n);

/** "1 event", "2 events". */
export const counted = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`;

const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** A size in powers of 1,000, as Athena and Firehose bill it: `912 B`, `4.1 MB`. */
export function size(bytes: number): string {
  let unit = 0;
  let value = bytes;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? count(value) : rate(value)} ${UNITS[unit]}`;
}

/** `85 ms`, `3.2 s`, `4 min`, `2.1 h`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${count(ms)} ms`;
  if (ms < 60_000) return `${ONE.format(ms / 1000)} s`;
  if (ms < 3_600_000) return `${ONE.format(ms / 60_000)} min`;
  return `${ONE.format(ms / 3_600_000)} h`;
}

/** `2026-11-24T05` as `Nov 24, 05:00`. What is no hour stays as it is. */
export function hourText(hour: string): string {
  const time = new Date(`${hour}:00:00Z`);
  if (Number.isNaN(time.getTime())) return hour;
  return `${DAY.format(time)}, ${hour.slice(11, 13)}:00`;
}

/** `events/year=2026/month=11/day=24/hour=05/` as `Nov 24, 05:00`, with what stands before it. */
export function prefixText(prefix: string): string {
  const found = /^(.*?)\/?year=(\d{4})\/month=(\d\d)\/day=(\d\d)\/hour=(\d\d)\/?(.*)$/.exec(prefix);
  if (!found) return prefix;
  const [, before = "", year, month, day, hour, after = ""] = found;
  return [before, hourText(`${year}-${month}-${day}T${hour}`), after].filter(Boolean).join(" · ");
}
