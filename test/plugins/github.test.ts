import { describe, expect, test } from "vitest";
import github from "../../plugins/normalize/github.ts";
import { contract, fixture, run } from "../contract.ts";
import { expectFixture } from "../expected.ts";

const ADDED = JSON.parse(fixture("github")[0] ?? "");

function event(changes: object) {
  return run(JSON.stringify({ ...ADDED, ...changes }));
}

describe("github", () => {
  contract(github, "github");
  expectFixture("github");

  test.each([
    ["the actor, whoever it was done to", {}, "ada-admin", "mo-dev"],
    ["the actor, who did it to itself", { user: "ada-admin" }, "ada-admin", undefined],
    ["the actor, of what has no user", { user: null }, "ada-admin", undefined],
    ["GitHub's user, where there is no actor", { actor: undefined }, "mo-dev", undefined],
  ])("user: %s", (_, changes, user, targetuser) => {
    expect(event(changes).details.user).toBe(user);
    expect(event(changes).details.targetuser).toBe(targetuser);
  });

  test.each([
    ["team.add_member", "iam"],
    ["org.remove_outside_collaborator", "iam"],
    ["hook.create", "configuration"],
    ["git.push", "file"],
    ["org.sso_response", "authentication"],
    ["dependabot_alert.create", "vulnerability"],
  ])("category: %s is %s", (action, category) => expect(event({ action }).category).toBe(category));

  test.each([
    ["user.login", true],
    ["pull_request_review.reject", false],
    ["repo.create", undefined],
  ])("success: %s is %s", (action, success) => expect(event({ action }).details.success).toBe(success));

  test.each([
    ["an action of another form", { action: "opened" }],
    ["no time", { "@timestamp": undefined, created_at: undefined }],
    ["an actor that is an object, and no id", { actor: { id: 1 }, _document_id: undefined }],
  ])("an event with %s passes it by", (_, changes) => expect(event(changes).source).toBe("UNKNOWN"));
});
