import { describe, expect, test } from "vitest";
import gsuite_login from "../../plugins/normalize/gsuite_login.ts";
import { ARRIVAL, contract, fixture, run } from "../contract.ts";
import { expectFixture } from "../expected.ts";

const LOGIN = JSON.parse(fixture("gsuite")[0] ?? "");

/** The first login of the fixture with some of its fields replaced. */
function login(changes: object) {
  return run(JSON.stringify({ ...LOGIN, ...changes }));
}

function eventNamed(name: unknown, ...parameters: object[]) {
  return { events: [{ type: "login", name, parameters }] };
}

describe("gsuite_login", () => {
  contract(gsuite_login, "gsuite", "gsuite_activity");
  expectFixture("gsuite");

  test("a login tells a human who, what and from where", () => {
    const event = login({});
    expect(event).toMatchObject({
      source: "gsuite",
      category: "authentication",
      tags: ["gsuite"],
      summary: "someone@somewhere.com login_success from IP 203.0.113.7",
      utctimestamp: "2020-09-15T11:54:33.253000+00:00",
    });
    expect(event.details).toMatchObject({
      user: "someone@somewhere.com",
      sourceipaddress: "203.0.113.7",
      success: true,
      _ipaddresses: ["203.0.113.7"],
    });
    expect(event.details).not.toHaveProperty("ipaddress");
    expect(event.details).not.toHaveProperty("suspicious");
  });

  test.each([
    ["a success", eventNamed("login_success"), true],
    ["a failure", eventNamed("login_failure"), false],
    ["a name that tells both is a success", eventNamed("login_success_after_failure"), true],
    ["a logout is neither", eventNamed("logout"), undefined],
    [
      "the user's name does not count",
      { ...eventNamed("login_failure"), actor: { email: "success@somewhere.com" } },
      false,
    ],
    ["only the first event counts", { events: [{ name: "logout" }, { name: "login_success" }] }, undefined],
    ["a name that is no text", eventNamed(5), undefined],
  ])("success: %s", (_, changes, success) => expect(login(changes).details.success).toBe(success));

  test.each([
    ["true", eventNamed("x", { name: "is_suspicious", boolValue: true }), true],
    ["true beside other keys", eventNamed("x", { name: "is_suspicious", boolValue: true, more: 1 }), true],
    [
      "in the second event",
      { events: [{ name: "x" }, eventNamed("x", { name: "is_suspicious", boolValue: true }).events[0]] },
      true,
    ],
    ["false", eventNamed("x", { name: "is_suspicious", boolValue: false }), undefined],
    ["a text", eventNamed("x", { name: "is_suspicious", boolValue: "true" }), undefined],
    ["another parameter", eventNamed("x", { name: "is_second_factor", boolValue: true }), undefined],
  ])("suspicious: %s", (_, changes, suspicious) => expect(login(changes).details.suspicious).toBe(suspicious));

  test.each([
    ["id.time wins over a timestamp", { timestamp: "2020-09-01T00:00:00Z" }, "2020-09-15T11:54:33.253000+00:00"],
    ["an id.time of digits", { id: { time: "1600000000" } }, "2020-09-13T12:26:40+00:00"],
    ["an id.time that is none leaves the arrival", { id: { time: "nada" } }, ARRIVAL],
    [
      "an id.time that is none leaves a timestamp",
      { id: {}, timestamp: "2020-09-01T00:00:00Z" },
      "2020-09-01T00:00:00+00:00",
    ],
  ])("time: %s", (_, changes, time) => expect(login(changes).utctimestamp).toBe(time));

  test.each([
    ["nothing is escaped", { actor: { email: `o'b"<x>&/=\`@x` } }, `o'b"<x>&/=\`@x login_success from IP 203.0.113.7`],
    [
      "braces in the data are data",
      { actor: { email: "{{details.etag}}" } },
      "{{details.etag}} login_success from IP 203.0.113.7",
    ],
    ["without a user", { actor: {} }, " login_success from IP 203.0.113.7"],
    ["without an event", { events: [] }, "someone@somewhere.com  from IP 203.0.113.7"],
    ["without an address", { ipAddress: null }, "someone@somewhere.com login_success from IP "],
    [
      "an object prints as JSON",
      eventNamed({ a: [1, null] }),
      'someone@somewhere.com {"a":[1,null]} from IP 203.0.113.7',
    ],
  ])("summary: %s", (_, changes, summary) => expect(login(changes).summary).toBe(summary));

  test.each([
    ["Google's address wins over another source", { src: "192.0.2.1" }, "203.0.113.7", ["192.0.2.1", "203.0.113.7"]],
    ["an address that is none stays, unlisted", { ipAddress: "123.456.253.226" }, "123.456.253.226", undefined],
  ])("address: %s", (_, changes, address, list) => {
    expect(login(changes).details).toMatchObject({ sourceipaddress: address });
    expect(login(changes).details._ipaddresses).toEqual(list);
  });

  test.each([
    ["another kind", { kind: "Event" }],
    ["no id", { id: undefined }],
    ["no etag and no application", { etag: undefined, id: {} }],
    ["a kind that is no text", { kind: 5 }],
  ])("an event with %s passes it by", (_, changes) => {
    expect(login(changes)).toMatchObject({ source: "UNKNOWN", summary: "UNKNOWN", tags: [] });
  });

  test("a kind among a list of kinds, or in a longer text, counts as the original had it", () => {
    expect(login({ kind: ["admin#reports#activity"] }).source).toBe("gsuite");
    expect(login({ kind: "x admin#reports#activity y" }).source).toBe("gsuite");
  });
});
