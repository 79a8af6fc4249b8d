import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { PluginSet } from "../core/order.ts";
import { createPipeline } from "../core/pipeline.ts";
import type { Plugin } from "../core/plugin.ts";
import { lineOf } from "../core/row.ts";
import { plugins } from "../plugins/registry.ts";

/**
 * What the original data lake answers to 394 payloads, and what this one answers.
 *
 * `fixtures/original-behaviour.ndjson` is a recording of the original, its clock stopped at ARRIVAL. Each case is
 * either equal, or a line of `fixtures/better-than-original.ndjson` that says which fields differ and what they must be
 * (`ours`; `absent` for fields that must not be there), under one of the reasons of this table. Where the original
 * lost the whole batch (500 records), `ours` says what differs from an event with nothing but the shell's defaults.
 */
const BETTER: readonly (readonly [difference: string, why: string])[] = [
  ["a list of objects is as many events", "producers batch; the original lost the batch for it"],
  ["objects one after another are as many events", "Firehose and others join records without a newline"],
  ["a number that a double cannot hold keeps its digits", "the original stored Infinity, which is no JSON"],
  ["NaN and the infinities are strings", "the original stored the bare words, and the row was no JSON"],
  ["a lone surrogate is U+FFFD", "it has no UTF-8 form, and strict readers refuse the whole row"],
  ["1,000 levels are stored", "as deep as Athena reads; the original lost the batch at about 900"],
  ["keys that differ by case are kept beside", "the last still wins, but nothing that was sent is lost"],
  ["only the first level makes a shell", "the original counted keys at any depth, and left out the defaults or failed"],
  ["details that are no object stay a detail", "the original lost the batch for it"],
  ["a field that does not fit its column stays a detail", "a string column holds strings; nothing sent is lost"],
  ["tags that are no texts stay a detail, and stop no plugin", "the original skipped the plugins that came after"],
  ["a shell field that is null is not there", "the original stored null in the array column, or lost the batch"],
  ["one tag is a list of one", "the column is an array of strings; the original stored a string"],
  ["zone names of RFC 2822 count", "the original read EST and PST as UTC, hours off"],
  ["GMT+3 is three hours ahead of GMT", "the original turned the sign around"],
  ["a leap second is the next minute", "RFC 3339 allows :60; the original fell back to the arrival time"],
  ["no guess between day and month", "04/05 is April or May by country: a wrong month is worse than the arrival time"],
  ["a time of day without its date is no time", "the original put it on the day of arrival"],
  ["no time out of words and stray numbers", "the original read 'error at line 42' as the year 2042"],
  ["a number before 1990 is no time", "zero, a port or a duration is no time; the original stored 1970"],
  ["a number between two units is no time", "eleven digits are neither seconds nor milliseconds; the original guessed"],
  ["nine digits are seconds", "946684800 is the year 2000; the original divided it until it was 1970"],
  ["digits in quotes are a number", "many producers quote their epochs; the original never read them"],
  ["date and time belong together in one object", "the original paired any date with any time of the event"],
  ["a date beside a whole time is not mixed into it", "the original made a third time out of two"],
  ["the event's own utctimestamp wins", "the original overwrote the year 2014 with the current one"],
  [
    "an address is complete and plain",
    "the original took 1.2, +1.2.3.4 and octal-looking 010.001.001.001 for addresses",
  ],
  ["blanks around an address are dropped", "so that a query for the address finds the event"],
  ["an address in a list counts", "the original passed lists over, or lost the batch for one with a comma"],
  ["a source that is no text is passed over", "the original lost the batch for a null sourceIPAddress"],
  ["an address is listed once", "_ipaddresses is a set"],
  ["Google's address is listed too", "a query by address must find the event; the original listed only the other one"],
  ["gsuite events of odd shape are read as far as they go", "the original lost the batch for each of them"],
  ["only true is suspicious", "the Reports API sends booleans; Python took 1 for true"],
  ["a summary is text, not HTML", "a human reads o'b\"<x>&, not its entities"],
  ["success is read from the event's name", "the original found 'success' in the e-mail address of a failed login"],
  ["a summary prints values as JSON does", "the original printed Python: True, None, {'a': 1}"],
];

const ARRIVAL = "2020-09-15T12:34:56.789000+00:00";

/** The original's clock showed 12 microseconds more than a Kinesis arrival time can hold. */
const RECORDED_ARRIVAL = "2020-09-15T12:34:56.789012+00:00";

/** NaN and the infinities as Python wrote them into the recording: bare, where a JSON value stands. */
const PYTHON_WORDS = /(?<=[:[,] )-?(?:NaN|Infinity)(?=[,}\]])/g;

/** No event is late or ahead: the original had no such window. */
const pipeline = createPipeline(seedPlugins(), { lateHours: 1e9, futureHours: 1e9 });

/** The plugins that the original had; what others add is no difference from it. */
function seedPlugins(): PluginSet {
  const seed = ["lowercase_keys", "event_shell", "timestamps", "ip_addresses", "gsuite_login", "ensure_eventid"];
  const isSeed = ({ name }: Plugin) => seed.includes(name);
  return { ...plugins, normalize: plugins.normalize.filter(isSeed), enrich: plugins.enrich.filter(isSeed) };
}

type Fields = Record<string, unknown>;

