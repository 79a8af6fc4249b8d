import { describe, expect, test } from "vitest";
import onepassword from "../../plugins/normalize/onepassword.ts";
import { contract, fixture, run } from "../contract.ts";
import { expectFixture } from "../expected.ts";

const [ATTEMPT, , USAGE, AUDIT] = fixture("onepassword").map((line) => JSON.parse(line));

function event(base: object, changes: object) {
  return run(JSON.stringify({ ...base, ...changes }));
}

describe("onepassword", () => {
  contract(onepassword, "onepassword");
  expectFixture("onepassword");

  test.each([
    ["firewall_reported_success", true],
    ["mfa_failed", false],
    ["a_new_one", false],
  ])("success: a sign-in attempt that is %s is %s", (category, success) => {
    const { details, category: ours } = event(ATTEMPT, { category });
    expect(details).toMatchObject({ success, category });
    expect(ours).toBe("authentication");
  });

  test("of an item usage user is the address, and the object is beside it", () => {
    expect(event(USAGE, {}).details).toMatchObject({ user: "mo@example.com", _user: { name: "Mo Example" } });
  });

  test.each([
    ["the account that is the object", {}, "ada@example.com"],
    ["the member of a group", { object_type: "gm", aux_details: { email: "mo@example.com" } }, "mo@example.com"],
    ["nobody of a vault", { object_type: "vault", object_details: undefined }, undefined],
  ])("targetuser: %s", (_, changes, user) => expect(event(AUDIT, changes).details.targetuser).toBe(user));

  test.each([
    ["a sign-in attempt without a category", { ...ATTEMPT, category: undefined }],
    ["a usage without an item", { ...USAGE, item_uuid: undefined }],
    ["an audit event without an object", { ...AUDIT, object_type: undefined }],
    ["an event without an id", { ...AUDIT, uuid: undefined }],
  ])("%s passes it by", (_, json) => expect(run(JSON.stringify(json)).source).toBe("UNKNOWN"));
});
