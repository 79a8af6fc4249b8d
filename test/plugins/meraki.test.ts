import { describe, expect, test } from "vitest";
import meraki from "../../plugins/normalize/meraki.ts";
import { contract, fixture, run } from "../contract.ts";
import { expectFixture } from "../expected.ts";

const [ASSOCIATION, , ALERT] = fixture("meraki").map((line) => JSON.parse(line));

describe("meraki", () => {
  contract(meraki, "meraki");
  expectFixture("meraki");

  test.each([
    ["blocked", { blocked: true }, false],
    ["not blocked", { blocked: false }, true],
    ["no verdict", { blocked: null }, undefined],
  ])("an intrusion alert that was %s", (_, changes, success) => {
    expect(run(JSON.stringify({ ...ALERT, ...changes })).details.success).toBe(success);
  });

  test("Meraki's own category is kept in details", () => {
    expect(run(JSON.stringify(ASSOCIATION))).toMatchObject({ category: "network", details: { category: "80211" } });
  });

  test.each([
    ["no device", { deviceSerial: undefined, eventData: undefined }],
    ["no time", { occurredAt: 5 }],
    ["no network", { networkId: undefined }],
  ])("an event with %s passes it by", (_, changes) => {
    expect(run(JSON.stringify({ ...ASSOCIATION, ...changes })).source).toBe("UNKNOWN");
  });
});
