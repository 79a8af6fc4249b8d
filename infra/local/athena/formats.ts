/** Formats of times and patterns of text, as DuckDB writes them. */

/** MySQL's letters, as date_format and date_parse take them, and strftime's. Those that are missing are not known here. */
const MYSQL: Readonly<Record<string, string>> = {
  ...{ "%a": "%a", "%b": "%b", "%c": "%-m", "%d": "%d", "%e": "%-d", "%f": "%f", "%H": "%H", "%h": "%I", "%I": "%I" },
  ...{ "%i": "%M", "%j": "%j", "%k": "%-H", "%l": "%-I", "%M": "%B", "%m": "%m", "%p": "%p", "%r": "%I:%M:%S %p" },
  ...{ "%S": "%S", "%s": "%S", "%T": "%H:%M:%S", "%W": "%A", "%Y": "%Y", "%y": "%y", "%%": "%%" },
};

/** @returns undefined for a format with a letter that is not known */
export function mysqlFormat(format: string): string | undefined {
  const known = [...format.matchAll(/%./g)].every(([letter]) => letter in MYSQL);
  return known ? format.replace(/%./g, (letter) => MYSQL[letter] ?? letter) : undefined;
}

/** Joda's letters, as format_datetime and parse_datetime take them. */
const JODA: Readonly<Record<string, string>> = {
  ...{ yyyy: "%Y", YYYY: "%Y", y: "%Y", yy: "%y", MM: "%m", M: "%-m", MMM: "%b", MMMM: "%B", dd: "%d", d: "%-d" },
  ...{ HH: "%H", H: "%-H", hh: "%I", h: "%-I", mm: "%M", m: "%-M", ss: "%S", s: "%-S", SSS: "%g", a: "%p" },
  ...{ E: "%a", EEE: "%a", EEEE: "%A", DDD: "%j", Z: "%z" },
};

/** @returns undefined for a format with a letter that is not known */
export function jodaFormat(format: string): string | undefined {
  const parts = [...format.matchAll(/'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+/g)];
  const written = parts.map(([whole, quoted, letter]) => {
    if (quoted !== undefined) return quoted === "" ? "'" : quoted.replaceAll("''", "'").replaceAll("%", "%%");
    return letter === undefined ? whole.replaceAll("%", "%%") : JODA[whole];
  });
  return written.every((part) => part !== undefined) ? written.join("") : undefined;
}

/** What RE2, which is DuckDB's, has none of: lookaround, atomic groups, back references, possessive quantifiers. */
const UNKNOWN = /\(\?(?:[=!>]|<[=!])|\\[1-9]|\\k<|(?:[*+?]|\})\+|\\[GZ]|&&/;

/** @returns a Java pattern as RE2 reads it; undefined for one that it cannot follow */
export function javaPattern(pattern: string): string | undefined {
  const plain = pattern.replaceAll(/\\\\/g, "");
  return UNKNOWN.test(plain) ? undefined : pattern.replace(/\(\?<(?=[A-Za-z])/g, "(?P<");
}
