import { DuckDBListValue, type DuckDBValue } from "@duckdb/node-api";

/** Trino's `format`, which is Java's: `%s %d %x %f` with width, precision and the flags `-`, `0` and `,`. */

const SPECIFIER = /%(?:(\d+)\$)?([-0,]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])/g;
const KNOWN = "sdxf%";

/** The specifiers of a format that are not known here, in the order of the text. */
export function unknownSpecifiers(format: string): string[] {
  const found = [...format.matchAll(/%[^a-zA-Z%]*[a-zA-Z%]?/g)].map(([whole]) => whole);
  return found.filter((one) => {
    const [whole, , , , , letter = "-"] = new RegExp(`^${SPECIFIER.source}$`).exec(one) ?? [];
    return whole === undefined || !KNOWN.includes(letter);
  });
}

/** @param given the format, and a list of the values as text: a double as Java writes it */
export function javaFormat(...given: DuckDBValue[]): DuckDBValue {
  const [format, list] = given;
  if (typeof format !== "string") return null;
  const values = list instanceof DuckDBListValue ? list.items : [];
  let next = 0;
  return format.replace(SPECIFIER, (whole, index, flags: string, width = "0", precision, letter: string) => {
    if (letter === "%") return "%";
    const at = index === undefined ? next++ : Number(index) - 1;
    if (at >= values.length) throw new Error(`INVALID_FUNCTION_ARGUMENT: Format specifier '${whole}'`);
    const value = values[at];
    const text = typeof value === "string" ? convert(value, { letter, flags, precision, whole }) : "null";
    const isZeroed = flags.includes("0") && typeof value === "string";
    if (!isZeroed) return flags.includes("-") ? text.padEnd(Number(width)) : text.padStart(Number(width));
    const sign = text.startsWith("-") ? "-" : "";
    return sign + text.slice(sign.length).padStart(Number(width) - sign.length, "0");
  });
}

interface Specifier {
  readonly letter: string;
  readonly flags: string;
  readonly precision: string | undefined;
  readonly whole: string;
}

function convert(value: string, { letter, flags, precision, whole }: Specifier): string {
  if (letter === "s") return precision === undefined ? value : value.slice(0, Number(precision));
  const isWhole = /^-?\d+$/.test(value);
  const suits = letter === "f" ? !isWhole && Number.isFinite(Number(value)) : isWhole;
  if (!suits) throw new Error(`INVALID_FUNCTION_ARGUMENT: Invalid format string: ${whole} for ${value}`);
  if (letter === "x") return hexadecimal(BigInt(value));
  const text = letter === "f" ? rounded(value, Number(precision ?? 6)) : value;
  return flags.includes(",") ? text.replace(/\d(?=(?:\d{3})+(?:\.|$))/g, "$&,") : text;
}

/** Java writes a negative one as its complement, of as many bits as its type has. */
function hexadecimal(value: bigint): string {
  if (value >= 0n) return value.toString(16);
  const bits = value >= -(2n ** 31n) ? 32n : 64n;
  return (2n ** bits + value).toString(16);
}

/** Rounds the decimal text half up, as Java does; JavaScript would round the binary number behind it. */
function rounded(value: string, places: number): string {
  const [, sign = "", whole = "0", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:E(-?\d+))?$/.exec(value) ?? [];
  const scale = fraction.length - Number(exponent);
  const digits = BigInt(whole + fraction);
  const shift = places - scale;
  const scaled =
    shift >= 0 ? digits * 10n ** BigInt(shift) : (digits * 2n + 10n ** BigInt(-shift)) / (2n * 10n ** BigInt(-shift));
  const text = String(scaled).padStart(places + 1, "0");
  return places === 0 ? sign + text : `${sign}${text.slice(0, -places)}.${text.slice(-places)}`;
}
