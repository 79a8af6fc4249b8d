import { describe, expect, test } from "vitest";
import weblog from "../../plugins/normalize/weblog.ts";
import { contract, run } from "../contract.ts";
import { expectFixture } from "../expected.ts";

function line(message: string) {
  return run(JSON.stringify({ message }));
}

const REQUEST = '[15/Sep/2020:11:00:00 +0000] "GET / HTTP/1.1" 200 5';

describe("weblog", () => {
  contract(weblog, "weblog");
  expectFixture("weblog");

  test("a line's parts can be asked for", () => {
    expect(line(`203.0.113.1 - - ${REQUEST} "https://a.example.com/" "x"`).details).toMatchObject({
      method: "GET",
      url: "/",
      status: "200",
      bytes: "5",
      referrer: "https://a.example.com/",
      useragent: "x",
      action: "GET",
    });
  });

  test.each([
    ["the client", `203.0.113.1 - - ${REQUEST}`, "203.0.113.1", undefined],
    ["a user with a blank", `203.0.113.1 - Ada L ${REQUEST}`, "203.0.113.1", "Ada L"],
    ["the first of several", `203.0.113.1, 192.0.2.1 - mo ${REQUEST}`, "203.0.113.1", "mo"],
    ["after a virtual host", `a.example.com:80 203.0.113.1 - mo ${REQUEST}`, "203.0.113.1", "mo"],
    ["no host's name", `a.example.com - mo ${REQUEST}`, undefined, "mo"],
  ])("client and user: %s", (_, text, address, user) => {
    const { details } = line(text);
    expect([details.sourceipaddress, details.user]).toEqual([address, user]);
  });

  test.each([
    ["a request that was never sent", '203.0.113.1 - - [15/Sep/2020:11:00:00 +0000] "-" 408 0', false],
    ["bytes that are no request", '203.0.113.1 - - [15/Sep/2020:11:00:00 +0000] "\\x16\\x03" 400 0', false],
    ["a redirection", '203.0.113.1 - - [15/Sep/2020:11:00:00 +0000] "GET /a b HTTP/1.1" 301 0', true],
  ])("success: %s", (_, text, success) => {
    expect(line(text)).toMatchObject({ source: "weblog", details: { success } });
  });

  test("an access log that came through syslog or a Beat is its own source", () => {
    const text = `203.0.113.1 - - ${REQUEST}`;
    expect(line(`<190>Sep 15 11:00:01 web1 nginx: ${text}`)).toMatchObject({
      source: "weblog",
      utctimestamp: "2020-09-15T11:00:00+00:00",
      details: { hostname: "web1", program: "nginx" },
    });
    const beat = { "@timestamp": "2020-09-15T11:00:05Z", ecs: { version: "8.0.0" }, message: text };
    expect(run(JSON.stringify(beat))).toMatchObject({ source: "weblog", utctimestamp: "2020-09-15T11:00:00+00:00" });
  });

  test("JSON with names of its own", () => {
    const access = { remote_ip: "203.0.113.1", method: "GET", uri: "/x", status: 200, user_agent: "x" };
    expect(run(JSON.stringify(access))).toMatchObject({ source: "weblog", details: { success: true, action: "GET" } });
  });

  test.each([
    ["no status", { remote_addr: "203.0.113.1", request: "GET / HTTP/1.1" }],
    ["a status in words", { remote_ip: "203.0.113.1", uri: "/x", status: "ok" }],
    ["a time alone", { message: "it began [15/Sep/2020:11:00:00 +0000] and ended" }],
    ["a code and no path", { code: 200, method: "GET" }],
  ])("an event with %s passes it by", (_, event) => expect(run(JSON.stringify(event)).source).toBe("UNKNOWN"));
});
