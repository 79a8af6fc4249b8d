import { describe, expect, test } from "vitest";
import cloudflare from "../../plugins/normalize/cloudflare.ts";
import { contract, fixture, run } from "../contract.ts";
import { expectFixture } from "../expected.ts";

const [REQUEST, , BLOCK, AUDIT] = fixture("cloudflare").map((line) => JSON.parse(line));

function event(base: object, changes: object) {
  return run(JSON.stringify({ ...base, ...changes }));
}

describe("cloudflare", () => {
  contract(cloudflare, "cloudflare");
  expectFixture("cloudflare");

  test.each([
    ["nanoseconds", 1600128062123000000],
    ["milliseconds", 1600128062123],
    ["RFC 3339", "2020-09-15T00:01:02.123Z"],
  ])("a time in %s", (_, EdgeStartTimestamp) => {
    expect(event(REQUEST, { EdgeStartTimestamp }).utctimestamp).toBe("2020-09-15T00:01:02.123000+00:00");
  });

  test.each([
    ["allow", true],
    ["managedChallenge", undefined],
    ["log", undefined],
    ["drop", false],
  ])("success: a firewall's %s is %s", (Action, success) => {
    expect(event(BLOCK, { Action }).details).toMatchObject({ action: Action });
    expect(event(BLOCK, { Action }).details.success).toBe(success);
  });

  test("what Cloudflare calls source is kept in details", () => {
    expect(event(BLOCK, {})).toMatchObject({ source: "cloudflare", details: { source: "firewallcustom" } });
  });

  test.each([
    ["a request with its method alone", { ClientRequestMethod: "GET", RayID: "5d3aaaaaaaaaaaaa" }],
    ["an audit event without a time", { ...AUDIT, When: undefined }],
  ])("%s passes it by", (_, json) => expect(run(JSON.stringify(json)).source).toBe("UNKNOWN"));
});
