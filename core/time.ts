/**
 * Times as producers write them, to one form: ISO 8601 in UTC, at most six digits of fraction, `+00:00`.
 *
 * The formats are a closed list (core/time-formats.ts): a text that merely contains a number is no time.
 */

import { remember } from "./memo.ts";
import { FORMATS, MONTHS, ZONES } from "./time-formats.ts";

/** Years a text may name. .NET writes 0001 and 9999 for "never", and nothing recorded events before computers did. */
const YEARS = { first: 1900, last: 9998 };

/** Seconds since 1970 at the start of 1990: a smaller number is a duration, a port or a counter, never an event's time. */
const FIRST_EPOCH_SECOND = 631_152_000;

/** Numbers of the epoch forms, by unit: ten digits of seconds reach the year 2286. */
const EPOCH_UNITS = [
  { first: FIRST_EPOCH_SECOND, end: 1e10, microseconds: 1e6 },
  { first: FIRST_EPOCH_SECOND * 1e3, end: 1e13, microseconds: 1e3 },
  { first: FIRST_EPOCH_SECOND * 1e6, end: 1e16, microseconds: 1 },
  { first: FIRST_EPOCH_SECOND * 1e9, end: 1e19, microseconds: 1e-3 },
];

/** How far ahead of its arrival a year-less time may lie, in milliseconds: a clock that is wrong, a zone ahead of UTC. */
const YEARLESS_AHEAD_MS = 86_400_000;

const FIRST_YEAR = String(YEARS.first);
const BEHIND_LAST_YEAR = String(YEARS.last + 1);

/** The usual case, RFC 3339 in UTC with a day that every month has, needs no calendar. */
const PLAIN_UTC =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])[T ](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|\+00:00)?$/;

/**
 * Reads a time.
 *
 * Numbers are seconds, milliseconds, microseconds or nanoseconds since 1970 by their size, from 1990 on; so are strings
 * of digits. A text without a zone is UTC. A text without a year is in the year that puts it nearest before `near`.
 *
 * @param near milliseconds since 1970 (UTC): when the event arrived
 * @returns e.g. `2020-03-02T17:54:33.253000+00:00`, or undefined when the value is no time
 */
export function toUTC(value: unknown, near: number): string | undefined {
  if (value === last.utc) return last.utc;
  if (value === last.value && near === last.near) return last.utc;
  const utc = readTime(value, near);
  if (utc !== undefined) last = { value, near, utc };
  return utc;
}

/** The last answer: several plugins ask for the same time, and it is asked for again when the row is written. */
let last: { readonly value: unknown; readonly near: number; readonly utc: string | undefined } = {
  value: undefined,
  near: 0,
  utc: undefined,
};

function readTime(value: unknown, near: number): string | undefined {
  if (typeof value === "number") return fromEpoch(value);
  if (typeof value !== "string" || value.length < 8 || value.length > 64) return undefined;
  const text = value.trim();
  if (PLAIN_UTC.test(text)) return plainUTC(text);
  if (/^\d{9,19}(?:\.\d{1,9})?$/.test(text)) return fromEpoch(Number(text));
  return fromText(text, near);
}

/** Formats milliseconds since 1970, and microseconds beyond them, as the lake writes times. */
export function formatUTC(milliseconds: number, microseconds = 0): string {
  const seconds = secondsText(milliseconds);
  const fraction = (((milliseconds % 1000) + 1000) % 1000) * 1000 + microseconds;
  return fraction === 0 ? `${seconds}+00:00` : `${seconds}.${String(fraction).padStart(6, "0")}+00:00`;
}

const HOUR_MS = 3_600_000;

/** The hours that were formatted lately, up to their colon, by their number: events of a batch are of a few hours. */
const hourTexts = new Map<number, string>();

function secondsText(milliseconds: number): string {
  const hour = Math.floor(milliseconds / HOUR_MS);
  const within = milliseconds - hour * HOUR_MS;
  const minutes = Math.floor(within / 60_000);
  const seconds = Math.floor((within % 60_000) / 1000);
  const start = hourTexts.get(hour) ?? hourText(hour);
  return `${start}${minutes < 10 ? "0" : ""}${minutes}:${seconds < 10 ? "0" : ""}${seconds}`;
}

function hourText(hour: number): string {
  const text = new Date(hour * HOUR_MS).toISOString();
  const start = text.slice(0, text.indexOf(":") + 1);
  if (hourTexts.size > 1000) hourTexts.clear();
  hourTexts.set(hour, start);
  return start;
}

