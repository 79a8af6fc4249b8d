import { isSafePattern } from "redos-detector";
import { describe, expect, test } from "vitest";
import { type Found, regexesIn } from "./regexes.ts";

/** The checker walks the paths through an expression; one that is not through after so many steps is not judged. */
const MAX_STEPS = 5000;

interface Exception {
  readonly file: string;
  /** A piece of the expression's text that no other of the file has. */
  readonly has: string;
  /** Why it cannot be made slow though the checker thinks so, or cannot tell. */
  readonly why: string;
  /** A text made to have it try again and again: beginning, what is repeated, end. */
  readonly attack: readonly [start: string, pump: string, end: string];
}

const EXCEPTIONS: readonly Exception[] = [
  {
    file: "core/audit.ts",
    has: "\\bavc: +",
    why: "one run of blanks, then a bounded text",
    attack: ["", "avc:  a  { ", ""],
  },
  {
    file: "core/fields.ts",
    has: '[^"\\\\]|\\\\.',
    why: "sticky; its branches begin differently",
    attack: ['"', '\\"', "x"],
  },
  { file: "core/indicators.ts", has: "[^\\s/@]*@", why: "anchored: read twice at most", attack: ["", "a", "/"] },
  {
    file: "core/ip.ts",
    has: ".*:.*:",
    why: "anchored: the last colon but one is found in one walk",
    attack: ["", "a", ":"],
  },
  {
    file: "core/json.ts",
    has: "NaN|Infinity",
    why: "a text without an end runs to the end",
    attack: ['"', "\\a", "\\"],
  },
  {
    file: "core/json.ts",
    has: "[:,[]\\s*",
    why: "blanks and digits start nothing new",
    attack: ["", ":1111111111111111", "x"],
  },
  {
    file: "core/json.ts",
    has: "\\\\ud[89a-f]",
    why: "starts only where no backslash is before",
    attack: ["", "\\\\", "u"],
  },
  {
    file: "core/logline.ts",
    has: "[\\w.-]{0,63})=",
    why: "a value ends at a blank or its quote",
    attack: ["", "a='", ""],
  },
  {
    file: "core/program.ts",
    has: "message repeated",
    why: "anchored, one run",
    attack: ["message repeated 1 times: [", "a", ""],
  },
  {
    file: "core/reader.ts",
    has: "NaN|Infinity",
    why: "sticky; digits, point and exponent cannot stand for each other",
    attack: ["1", "1", "e"],
  },
  { file: "core/split.ts", has: '"Records"', why: "sticky; blanks between marks", attack: ["[", " ", "x"] },
  {
    file: "core/syslog.ts",
    has: "((?: [^",
    why: "sticky; each value ends at its quote",
    attack: ["[a", ' a="b"', "x"],
  },
  { file: "core/syslog.ts", has: "/ ([^\\s=", why: "each value ends at its quote", attack: ["", ' a="\\"', ""] },
  {
    file: "core/time-formats.ts",
    has: "[-/](?<mo>",
    why: "anchored, one run of blanks",
    attack: ["2020-01-01", " ", "x"],
  },
  {
    file: "core/time-formats.ts",
    has: "(?<d>\\d{1,2})[ -]",
    why: "anchored, runs of blanks between words",
    attack: ["Mon, ", " ", "x"],
  },
  {
    file: "core/time-formats.ts",
    has: " +(?<d>\\d{1,2})(?:,?",
    why: "anchored, runs of blanks between words",
    attack: ["Jan", " ", "x"],
  },
  { file: "core/usual.ts", has: "^[\\d.]+$", why: "its one run is anchored", attack: ["", "1", "x"] },
  {
    file: "plugins/normalize/elb.ts",
    has: "h2|grpcs",
    why: "anchored, fields end at a blank",
    attack: ["https 2020-01-01T00:00:00Z ", "a", ""],
  },
  {
    file: "plugins/normalize/elb.ts",
    has: "-?[\\d.]+ ",
    why: "anchored, fields end at a blank",
    attack: ["2020-01-01T00:00:00Z ", "a", ""],
  },
  {
    file: "plugins/normalize/meraki_syslog.ts",
    has: "\\buser id '",
    why: "200 characters at a time",
    attack: ["", "user id '", ""],
  },
  {
    file: "plugins/normalize/meraki_syslog.ts",
    has: "ARP Packet from",
    why: "thirty characters at a time",
    attack: ["", "ARP Packet from a", " "],
  },
  {
    file: "plugins/normalize/s3access.ts",
    has: "s3(?:-website",
    why: "a run ends where another may begin",
    attack: ["", "s3.aa-", ""],
  },
  {
    file: "plugins/normalize/sshd.ts",
    has: "from \\S{1,255} not allowed",
    why: "anchored and bounded",
    attack: ["User ", "a from ", ""],
  },
];

