import { describe, expect, test } from "vitest";
import gsuite_activity from "../../plugins/normalize/gsuite_activity.ts";
import { contract, fixture, run } from "../contract.ts";
import { expectFixture } from "../expected.ts";

const ACTIVITY = JSON.parse(fixture("gsuite_activity")[0] ?? "");

function activity(changes: object) {
  return run(JSON.stringify({ ...ACTIVITY, ...changes }));
}

function named(name: unknown, ...parameters: object[]) {
  return { events: [{ type: "X", name, parameters }] };
}

describe("gsuite_activity", () => {
  contract(gsuite_activity, "gsuite_activity", "gsuite");
  expectFixture("gsuite_activity", "gsuite");

  test("a login in the API's own form is left to gsuite_login", () => {
    const event = run(fixture("gsuite")[0] ?? "");
    expect(event.summary).toBe("someone@somewhere.com login_success from IP 203.0.113.7");
    expect(event.details).not.toHaveProperty("action");
  });

  test.each([
    ["an account setting is about accounts", named("SUSPEND_USER"), "iam"],
    ["a setting is configuration", named("CHANGE_SITES_SETTING"), "configuration"],
    ["a switch is configuration", named("TOGGLE_SSO_ENABLED"), "configuration"],
    ["an application that is not known has no category", { id: { applicationName: "later" } }, "UNKNOWN"],
    ["a document", { id: { applicationName: "drive" } }, "file"],
  ])("category: %s", (_, changes, category) => expect(activity(changes).category).toBe(category));

  test.each([
    ["a denial", named("ACCESS_DENY_EVENT"), false],
    ["most names tell neither", named("CREATE_USER"), undefined],
    ["a name that is no text", named({}), undefined],
  ])("success: %s", (_, changes, success) => expect(activity(changes).details.success).toBe(success));

  test.each([
    ["the account", named("x", { name: "USER_EMAIL", value: "New@example.com" }), "new@example.com"],
    ["no account but one's own", named("x", { name: "USER_EMAIL", value: ACTIVITY.actor.email }), undefined],
    ["no text that is no account", named("x", { name: "target", value: "everyone" }), undefined],
    ["no list", named("x", { name: "USER_EMAIL", multiValue: ["a@example.com"] }), undefined],
  ])("targetuser: %s", (_, changes, user) => expect(activity(changes).details.targetuser).toBe(user));

  test.each([
    ["another kind", { kind: "Event" }],
    ["no application", { id: {} }],
  ])("an event with %s has no more than gsuite_login sets", (_, changes) => {
    expect(activity(changes).details).not.toHaveProperty("action");
  });
});
