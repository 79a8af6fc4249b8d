import { describe, expect, test } from "vitest";
import timestamps from "../../plugins/normalize/timestamps.ts";
import { ARRIVAL, contract, fixture, run } from "../contract.ts";

describe("timestamps", () => {
  contract(timestamps);

  test.each([
    ["timestamp, however it is spelled", '{"TimeStamp":"2020-09-04T17:54:59Z"}', "2020-09-04T17:54:59+00:00"],
    ["@timestamp", '{"@timestamp":"2020-09-04T17:54:59.000Z"}', "2020-09-04T17:54:59+00:00"],
    ["time", '{"time":1599242099}', "2020-09-04T17:54:59+00:00"],
    ["eventtime", '{"eventTime":"2020-09-04T17:54:59Z"}', "2020-09-04T17:54:59+00:00"],
    ["start", '{"start":1599242099}', "2020-09-04T17:54:59+00:00"],
    [
      "the order of the names decides, not the order in the event",
      '{"start":1599242000,"time":1599242001,"timestamp":1599242099}',
      "2020-09-04T17:54:59+00:00",
    ],
    [
      "a value that is no time gives way to the next of its name",
      '{"a":{"time":"nada"},"b":{"time":1599242099}}',
      "2020-09-04T17:54:59+00:00",
    ],
    [
      "a name without a time gives way to the next name",
      '{"timestamp":"nada","start":1599242099}',
      "2020-09-04T17:54:59+00:00",
    ],
    [
      "the first level comes before nested objects",
      '{"a":{"time":1599242000},"time":1599242099}',
      "2020-09-04T17:54:59+00:00",
    ],
    ["at any depth, also in lists", '{"a":[[{"b":{"time":1599242099}}]]}', "2020-09-04T17:54:59+00:00"],
    ["in details that arrive as an object", '{"details":{"a":{"time":1599242099}}}', "2020-09-04T17:54:59+00:00"],
    [
      "in details that arrive as text",
      String.raw`{"details":"{\"a\":{\"Time\":1599242099}}"}`,
      "2020-09-04T17:54:59+00:00",
    ],
    ["none is found", '{"reading":"2020-09-04T17:54:59Z"}', ARRIVAL],
    ["only an object is found", '{"timestamp":{"a":1}}', ARRIVAL],
  ])("%s", (_, input, time) => expect(run(input).utctimestamp).toBe(time));

  test.each([
    ["a date beside a time of day", '{"date":"2020-09-04","time":"17:54:59"}', "2020-09-04T17:54:59+00:00"],
    [
      "a date beside a time of a 12-hour clock",
      '{"date":"2020-09-04","time":"5:54:59 PM"}',
      "2020-09-04T17:54:59+00:00",
    ],
    ["with an offset", '{"date":"2020-09-04","time":"17:54:59+02:00"}', "2020-09-04T15:54:59+00:00"],
    ["with blanks", '{"date":"2020-09-04","time":" 17:54 "}', "2020-09-04T17:54:00+00:00"],
    ["a time of day alone", '{"time":"17:54:59"}', ARRIVAL],
    ["a date alone", '{"date":"2020-09-04"}', ARRIVAL],
    ["a date in another object", '{"a":{"date":"2020-09-04"},"b":{"time":"17:54:59"}}', ARRIVAL],
    ["a date that is none", '{"date":"soon","time":"17:54:59"}', ARRIVAL],
    [
      "a time that is whole already",
      '{"date":"2019-01-01","time":"2020-09-04T17:54:59Z"}',
      "2020-09-04T17:54:59+00:00",
    ],
  ])("date and time: %s", (_, input, time) => expect(run(input).utctimestamp).toBe(time));

  test("an event that names its own time keeps it, whatever else is found", () => {
    expect(run('{"utctimestamp":"2020-09-10T00:00:00Z","timestamp":"2020-09-04T17:54:59Z"}').utctimestamp).toBe(
      "2020-09-10T00:00:00+00:00",
    );
  });

  test("an event says when the lake processed it, also when it said so before", () => {
    expect(run('{"details":{"_utcprocessedtimestamp":"old"}}').details._utcprocessedtimestamp).toBe(ARRIVAL);
  });

  test.each([
    ["cloudtrail", "2020-09-15T11:40:11+00:00"],
    ["cloudfront", "2020-09-15T11:48:18+00:00"],
    ["vpcflow", "2020-09-15T11:40:18+00:00"],
    ["syslog", "2020-09-15T06:10:54+00:00"],
    ["gsuite", "2020-09-15T11:54:33.253000+00:00"],
  ])("the first event of %s happened at %s", (source, time) => {
    expect(run(fixture(source)[0] ?? "").utctimestamp).toBe(time);
  });

  test("syslog's times: without a year, RFC 5424, with an offset", () => {
    const times = fixture("syslog").map((line) => run(line).utctimestamp);
    expect(times.slice(1)).toEqual([
      "2020-09-15T11:14:15+00:00",
      "2020-09-15T11:14:15.003000+00:00",
      "2020-09-15T11:20:01.120334+00:00",
    ]);
  });
});
