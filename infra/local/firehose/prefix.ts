import { DateTime } from "luxon";

/** A prefix taken apart: literal text and expressions, in order. */
export type Prefix = (string | Expression)[];

export interface Expression {
  kind: "timestamp" | "key" | "error-output-type" | "random-string";
  /** The key's name; the timestamp's pattern, as luxon tokens and quoted text one after another. */
  parts: { token?: string; text?: string }[];
}

/** What expressions are evaluated with. `arrival` is that of the oldest record of the object, epoch milliseconds. */
export interface PrefixValues {
  arrival: number;
  zone: string;
  keys?: Readonly<Record<string, string>>;
  errorType?: string;
}

/** Letters of Java's DateTimeFormatter that prefixes use, and luxon's tokens for them. */
const TOKENS: Record<string, string> = {
  yyyy: "yyyy",
  uuuu: "yyyy",
  yy: "yy",
  uu: "yy",
  y: "y",
  u: "y",
  M: "L",
  MM: "LL",
  MMM: "LLL",
  MMMM: "LLLL",
  L: "L",
  LL: "LL",
  d: "d",
  dd: "dd",
  D: "o",
  DDD: "ooo",
  E: "ccc",
  EEE: "ccc",
  EEEE: "cccc",
  H: "H",
  HH: "HH",
  h: "h",
  hh: "hh",
  a: "a",
  m: "m",
  mm: "mm",
  s: "s",
  ss: "ss",
  SSS: "SSS",
  Z: "ZZZ",
  XXX: "ZZ",
};

/**
 * Parses `Prefix` or `ErrorOutputPrefix` (Firehose Developer Guide, "Custom prefixes for Amazon S3 objects").
 *
 * A prefix without a timestamp and without dynamic partitioning gets `yyyy/MM/dd/HH/` appended; an error prefix without
 * any expression gets the error's type before that.
 *
 * @throws {Error} for an expression that is unknown or not allowed there
 */
export function parsePrefix(text: string, rules: { isError: boolean; partitioned: boolean }): Prefix {
  const prefix = text
    .split(/(!\{[^}]*\})/)
    .filter((part) => part !== "")
    .map(parsePart);
  const kinds = new Set(prefix.map((part) => (typeof part === "string" ? "text" : part.kind)));
  if (rules.isError && kinds.has("key"))
    throw new Error(`partition keys are not allowed in ErrorOutputPrefix: ${text}`);
  if (!rules.isError && kinds.has("error-output-type"))
    throw new Error(`!{firehose:error-output-type} is allowed in ErrorOutputPrefix only: ${text}`);
  if (rules.partitioned && !rules.isError && !kinds.has("key"))
    throw new Error(`Prefix uses no partition key: ${text}`);
  const hasExpression = prefix.some((part) => typeof part !== "string");
  if (rules.isError && hasExpression && !kinds.has("error-output-type"))
    throw new Error(`ErrorOutputPrefix must contain !{firehose:error-output-type}: ${text}`);
  if (rules.isError) return hasExpression ? prefix : [...prefix, ...DEFAULT_ERROR_SUFFIX];
  return kinds.has("timestamp") || rules.partitioned ? prefix : [...prefix, DEFAULT_SUFFIX];
}

function parsePart(part: string): string | Expression {
  const match = /^!\{([^:}]*):?([^}]*)\}$/.exec(part);
  if (!match) return part;
  const [, namespace, value = ""] = match;
  if (namespace === "timestamp") return { kind: "timestamp", parts: parseTimestamp(value) };
  if (namespace === "partitionKeyFromQuery") return { kind: "key", parts: [{ text: value }] };
  if (namespace === "firehose" && value === "error-output-type") return { kind: "error-output-type", parts: [] };
  if (namespace === "firehose" && value === "random-string") return { kind: "random-string", parts: [] };
  throw new Error(`prefix expression ${part} is not supported`);
}

/** Letters are fields, quotes hold text (`''` is one quote), the rest stands for itself (java.time DateTimeFormatter). */
function parseTimestamp(pattern: string): Expression["parts"] {
  const pieces = pattern.match(/'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']+|'/g) ?? [];
  return pieces.map((piece) => {
    if (piece === "''") return { text: "'" };
    if (piece.startsWith("'")) return { text: piece.slice(1, -1).replaceAll("''", "'") };
    if (!/^[A-Za-z]/.test(piece)) return { text: piece };
    const token = TOKENS[piece];
    if (token === undefined) throw new Error(`timestamp field ${piece} of ${pattern} is not supported`);
    return { token };
  });
}

const DEFAULT_SUFFIX: Expression = { kind: "timestamp", parts: parseTimestamp("yyyy/MM/dd/HH/") };
const DEFAULT_ERROR_SUFFIX: Prefix = [{ kind: "error-output-type", parts: [] }, "/", DEFAULT_SUFFIX];

export function evaluatePrefix(prefix: Prefix, values: PrefixValues): string {
  return prefix.map((part) => (typeof part === "string" ? part : evaluate(part, values))).join("");
}

function evaluate({ kind, parts }: Expression, values: PrefixValues): string {
  if (kind === "error-output-type") return values.errorType ?? "";
  if (kind === "random-string") return randomString();
  if (kind === "key") return values.keys?.[parts[0]?.text ?? ""] ?? "";
  return parts.map(({ token, text }) => text ?? formatTime(token ?? "", values)).join("");
}

export function formatTime(tokens: string, { arrival, zone }: Pick<PrefixValues, "arrival" | "zone">): string {
  return DateTime.fromMillis(arrival, { zone, locale: "en-US" }).toFormat(tokens);
}

/** 11 letters and digits, as Firehose documents it. */
function randomString(): string {
  return Array.from({ length: 11 }, () => Math.floor(Math.random() * 36).toString(36)).join("");
}
