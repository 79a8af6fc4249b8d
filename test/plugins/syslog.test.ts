import { describe, expect, test } from "vitest";
import { syslogIn } from "../../core/syslog.ts";
import syslog from "../../plugins/normalize/syslog.ts";
import { contract, fixture, run } from "../contract.ts";
import { expectFixture } from "../expected.ts";

function line(message: string, more = {}) {
  return run(JSON.stringify({ message, ...more }));
}

describe("syslog", () => {
  contract(syslog, "syslog", "syslog_lines", "auditd", "linux_auth", "sshd", "sudo", "weblog"); // what its lines carry, too
  expectFixture("syslog_lines", "syslog");
  expectFixture("syslog", ["sshd", "sshd", "syslog", "syslog"]);

  test("a line of RFC 5424 is taken apart", () => {
    const { details, severity } = run(fixture("syslog_lines")[1] ?? "");
    expect(severity).toBe("NOTICE");
    expect(details).toMatchObject({
      hostname: "db2.example.com",
      program: "app",
      pid: "77",
      facility: "local4",
      msgid: "ID47",
      structureddata: { "origin@32473": { ip: "192.0.2.82", note: 'a "b"' }, meta: { seq: "1" } },
    });
  });

  test.each([
    ["<0>", "CRITICAL"],
    ["<3>", "ERROR"],
    ["<84>", "WARNING"],
    ["<191>", "DEBUG"],
    ["<192>", "INFO"],
  ])("the priority %s is %s", (priority, severity) => {
    expect(line(`${priority}Sep 15 11:00:00 web1 app: x`).severity).toBe(severity);
  });

  test.each([
    ["no host", "<13>Sep 15 11:00:00 mo: hello", undefined, "mo", "hello"],
    ["no tag", "<13>Sep 15 11:00:00 web1 hello there", "web1", undefined, "hello there"],
    ["IPv6", "<13>Sep 15 11:00:00 2001:db8::1 app: x", "2001:db8::1", "app", "x"],
    ["a year", "<13>Sep 15 2020 11:00:00 web1 app[7]: x", "web1", "app", "x"],
    ["a later version", "<13>2 2020-09-15T11:00:00Z web1 app - - - x", "web1", "app", "x"],
    ["RFC 6587's length", "42 <13>Sep 15 11:00:00 web1 app: x", "web1", "app", "x"],
    ["RFC 3164's zone and year", "<165>Aug 24 05:34:00 CST 1987 web1 app[10]: %% x", "web1", "app", "%% x"],
    ["nil everywhere", "<13>1 - - - - - -", undefined, undefined, ""],
    ["a host called after a severity", "Sep 15 11:00:00 info-1 app: x", "info-1", "app", "x"],
  ])("a line with %s", (_, text, host, program, rest) => {
    expect(syslogIn(text)).toMatchObject({ host, program, text: rest });
  });

  test.each([
    ["a log of an application", "2020-09-15T11:00:00Z ERROR main: it failed"],
    ["a sentence", "Sep 15 was a good day"],
    ["a time and words, without a priority", "Sep 15 11:00:00 all is well"],
    ["markup", "<b>bold</b>"],
    ["nothing", ""],
  ])("%s is no syslog line", (_, text) => expect(syslogIn(text)).toBeUndefined());

  test("the line's own time wins, and one without a year is the latest before arrival", () => {
    expect(line("Dec 31 23:59:59 web1 app: x", { time: "2020-09-15T00:00:00Z" }).utctimestamp).toBe(
      "2019-12-31T23:59:59+00:00",
    );
  });

  test("a collector's word becomes the lake's, and is kept", () => {
    const event = run('{"severity":"err","program":"app","pid":"7","hostname":"web1","message":"x"}');
    expect(event).toMatchObject({ severity: "ERROR", source: "syslog", details: { severity: "err" } });
  });

  test("a line in a Beat's document is summed up without its header", () => {
    const beat = { "@timestamp": "2020-09-15T11:00:05Z", ecs: { version: "8.0.0" } };
    expect(line("<11>Sep 15 11:00:00 web1 app: hello", beat)).toMatchObject({
      source: "syslog",
      summary: "hello",
      utctimestamp: "2020-09-15T11:00:00+00:00",
    });
  });

  test("what a producer of the shell form said stays", () => {
    const said = { source: "myapp", category: "web", summary: "hello", severity: "NOTICE" };
    expect(line("<11>Sep 15 11:00:00 web1 app: x", said)).toMatchObject(said);
  });

  test("a program without anything of syslog passes it by", () => {
    expect(run('{"program":"news at ten","message":"x"}').source).toBe("UNKNOWN");
  });
});
