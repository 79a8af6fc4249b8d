import { describe, expect, test } from "vitest";
import entra from "../../plugins/normalize/entra.ts";
import { contract, fixture, run } from "../contract.ts";
import { expectFixture } from "../expected.ts";

const [SIGN_IN, , , AUDIT, GRAPH] = fixture("entra").map((line) => JSON.parse(line));

/** The first sign-in of the fixture with some of its fields, and of its properties, replaced. */
function signIn(changes: object, properties: object = {}) {
  return run(JSON.stringify({ ...SIGN_IN, properties: { ...SIGN_IN.properties, ...properties }, ...changes }));
}

describe("entra", () => {
  contract(entra, "entra");
  expectFixture("entra");

  test.each([
    ["no error code is a success", { resultType: "0" }, { status: { errorCode: 0 } }, true],
    ["one that asks for more is no success", { resultType: "50074" }, { status: { errorCode: 50074 } }, false],
    ["the result's type counts without a status", { resultType: "50126" }, { status: undefined }, false],
    ["neither says nothing", { resultType: undefined }, { status: {} }, undefined],
  ])("success: %s", (_, changes, properties, success) => {
    expect(signIn(changes, properties).details.success).toBe(success);
  });

  test.each([
    ["the user's name", {}, "mo@example.com"],
    ["the display name without it", { userPrincipalName: "" }, "Mo Example"],
    ["the service principal's", { userPrincipalName: "", userDisplayName: "", servicePrincipalName: "job" }, "job"],
  ])("user: %s", (_, properties, user) => expect(signIn({}, properties).details.user).toBe(user));

  test.each([
    ["time", {}, "2020-09-15T06:01:02.123456+00:00"],
    ["createdDateTime without it", { time: undefined }, "2020-09-15T06:01:02.123456+00:00"],
  ])("time: %s", (_, changes, time) => expect(signIn(changes).utctimestamp).toBe(time));

  test("a row of Log Analytics, whose properties are its columns", () => {
    const row = { TimeGenerated: "2020-09-15T06:00:00Z", Type: "SigninLogs", OperationName: "Sign-in activity" };
    const event = run(
      JSON.stringify({ ...row, ResultType: "0", UserPrincipalName: "mo@example.com", IPAddress: "192.0.2.6" }),
    );
    expect(event).toMatchObject({ source: "entra", utctimestamp: "2020-09-15T06:00:00+00:00" });
    expect(event.details).toMatchObject({ user: "mo@example.com", sourceipaddress: "192.0.2.6", success: true });
  });

  test.each([
    ["another log", { ...SIGN_IN, category: "Administrative", operationName: "X/Y/WRITE" }],
    ["a sign-in without a status", { ...GRAPH, status: undefined }],
    ["an audit without an initiator", { ...AUDIT.properties, initiatedBy: undefined }],
  ])("%s passes it by", (_, event) => expect(run(JSON.stringify(event)).source).not.toBe("entra"));
});
