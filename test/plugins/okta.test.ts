import { describe, expect, test } from "vitest";
import okta from "../../plugins/normalize/okta.ts";
import { contract, fixture, run } from "../contract.ts";
import { expectFixture } from "../expected.ts";

const LOGIN = JSON.parse(fixture("okta")[0] ?? "");

/** The first login of the fixture with some of its fields replaced. */
function event(changes: object) {
  return run(JSON.stringify({ ...LOGIN, ...changes }));
}

describe("okta", () => {
  contract(okta, "okta");
  expectFixture("okta");

  test.each([
    ["ALLOW is a success", { result: "ALLOW" }, true],
    ["a result in lower case counts", { result: "deny" }, false],
    ["SKIPPED is neither", { result: "SKIPPED" }, undefined],
    ["a result that is no text", { result: 5 }, undefined],
  ])("success: %s", (_, outcome, success) => expect(event({ outcome }).details.success).toBe(success));

  test.each([
    ["user.mfa.factor.activate", "iam"],
    ["user.mfa.okta_verify.deny_push", "authentication"],
    ["policy.rule.update", "configuration"],
    ["security.attack.start", "intrusion_detection"],
    ["something.new", "UNKNOWN"],
  ])("category: %s is %s", (eventType, category) => expect(event({ eventType }).category).toBe(category));

  test.each([
    ["WARN", "WARNING", "WARN"],
    ["DEBUG", "DEBUG", "DEBUG"],
    ["INFO", "INFO", undefined],
  ])("severity: %s is %s, and what Okta said is kept unless it is the default", (severity, column, kept) => {
    const said = event({ severity });
    expect(said.severity).toBe(column);
    expect(said.details.severity).toBe(kept);
  });

  test.each([
    ["the account it was done to", [{ type: "AppUser", alternateId: "Ada@example.com", id: "1" }], "ada@example.com"],
    ["not the actor's own", [{ type: "User", alternateId: "x@example.com", id: LOGIN.actor.id }], undefined],
    ["no group", [{ type: "UserGroup", displayName: "Operators", id: "2" }], undefined],
    ["no text", ["x", null], undefined],
  ])("targetuser: %s", (_, target, user) => expect(event({ target }).details.targetuser).toBe(user));

  test.each([
    ["no event type", { eventType: undefined }],
    ["no actor", { actor: "mo" }],
    ["no time of publication", { published: 5 }],
  ])("an event with %s passes it by", (_, changes) => expect(event(changes).source).toBe("UNKNOWN"));
});
