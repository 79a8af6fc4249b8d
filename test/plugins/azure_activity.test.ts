import { describe, expect, test } from "vitest";
import azure_activity from "../../plugins/normalize/azure_activity.ts";
import { contract, fixture, run } from "../contract.ts";
import { expectFixture } from "../expected.ts";

const WRITE = JSON.parse(fixture("azure_activity")[0] ?? "");

function event(changes: object) {
  return run(JSON.stringify({ ...WRITE, ...changes }));
}

describe("azure_activity", () => {
  contract(azure_activity, "azure_activity");
  expectFixture("azure_activity");

  test.each([
    ["Succeeded", true],
    ["failed", false],
    ["Accept", undefined],
    [5, undefined],
  ])("success: %s is %s", (resultType, success) => expect(event({ resultType }).details.success).toBe(success));

  test.each([
    ["Warning", "WARNING"],
    ["4", "INFO"],
    [2, "ERROR"],
  ])("severity: %s is %s", (level, severity) => expect(event({ level }).severity).toBe(severity));

  test.each([
    ["the name that the token claims", WRITE.identity, "mo@example.com"],
    ["the caller's own name", { claims: { name: "Mo" } }, "Mo"],
    ["an app's id", { claims: { appid: "a-1" } }, "a-1"],
    ["a text", "Mo@example.com", "mo@example.com"],
    ["nobody", {}, undefined],
  ])("user: %s", (_, identity, user) => expect(event({ identity }).details.user).toBe(user));

  test("a row of Log Analytics", () => {
    const row = {
      TimeGenerated: "2020-09-15T05:00:00Z",
      OperationNameValue: "MICROSOFT.COMPUTE/VIRTUALMACHINES/WRITE",
      CategoryValue: "Administrative",
      ActivityStatusValue: "Success",
      Caller: "mo@example.com",
      CallerIpAddress: "192.0.2.7",
      SubscriptionId: "s-1",
    };
    expect(run(JSON.stringify(row))).toMatchObject({
      source: "azure_activity",
      utctimestamp: "2020-09-15T05:00:00+00:00",
      details: { user: "mo@example.com", sourceipaddress: "192.0.2.7", account: "s-1", success: true },
    });
  });

  test.each([
    ["another category", { category: "StorageRead" }],
    ["an operation that is none of a provider's", { operationName: "Sign-in activity" }],
    ["a resource outside a subscription", { resourceId: "/tenants/t/providers/Microsoft.aadiam" }],
  ])("an event with %s passes it by", (_, changes) => expect(event(changes).source).not.toBe("azure_activity"));
});