/** Milliseconds since 1970 of a time that {@link toUTC} wrote; NaN for any other text. */
export function millisecondsOf(utc: string): number {
  return utc.endsWith("+00:00") ? Date.parse(utc) : Number.NaN;
}

function plainUTC(text: string): string | undefined {
  if (text < FIRST_YEAR || text >= BEHIND_LAST_YEAR) return undefined;
  const seconds = text.charCodeAt(10) === 0x54 ? text.slice(0, 19) : `${text.slice(0, 10)}T${text.slice(11, 19)}`;
  if (text.charCodeAt(19) !== 0x2e) return `${seconds}+00:00`;
  return `${seconds}${fractionText(text.slice(20, 26).replace(/\D.*/, ""))}+00:00`;
}

/** Digits after the point, cut to microseconds as the original did; nothing when they are all zero. */
function fractionText(digits: string): string {
  const micros = digits.slice(0, 6).padEnd(6, "0");
  return micros === "000000" ? "" : `.${micros}`;
}

function fromEpoch(value: number): string | undefined {
  const unit = EPOCH_UNITS.find(({ first, end }) => value >= first && value < end);
  if (!unit) return undefined;
  const micros = Math.round(value * unit.microseconds);
  const milliseconds = Math.floor(micros / 1000);
  return formatUTC(milliseconds, micros - milliseconds * 1000);
}

type Fields = Partial<Record<"y" | "yy" | "mo" | "d" | "h" | "mi" | "s" | "f" | "ap" | "z", string>>;

function fromText(text: string, near: number): string | undefined {
  for (const format of FORMATS) {
    const fields: Fields | undefined = format.exec(text)?.groups;
    if (fields) return fromFields(fields, near);
  }
  return undefined;
}

function fromFields(fields: Fields, near: number): string | undefined {
  const month = MONTHS.get(fields.mo?.slice(0, 3).toLowerCase() ?? "") ?? Number(fields.mo);
  const offset = offsetMinutes(fields.z ?? "");
  const hour = hourOf(fields);
  if (offset === undefined || hour === undefined) return undefined;
  const year = fields.y ?? fields.yy;
  const at = (y: number) => instant([y, month, Number(fields.d), hour, Number(fields.mi ?? 0), Number(fields.s ?? 0)]);
  const local = year === undefined ? nearestYear(at, near) : at(Number(year));
  if (local === undefined) return undefined;
  const seconds = secondsText(local - offset * 60_000);
  return `${seconds}${fractionText(fields.f ?? "")}+00:00`;
}

/** 0 to 23, from a 12-hour clock too; undefined beyond. */
function hourOf({ h, ap }: Fields): number | undefined {
  const hour = Number(h ?? 0);
  if (ap === undefined) return hour < 24 ? hour : undefined;
  if (hour < 1 || hour > 12) return undefined;
  return (hour % 12) + (ap.toLowerCase() === "pm" ? 12 : 0);
}

/** Minutes east of UTC; 0 for none or an unknown name, as the original read it; undefined for an impossible offset. */
const offsetMinutes = remember(500, (zone: string): number | undefined => {
  const signed = /([+-])(\d{1,2}):?(\d{2})?$/.exec(zone);
  if (!signed) return ZONES.get(zone.toUpperCase()) ?? 0;
  const past = Number(signed[3] ?? 0);
  const minutes = Number(signed[2]) * 60 + past;
  return past > 59 || minutes > 14 * 60 ? undefined : minutes * (signed[1] === "-" ? -1 : 1);
});

type Calendar = [year: number, month: number, day: number, hour: number, minute: number, second: number];

/** Milliseconds since 1970, or undefined for a date that no calendar has; second 60 is a leap second. */
function instant([year, month, day, hour, minute, second]: Calendar): number | undefined {
  if (year < YEARS.first || year > YEARS.last || minute > 59 || second > 60) return undefined;
  if (!(month >= 1 && month <= 12 && day >= 1) || day > daysOf(month, year)) return undefined;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

function daysOf(month: number, year: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function nearestYear(at: (year: number) => number | undefined, near: number): number | undefined {
  const year = new Date(near).getUTCFullYear();
  for (const candidate of [year + 1, year, year - 1]) {
    const time = at(candidate);
    if (time !== undefined && time <= near + YEARLESS_AHEAD_MS) return time;
  }
  return undefined;
}
