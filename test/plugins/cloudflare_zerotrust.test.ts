import { describe, expect, test } from "vitest";
import cloudflare_zerotrust from "../../plugins/normalize/cloudflare_zerotrust.ts";
import { contract, fixture, run } from "../contract.ts";
import { expectFixture } from "../expected.ts";

const [ACCESS, DNS, HTTP] = fixture("cloudflare_zerotrust").map((line) => JSON.parse(line));

describe("cloudflare_zerotrust", () => {
  contract(cloudflare_zerotrust, "cloudflare_zerotrust");
  expectFixture("cloudflare_zerotrust", "cloudflare");

  test.each([
    ["allowedOnNoPolicyMatch", true],
    ["blockedByCategory", false],
    ["overrideForSafeSearch", undefined],
  ])("success: a resolver's %s is %s", (ResolverDecision, success) => {
    expect(run(JSON.stringify({ ...DNS, ResolverDecision })).details.success).toBe(success);
  });

  test.each([
    ["isolate", true],
    ["quarantine", false],
    ["scan", undefined],
  ])("success: a policy's %s is %s", (Action, success) => {
    const { details } = run(JSON.stringify({ ...HTTP, Action }));
    expect(details.action).toBe(Action);
    expect(details.success).toBe(success);
  });

  test("an Access request of the API, in other letters", () => {
    const request = {
      action: "login",
      allowed: true,
      app_domain: "wiki.example.com",
      created_at: "2020-09-15T00:00:00Z",
    };
    const event = run(JSON.stringify({ ...request, user_email: "mo@example.com", ip_address: "192.0.2.7" }));
    expect(event).toMatchObject({ source: "cloudflare", utctimestamp: "2020-09-15T00:00:00+00:00" });
    expect(event.details).toMatchObject({ user: "mo@example.com", sourceipaddress: "192.0.2.7", success: true });
  });

  test.each([
    ["a policy without a verdict", { ...HTTP, Action: undefined }],
    ["a policy of something else", { Datetime: "2020-09-15T00:00:00Z", PolicyID: "p", Action: "allow" }],
    ["a request that was neither allowed nor refused", { ...ACCESS, Allowed: undefined }],
  ])("%s passes it by", (_, json) => expect(run(JSON.stringify(json)).source).toBe("UNKNOWN"));
});