interface Recorded {
  readonly case: string;
  readonly payload?: string;
  readonly payload_base64?: string;
  readonly original: Fields;
}

interface Judged {
  readonly difference: string;
  readonly case: string;
  readonly ours: Fields;
  readonly absent?: readonly string[];
}

const recorded = linesOf("original-behaviour").map((line): Recorded => read(line.replace(PYTHON_WORDS, '"bare $&"')));
const judged = new Map(
  linesOf("better-than-original").map((line): [string, Judged] => [read<Judged>(line).case, read(line)]),
);

function linesOf(fixture: string): string[] {
  const file = new URL(`fixtures/${fixture}.ndjson`, import.meta.url);
  return readFileSync(file, "utf8").replaceAll(RECORDED_ARRIVAL, ARRIVAL).trim().split("\n");
}

/** Parses JSON; a number that a double cannot hold becomes a text of its digits, so that comparing sees them all. */
function read<T>(text: string): T {
  const reviver = (_key: string, value: unknown, context?: { source: string }): unknown => {
    if (typeof value !== "number") return value;
    const isExact = Number.isFinite(value) && (Number.isSafeInteger(value) || !/^-?\d+$/.test(context?.source ?? ""));
    return isExact ? value + 0 : `digits ${context?.source}`; // -0 + 0 is 0: the original wrote -0 as 0
  };
  return JSON.parse(text, reviver);
}

/** Our answer: the row as a table's reader sees it, or the code that it is quarantined with. */
function answerTo(recording: Recorded): Fields {
  const payload = Buffer.from(
    recording.payload_base64 ?? recording.payload ?? "",
    recording.payload_base64 ? "base64" : "utf8",
  );
  const arrivalMs = Date.parse(ARRIVAL);
  const record = { payload, stream: "s", shard: "0", sequence: "1", partitionKey: "k", arrivalMs };
  const [outcome, ...more] = pipeline.process(record, arrivalMs);
  expect(more).toHaveLength(recording.case === "two docs" ? 1 : 0);
  if (outcome?.kind !== "event") return { error: outcome?.kind === "quarantined" ? outcome.entry.code : "dropped" };
  const { year, month, day, hour, eventid, ...row } = JSON.parse(lineOf(outcome.row));
  expect(`${year}-${month}-${day}T${hour}`).toBe(row.utctimestamp.slice(0, 13));
  return { ...row, details: read(row.details) };
}

/** An event that says nothing: the shell's defaults. */
function plainEvent(withGsuite: boolean): Fields {
  const names = [
    "lowercase_keys",
    "event_shell",
    "timestamps",
    "ip_addresses",
    ...(withGsuite ? ["gsuite_login"] : []),
  ];
  const ran = [...names.map((name) => `normalization_${name}`), "enrichment_ensure_eventid"];
  return {
    utctimestamp: ARRIVAL,
    severity: "INFO",
    summary: "UNKNOWN",
    category: "UNKNOWN",
    source: "UNKNOWN",
    tags: [],
    plugins: ran,
    details: {},
  };
}

/** One level of fields: `details.user` beside `summary`. */
function flat({ details, ...shell }: Fields): Fields {
  const entries = Object.entries(Object(details)).map(([key, value]) => [`details.${key}`, value]);
  return { ...shell, ...Object.fromEntries(entries) };
}

function expected({ original, payload }: Recorded, judgement: Judged): Fields {
  if (original.error !== undefined) {
    const event = { ...plainEvent(payload?.includes('"kind"') ?? false), ...judgement.ours };
    return flat({ ...event, details: { ...Object(event.details), _utcprocessedtimestamp: ARRIVAL } });
  }
  const fields = { ...flat(original), ...flat(judgement.ours) };
  for (const name of judgement.absent ?? []) delete fields[name];
  delete fields.eventid;
  return fields;
}

describe("the original's 394 payloads", () => {
  test("every difference is of a kind that this file explains, and every explanation has its cases", () => {
    const kinds = new Set([...judged.values()].map(({ difference }) => difference));
    expect([...kinds].toSorted()).toEqual(BETTER.map(([difference]) => difference).toSorted());
    expect(new Set(recorded.map((recording) => recording.case)).size).toBe(394);
    expect([...judged.keys()].filter((name) => !recorded.some((recording) => recording.case === name))).toEqual([]);
  });

  const equal = recorded.filter((recording) => !judged.has(recording.case));
  test.each(equal)("$case: as the original", (recording) => {
    const { eventid, ...original } = recording.original;
    const ours = answerTo(recording);
    if (original.error === undefined) expect(ours).toEqual(original);
    else expect(ours, "both refuse it").toEqual({ error: expect.any(String) });
  });

  for (const [difference, why] of BETTER) {
    describe(`${difference} (${why})`, () => {
      const cases = recorded.filter((recording) => judged.get(recording.case)?.difference === difference);
      test.each(cases)("$case", (recording) => {
        const judgement = judged.get(recording.case);
        if (!judgement) throw new Error("unreachable");
        expect(flat(answerTo(recording))).toEqual(expected(recording, judgement));
        if (recording.original.error !== undefined) return;
        for (const name of [...Object.keys(judgement.ours), ...(judgement.absent ?? [])]) {
          expect(flat(recording.original)[name], `${name} differs from the original`).not.toEqual(judgement.ours[name]);
        }
      });
    });
  }
});
