import { describe, expect, test } from "vitest";
import { decode } from "../../core/decode.ts";
import type { Plugin } from "../../core/plugin.ts";
import { plugins } from "../../plugins/registry.ts";
import { ARRIVAL, fixture, run } from "../contract.ts";

const json = (value: unknown) => JSON.stringify(value);
const inner = { door: "lab", user: "mo", result: "failed", n: 5 };
const text = json(inner);

const parsed = (list: readonly Plugin[]) => list.map((plugin) => ({ ...plugin, isScan: false }));
const reference = { ...plugins, normalize: parsed(plugins.normalize), enrich: parsed(plugins.enrich) };

function read(payload: unknown): unknown {
  const documents = decode(Buffer.from(json(payload))).map((one) => ("error" in one ? one.error.code : one.parse()));
  return documents.length === 1 ? documents[0] : documents;
}

describe("an event that was wrapped", () => {
  test.each([
    ["by Docker", { log: `${text}\n`, stream: "stdout", time: "2020-09-15T11:00:00Z" }, "_wrapper", ["stream", "time"]],
    [
      "by Fluent Bit",
      { log: text, kubernetes: { pod_name: "p" }, "@timestamp": "2020-09-15T11:00:00Z" },
      "_wrapper",
      ["kubernetes", "@timestamp"],
    ],
    [
      "by Filebeat",
      { message: text, agent: { type: "filebeat" }, event: { dataset: "x" }, log: { offset: 5 } },
      "_wrapper",
      ["agent", "event", "log"],
    ],
    ["by syslog-ng", { MESSAGE: text, HOST: "h", PROGRAM: "p" }, "_wrapper", ["host", "program"]],
    [
      "by rsyslog, behind its blank and cookie",
      { msg: ` @cee: ${text}`, programname: "p" },
      "_wrapper",
      ["programname"],
    ],
    ["by rsyslog, behind its blank", { msg: ` ${text}`, syslogtag: "p:" }, "_wrapper", ["syslogtag"]],
    ["with the cookie alone", { message: `@cee:${text}` }, "_wrapper", []],
    ["by nobody: a text alone", { rawLog: text }, "_wrapper", []],
    [
      "for Splunk's collector",
      { time: 1600167600, host: "h", sourcetype: "_json", event: inner },
      "_splunk",
      ["time", "host", "sourcetype"],
    ],
    ["for Splunk's collector, as text", { sourcetype: "_json", event: text }, "_splunk", ["sourcetype"]],
    [
      "by Splunk's search",
      { sourcetype: "x", _raw: text, user: "mo", _time: "2020-09-15" },
      "_splunk",
      ["sourcetype", "user", "_time"],
    ],
    [
      "by Elasticsearch",
      { _index: "i", _id: "1", _score: 1, _source: inner },
      "_elasticsearch",
      ["_index", "_id", "_score"],
    ],
  ])("%s is taken out, and the rest is kept", (_, wrapper, name, kept) => {
    const document = Object(read(wrapper));
    expect(document).toEqual({ ...inner, [name]: expect.anything() });
    expect(Object.keys(document[name])).toEqual(kept);
    const [draft] = decode(Buffer.from(json(wrapper)));
    expect(draft && JSON.parse(Buffer.from(draft.payload()).toString())).toEqual(wrapper);
  });

  test.each([
    ["with a field that no shipper adds", { message: text, user: "jo" }],
    ["that was read already", { message: text, event: { category: "network" }, "@timestamp": "2020-09-15T11:00:00Z" }],
    ["of a text that only looks like JSON", { log: '{"door":', stream: "stdout" }],
    ["of a cookie and no JSON", { msg: "@cee: opened", programname: "p" }],
    ["of a list", { log: `[${text}]`, stream: "stdout" }],
    ["of nothing", { log: "{}", stream: "stdout" }],
    ["of text", { sourcetype: "x", event: "opened", user: "jo" }],
    ["of a document that is none", { _index: "i", _source: "x" }],
    ["of a preview that is none", { preview: "p", result: inner }],
  ])("none is an object %s", (_, object) => {
    expect(read(object)).toEqual(object);
    expect(run(json(object), reference)).toEqual(run(json(object)));
  });

  test("a line for Splunk's collector is the message", () => {
    expect(read({ sourcetype: "x", event: "opened" })).toEqual({ message: "opened", _splunk: { sourcetype: "x" } });
  });

  test("a result of Splunk's export, and the event in it", () => {
    const result = { _raw: text, _time: "2020-09-15 11:00:00 UTC", sourcetype: "x" };
    const facts = { preview: false, offset: 0, _splunk: { _time: "2020-09-15 11:00:00 UTC", sourcetype: "x" } };
    expect(read({ preview: false, offset: 0, result })).toEqual({ ...inner, _splunk: facts });
  });

  test("a message of Graylog has its own fields without their underline", () => {
    const message = { version: "1.1", host: "h", short_message: "refused", timestamp: 1600167600.5, level: 4 };
    expect(read({ ...message, _user: "mo", _host: "other", _source: "s" })).toEqual({
      ...message,
      ...{ user: "mo", _host: "other", _source: "s", message: "refused" },
    });
  });

  test("within wrappers is taken out of three, and no more", () => {
    const wrap = (value: unknown) => ({ log: json(value), stream: "stdout" });
    const three = wrap(wrap(wrap(inner)));
    expect(read(three)).toMatchObject({ door: "lab", _wrapper: { _wrapper: { _wrapper: { stream: "stdout" } } } });
    expect(read(wrap(three))).toMatchObject({ log: text });
  });

  test("that is nested too deep stays the text that it is", () => {
    const deep = `{"a":${"[".repeat(100_000)}`;
    expect(read({ log: deep, stream: "stdout" })).toEqual({ log: deep, stream: "stdout" });
  });

  test("is recognized by its plugin, whatever it came in", () => {
    for (const line of fixture("okta")) {
      const bare = run(line);
      for (const wrapper of [
        { log: `${line}\n`, stream: "stdout" },
        { sourcetype: "okta", event: JSON.parse(line) },
      ]) {
        const { source, category, utctimestamp, details } = run(json(wrapper));
        expect([source, category, utctimestamp]).toEqual([bare.source, bare.category, bare.utctimestamp]);
        expect([details.user, details.success]).toEqual([bare.details.user, bare.details.success]);
      }
    }
  });

  test("happened when it says, else when its wrapper says", () => {
    const wrapper = { log: text, stream: "stdout", time: "2020-09-15T11:00:00Z" };
    expect(run(json(wrapper)).utctimestamp).toBe("2020-09-15T11:00:00+00:00");
    const own = { ...wrapper, log: json({ ...inner, created_at: "2020-09-15T10:00:00Z" }) };
    expect(run(json(own)).utctimestamp).toBe("2020-09-15T10:00:00+00:00");
    expect(run(json({ ...wrapper, time: "Sep 15 11:00:00" })).utctimestamp).not.toMatch(/^19/);
    expect(run(json({ log: text, stream: "stdout" })).utctimestamp).toBe(ARRIVAL);
  });

  test("stays as it is when its row is sent again", () => {
    const { details, utctimestamp, ...row } = run(json({ log: text, stream: "stdout", time: "2020-09-15T11:00:00Z" }));
    const again = run(json({ ...row, details, utctimestamp }));
    expect([again.details, again.utctimestamp]).toEqual([details, utctimestamp]);
  });

  test("is found whichever way its brace is written", () => {
    for (const brace of ["{", "\\u007b"]) {
      const payload = `{"log":"${brace}\\"door\\":\\"lab\\"}","stream":"stdout"}`;
      expect(run(payload).details).toMatchObject({ door: "lab", _wrapper: { stream: "stdout" } });
    }
  });
});
