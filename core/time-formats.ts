/** The closed list of written times, each as one pattern over the whole text. */

const CLOCK = String.raw`(?<h>\d{1,2}):(?<mi>\d{1,2})(?::(?<s>\d{1,2})(?:[.,](?<f>\d{1,12}))?)?`;

/** A time of day, of a 24-hour or a 12-hour clock. */
const TIME = `${CLOCK}(?: ?(?<ap>[ap]m))?`;

/** Z, an offset, or the name of a zone; Java adds the region in brackets. */
const ZONE = String.raw`(?<z>Z|(?:GMT|UTC)?[+-]\d{1,2}(?::?\d{2})?|[A-Z]{2,5})(?:\[[\w/+-]{1,40}\])?`;

const WEEKDAY = `(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6},? +)?`;
const MONTH = `(?<mo>(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6})`;

const pattern = (text: string) => new RegExp(`^${text}$`, "i");

export const FORMATS: readonly RegExp[] = [
  // RFC 3339 and ISO 8601 extended, with their common loose forms: `2019-09-04 17:54:59.253`, `2019/9/4`, a date alone.
  pattern(String.raw`(?<y>\d{4})[-/](?<mo>\d{1,2})[-/](?<d>\d{1,2})(?:(?:T| +)${TIME} ?(?:${ZONE}(?: [A-Z]{3,4})?)?)?`),
  // ISO 8601 basic: `20190904T175459Z`.
  pattern(
    String.raw`(?<y>\d{4})(?<mo>\d{2})(?<d>\d{2})T(?<h>\d{2})(?<mi>\d{2})(?<s>\d{2})(?:[.,](?<f>\d{1,12}))?(?:${ZONE})?`,
  ),
  // RFC 2822: `Thu, 17 Apr 2014 06:10:54 +0000`; the comma, the time and the zone may be missing.
  pattern(String.raw`${WEEKDAY}(?<d>\d{1,2})[ -]${MONTH}[ -](?<y>\d{4})(?: +${TIME}(?: +${ZONE})?)?`),
  // syslog (RFC 3164) `Apr 17 06:10:54`, with a year `Apr 17 2014 06:10:54`, `Sep 4, 2019 6:54:59 PM`, and ctime's year at the end.
  pattern(String.raw`${WEEKDAY}${MONTH} +(?<d>\d{1,2})(?:,? +(?<y>\d{4}),?)? +${TIME}(?: ${ZONE})?(?: (?<yy>\d{4}))?`),
  // Common log format: `17/Apr/2014:06:10:54 +0000`, with or without its brackets.
  pattern(String.raw`\[?(?<d>\d{1,2})/${MONTH}/(?<y>\d{4}):${TIME}(?: ${ZONE})?\]?`),
  // United States with a 12-hour clock, as Windows and Office 365 print it: `9/4/2019 5:54:59 PM`.
  pattern(String.raw`(?<mo>\d{1,2})/(?<d>\d{1,2})/(?<y>\d{4}),? +${CLOCK} ?(?<ap>[ap]m)`),
];

export const MONTHS: ReadonlyMap<string, number> = new Map(
  ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"].map((name, i) => [name, i + 1]),
);

/** Minutes east of UTC of the zone names that RFC 2822 (4.3) defines; no other name is unambiguous. */
export const ZONES: ReadonlyMap<string, number> = new Map([
  ["EDT", -240],
  ["EST", -300],
  ["CDT", -300],
  ["CST", -360],
  ["MDT", -360],
  ["MST", -420],
  ["PDT", -420],
  ["PST", -480],
]);

/** A time of day that stands alone; its date is in a field beside it. */
export const TIME_OF_DAY = pattern(String.raw`\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,12})?)?(?: ?[ap]m)?(?: ?${ZONE})?`);
