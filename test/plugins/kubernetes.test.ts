import { describe, expect, test } from "vitest";
import kubernetes from "../../plugins/normalize/kubernetes.ts";
import { contract, fixture, run } from "../contract.ts";
import { expectFixture } from "../expected.ts";

const REQUEST = JSON.parse(fixture("kubernetes")[0] ?? "");

const request = (changes: object) => run(JSON.stringify({ ...REQUEST, ...changes }));
const decided = (decision: string) => ({ annotations: { "authorization.k8s.io/decision": decision } });

describe("kubernetes", () => {
  contract(kubernetes, "kubernetes");
  expectFixture("kubernetes");

  test("user is the name; Kubernetes' own object is beside it", () => {
    const { details } = request({});
    expect(details).toMatchObject({ user: "mo@example.com", _user: REQUEST.user, _users: ["mo@example.com"] });
  });

  test.each([
    ["a code of success", {}, true],
    ["a refusal, whatever the code", decided("forbid"), false],
    ["allowed, but not there", { responseStatus: { code: 404 } }, false],
    ["allowed, and no code yet", { responseStatus: undefined }, true],
    ["nothing known", { responseStatus: undefined, annotations: undefined }, undefined],
  ])("success: %s", (_, changes, success) => expect(request(changes).details.success).toBe(success));

  test.each([
    ["tokenreviews", "authentication"],
    ["rolebindings", "iam"],
    ["configmaps", "configuration"],
  ])("category: %s are about %s", (resource, category) =>
    expect(request({ objectRef: { resource } }).category).toBe(category),
  );

  test.each([
    ["an event of the cluster", { apiVersion: "v1" }],
    ["a list of events", { kind: "EventList" }],
  ])("%s is no audit event", (_, changes) => expect(request(changes).source).toBe("UNKNOWN"));
});
