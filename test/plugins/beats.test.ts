import { describe, expect, test } from "vitest";
import beats from "../../plugins/normalize/beats.ts";
import { contract, fixture, run } from "../contract.ts";
import { expectFixture } from "../expected.ts";

const DENIED = JSON.parse(fixture("beats")[0] ?? "");

/** The first document of the fixture with some of its fields replaced. */
function document(changes: object) {
  return run(JSON.stringify({ ...DENIED, ...changes }));
}

describe("beats", () => {
  contract(beats, "beats");
  expectFixture("beats");

  test("each common field has its place in ECS", () => {
    const [, , , audit] = fixture("beats").map((line) => run(line));
    expect(audit?.details).toMatchObject({
      targetuser: "root",
      action: "was-authenticated",
      hostname: "web4",
      account: "123456789012",
      region: "eu-west-1",
    });
    expect(document({}).details).toMatchObject({ sourceport: 40022, destinationport: 22, action: "dropped" });
  });

  test("ECS's own objects stay what they are, but for user, which is beside its name", () => {
    expect(document({ user: { name: "mo" } }).details).toMatchObject({
      user: "mo",
      _user: { name: "mo" },
      source: { ip: "203.0.113.31" },
    });
  });

  test.each([
    ["log.level", { log: { level: "err" } }, "ERROR"],
    ["syslog's number", { log: { syslog: { severity: { code: 4 } } } }, "WARNING"],
    ["a detection's score", { log: {}, event: { kind: "signal", severity: 73 } }, "ERROR"],
    ["a number of its source's own", { log: {}, event: { kind: "event", severity: 5 } }, "INFO"],
    ["a word that is none", { log: { level: "loud" } }, "INFO"],
    ["what the producer put in the column", { severity: "HIGH" }, "HIGH"],
  ])("severity: %s", (_, changes, severity) => expect(document(changes).severity).toBe(severity));

  test.each([
    ["source.ip", {}, "203.0.113.31"],
    ["an address that is one", { source: { address: "198.51.100.1" } }, "198.51.100.1"],
    ["the client, when there is no source", { source: {}, client: { ip: "198.51.100.2" } }, "198.51.100.2"],
    ["the first of a list", { source: { ip: ["198.51.100.3", "198.51.100.4"] } }, "198.51.100.3"],
    ["no host name", { source: { address: "a.example.com" } }, undefined],
  ])("sourceipaddress: %s", (_, changes, address) => expect(document(changes).details.sourceipaddress).toBe(address));

  test.each([
    ["@timestamp wins over a time deeper down", { x: { timestamp: "2020-09-01T00:00:00Z" } }, "11:00:01.123000"],
    ["an epoch in milliseconds", { "@timestamp": 1600167600123 }, "11:00:00.123000"],
  ])("time: %s", (_, changes, time) => expect(document(changes).utctimestamp).toContain(time));

  test("a producer's own source and category stay", () => {
    expect(document({ source: "okta", category: "login" })).toMatchObject({ source: "okta", category: "login" });
  });

  test("a long message is cut in the summary", () => {
    expect(document({ message: "x".repeat(1000) }).summary).toBe(`${"x".repeat(300)}...`);
  });

  test.each([
    ["an event of another kind", { ecs: undefined, "@metadata": undefined, event: "login" }],
    ["a container of ECS, Amazon's", { ecs: "cluster", "@metadata": undefined, event: {} }],
    ["no @timestamp and no version", { ecs: undefined, "@timestamp": undefined }],
  ])("%s passes it by", (_, changes) => expect(document(changes).source).toBe("UNKNOWN"));
});
