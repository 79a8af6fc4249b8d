import { describe, expect, test } from "vitest";
import osquery from "../../plugins/normalize/osquery.ts";
import { contract, fixture, run } from "../contract.ts";
import { expectFixture } from "../expected.ts";

const RESULT = JSON.parse(fixture("osquery")[0] ?? "");

/** The fixture's first result with some of its fields replaced. */
function result(fields: object) {
  return run(JSON.stringify({ ...RESULT, ...fields }));
}

describe("osquery", () => {
  contract(osquery, "osquery");
  expectFixture("osquery");

  test.each([
    ["unixTime wins over a time in the row", { columns: { time: "1500000000" } }, "2020-09-15T11:00:01+00:00"],
    ["the calendar, when there is no number", { unixTime: "" }, "2020-09-15T11:00:01+00:00"],
  ])("time: %s", (_, fields, time) => expect(result(fields).utctimestamp).toBe(time));

  test.each([
    ["the host's name", {}, "web1.example.com"],
    ["no UUID", { hostIdentifier: "00000000-0000-4000-8000-000000000061" }, undefined],
    ["the decoration before both", { decorations: { hostname: "web9" } }, "web9"],
  ])("hostname: %s", (_, fields, hostname) => expect(result(fields).details.hostname).toBe(hostname));

  test("who connected to the host is the source of an accepted connection", () => {
    const columns = { action: "accept", local_address: "192.0.2.1", local_port: "22", remote_address: "203.0.113.1" };
    expect(result({ columns }).details).toMatchObject({
      sourceipaddress: "203.0.113.1",
      destinationipaddress: "192.0.2.1",
      destinationport: 22,
      action: "added",
    });
  });

  test("an open socket does not say who opened it", () => {
    const columns = { local_address: "192.0.2.1", remote_address: "203.0.113.1" };
    expect(result({ columns }).details).not.toHaveProperty("sourceipaddress");
  });

  test.each([
    ["0", "INFO"],
    [1, "WARNING"],
    ["2", "ERROR"],
  ])("a status line of severity %s is %s", (severity, word) => {
    expect(result({ severity, columns: undefined, message: "x" }).severity).toBe(word);
  });

  test.each([
    ["no host and no change", { hostIdentifier: undefined, action: undefined }],
    ["no time and no change", { unixTime: undefined, action: undefined }],
  ])("an event with %s passes it by", (_, fields) => expect(result(fields).source).toBe("UNKNOWN"));
});
