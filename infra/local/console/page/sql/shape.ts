// Whether a result can be drawn: numbers over time, or numbers by name.
import type { Query } from "../../contract.ts";
import { looksLikeJson } from "../json.ts";

type Columns = Query["columns"];
type Rows = Query["rows"];

export interface Shape {
  readonly kind: "time" | "bars";
  /** Seconds since 1970, ascending; or places of `names`. */
  readonly x: readonly number[];
  /** What the bars are about; empty for time. */
  readonly names: readonly string[];
  readonly series: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
}

/** Lines or groups that can be told apart. */
const MOST_SERIES = 6;
/** Bars that can be told apart, and rows that a line is drawn through. */
const MOST_BARS = 60;
const MOST_POINTS = 5000;
const MOST_CHARACTERS = 120;

/** Whether Athena writes a column of this type as a number, e.g. `bigint` or `decimal(10,2)`. */
export function isNumeric(type: string): boolean {
  return /^(tinyint|smallint|int|integer|bigint|float|real|double|decimal)/.test(type);
}

/** @returns how the result can be drawn, or undefined when a table is all that can be said of it */
export function shapeOf(columns: Columns, rows: Rows): Shape | undefined {
  if (rows.length < 2 || rows.length > MOST_POINTS) return undefined;
  const clock = clockOf(columns, rows);
  const numbers = columns.flatMap(({ type }, i) => (isNumeric(type) && !clock?.used.includes(i) ? [i] : []));
  const [first] = numbers;
  if (first === undefined) return undefined;
  const names = columns.flatMap(({ type }, i) => {
    const named = type.startsWith("varchar") && !clock?.used.includes(i) && rows.every((row) => isName(row[i]));
    return named ? [i] : [];
  });
  const [name] = names;
  const once = name !== undefined && new Set(rows.map((row) => row[name])).size === rows.length;
  if (clock && names.length <= 1 && !once) return overTime(columns, rows, clock.read, numbers, name);
  if (name === undefined || rows.length > MOST_BARS) return undefined;
  return byName(columns, rows, names, numbers);
}

/** A text that can stand under a bar; JSON and whole messages cannot. */
function isName(text: string | null | undefined): boolean {
  return (text?.length ?? 0) <= MOST_CHARACTERS && !looksLikeJson(text ?? "");
}

interface Clock {
  readonly used: readonly number[];
  readonly read: (row: Rows[number]) => number;
}

/** A column that holds times in every row, or the partition's year, month, day and perhaps hour. */
function clockOf(columns: Columns, rows: Rows): Clock | undefined {
  const at = (name: string) => columns.findIndex((column) => column.name.toLowerCase() === name);
  const parts = ["year", "month", "day"].map(at);
  const hour = at("hour");
  if (!parts.includes(-1)) {
    const read = (row: Rows[number]) => {
      const day = parts.map((i) => (row[i] ?? "").padStart(2, "0")).join("-");
      return seconds(`${day}T${hour < 0 ? "00" : (row[hour] ?? "00").padStart(2, "0")}`);
    };
    return rows.every((row) => Number.isFinite(read(row))) ? { used: [...parts, hour], read } : undefined;
  }
  for (const [i, { type }] of columns.entries()) {
    if (isNumeric(type)) continue;
    const read = (row: Rows[number]) => seconds(row[i] ?? "");
    if (rows.every((row) => Number.isFinite(read(row)))) return { used: [i], read };
  }
  return undefined;
}

/** Seconds of `2026-11-24`, `2026-11-24T05`, `2026-11-24 05:10:00.000 UTC` and the like; NaN of anything else. */
function seconds(text: string): number {
  const found = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d)(:\d\d(?::\d\d(?:\.\d{1,6})?)?)?)?(?: ?(?:Z|UTC|\+00:00))?$/.exec(text);
  if (!found) return Number.NaN;
  const [, day, hour = "00", rest = ":00"] = found;
  return Date.parse(`${day}T${hour}${rest}Z`) / 1000;
}

function overTime(
  columns: Columns,
  rows: Rows,
  read: Clock["read"],
  numbers: readonly number[],
  name: number | undefined,
): Shape {
  const x = [...new Set(rows.map(read))].sort((a, b) => a - b);
  const place = new Map(x.map((at, i) => [at, i]));
  const series = new Map<string, (number | null)[]>();
  for (const row of rows) {
    for (const i of name === undefined ? numbers : numbers.slice(0, 1)) {
      const title = name === undefined ? (columns[i]?.name ?? "") : (row[name] ?? "null");
      const values = series.get(title) ?? x.map(() => null);
      series.set(title, values);
      values[place.get(read(row)) ?? 0] = numberOf(row[i]);
    }
  }
  const all = [...series].map(([title, values]) => ({ name: title, values }));
  return { kind: "time", x, names: [], series: largest(all) };
}

function byName(columns: Columns, rows: Rows, names: readonly number[], numbers: readonly number[]): Shape {
  const series = numbers.map((i) => ({ name: columns[i]?.name ?? "", values: rows.map((row) => numberOf(row[i])) }));
  return {
    kind: "bars",
    x: rows.map((_, i) => i),
    names: rows.map((row) => names.map((i) => row[i] ?? "null").join(" · ")),
    series: series.slice(0, 1),
  };
}

function largest(series: Shape["series"]): Shape["series"] {
  const weight = ({ values }: Shape["series"][number]) => values.reduce<number>((sum, n) => sum + Math.abs(n ?? 0), 0);
  return series.toSorted((a, b) => weight(b) - weight(a)).slice(0, MOST_SERIES);
}

function numberOf(text: string | null | undefined): number | null {
  return text === null || text === undefined ? null : Number(text);
}