/** Times that one text may take of one that is an eighth of it: linear is 8, quadratic 64. */
const MAX_GROWTH = 32;

/** Characters of the shorter text. */
const LENGTH = 8_000;

/** A ratio that is too large is measured again; what the machine does besides does not decide. */
const ROUNDS = 10;

/** Below this, in microseconds of the processor, a time is the clock's own. */
const NOISE_US = 50;

const found = regexesIn("plugins", "core");
const once = [...new Map(found.map((entry) => [`${entry.file} ${entry.regex}`, entry])).values()];
const exceptionOf = ({ file, regex }: Found) =>
  EXCEPTIONS.find((exception) => exception.file === file && String(regex).includes(exception.has));

describe("regular expressions of plugins/ and core/", () => {
  test("there are some: the search works", () => expect(once.length).toBeGreaterThan(200));

  test("the checker finds none that backtracks, but for those that are named here", () => {
    const unsafe = once.filter((entry) => !exceptionOf(entry) && !isSafe(entry.regex));
    expect(unsafe.map(({ file, regex }) => `${file}: ${regex}`)).toEqual([]);
  });

  test.each(EXCEPTIONS)("$file, $has: $why", (exception) => {
    const named = once.filter((entry) => exceptionOf(entry) === exception);
    expect(named.length, "it is there once; an exception for what is gone is taken out").toBe(1);
    for (const { regex } of named) expect(growthOf(regex, exception.attack)).toBeLessThan(MAX_GROWTH);
  });
});

/** What the checker cannot finish is fine where nothing repeats without end: there is a bound to its work. */
function isSafe({ source, ignoreCase, unicode, dotAll, multiline }: RegExp): boolean {
  const flags = { caseInsensitive: ignoreCase, unicode, dotAll, multiLine: multiline };
  const { safe, error } = isSafePattern(source.replaceAll(/\(\?<\w+>/g, "("), { maxSteps: MAX_STEPS, ...flags });
  return (
    safe || (error === "hitMaxSteps" && !/[*+]|\{\d+,\}/.test(source.replaceAll(/\\.|\[(?:\\.|[^\]\\])*\]/g, "x")))
  );
}

/** The least of some rounds. */
function growthOf(regex: RegExp, [start, pump, end]: Exception["attack"]): number {
  const text = (length: number) => start + pump.repeat(Math.ceil(length / pump.length)) + end;
  const [short, long] = [text(LENGTH), text(LENGTH * 8)];
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS && least >= MAX_GROWTH; round++)
    least = Math.min(least, cpu(regex, long) / Math.max(NOISE_US, cpu(regex, short)));
  return least;
}

/** Microseconds of the processor that it takes to find all there is to find. */
function cpu(regex: RegExp, text: string): number {
  const all = new RegExp(regex.source, regex.flags.includes("g") ? regex.flags : `${regex.flags}g`);
  const before = process.threadCpuUsage();
  text.replaceAll(all, "");
  const { user, system } = process.threadCpuUsage(before);
  return user + system;
}
