import { describe, expect, test } from "vitest";
import cloudtrail from "../../plugins/normalize/cloudtrail.ts";
import { contract, fixture, run } from "../contract.ts";
import { expectFixture } from "../expected.ts";

const CALL = JSON.parse(fixture("cloudtrail")[3] ?? "");

/** A call of the fixture with some of its fields replaced. */
function call(changes: object) {
  return run(JSON.stringify({ ...CALL, ...changes }));
}

const userOf = (userIdentity: object, changes = {}) => call({ userIdentity, ...changes }).details.user;

describe("cloudtrail", () => {
  contract(cloudtrail, "cloudtrail");
  expectFixture("cloudtrail");

  const issuer = (userName: string) => ({ sessionContext: { sessionIssuer: { type: "Role", userName } } });
  test.each([
    ["an IAM user", { type: "IAMUser", userName: "mo" }, "mo"],
    ["a role's session is the role", { type: "AssumedRole", principalId: "AROA:i-0abc", ...issuer("app") }, "app"],
    ["a session without an issuer is its own name", { type: "AssumedRole", principalId: "AROA:mo" }, "mo"],
    ["a web identity", { type: "WebIdentityUser", userName: "1234.apps.example.com" }, "1234.apps.example.com"],
    ["an e-mail address in lower case", { type: "SAMLUser", userName: "Mo@Example.com" }, "mo@example.com"],
    ["root, whatever the alias of the account", { type: "Root", userName: "alias" }, "root"],
    ["a service is no user", { type: "AWSService", invokedBy: "ec2.amazonaws.com" }, undefined],
    ["a hidden name", { type: "IAMUser", userName: "HIDDEN_DUE_TO_SECURITY_REASONS" }, undefined],
    ["an identity that is no object", "mo", undefined],
  ])("user: %s", (_, identity, user) => expect(userOf(Object(identity))).toBe(user));

  test.each([
    ["no error", {}, true],
    ["an error's code", { errorCode: "AccessDenied" }, false],
    ["an error's message alone", { errorMessage: "Failed authentication" }, false],
    ["a sign-in that failed", { eventName: "ConsoleLogin", responseElements: { ConsoleLogin: "Failure" } }, false],
    ["a switch of roles", { eventName: "SwitchRole", responseElements: { SwitchRole: "Success" } }, true],
    ["an insight is neither", { eventType: "AwsCloudTrailInsight" }, undefined],
  ])("success: %s", (_, changes, success) => expect(call(changes).details.success).toBe(success));

  test.each([
    ["AWS Internal", {}, "AWS Internal"],
    ["config.amazonaws.com", { userAgent: "aws-sdk" }, "config.amazonaws.com"],
    ["config.amazonaws.com", { userAgent: "config.amazonaws.com" }, undefined],
  ])("the source %s is no address", (sourceIPAddress, changes, kept) => {
    const { details } = call({ sourceIPAddress, ...changes });
    expect(details.sourceipaddress).toBeUndefined();
    expect(details.sourceaddress).toBe(kept);
  });

  test("what a person does in the console comes from where the person is", () => {
    const identity = { type: "IAMUser", userName: "mo", invokedBy: "signin.amazonaws.com" };
    const { details } = call({ sourceIPAddress: "203.0.113.7", userAgent: identity.invokedBy, userIdentity: identity });
    expect(details).toMatchObject({ user: "mo", sourceipaddress: "203.0.113.7" });
    expect(details.sourceaddress).toBeUndefined();
  });

  test("an address of the request is not the source of a service's call", () => {
    const name = "ssm.amazonaws.com";
    const service = { sourceIPAddress: name, userAgent: name, userIdentity: { type: "AWSService", invokedBy: name } };
    const { details } = call({ ...service, requestParameters: { ipAddress: "10.0.0.9" } });
    expect(details).toMatchObject({ sourceaddress: name, requestparameters: { ipaddress: "10.0.0.9" } });
    expect(details.sourceipaddress).toBeUndefined();
  });

  test.each([
    ["ec2", "CreateSecurityGroup", "network"],
    ["ec2", "StopInstances", "host"],
    ["kms", "Decrypt", "configuration"],
    ["lambda", "Invoke", "process"],
  ])("category: %s %s is %s", (service, eventName, category) =>
    expect(call({ eventSource: `${service}.amazonaws.com`, eventName }).category).toBe(category),
  );

  test("a nested time of the request is not the event's", () => {
    expect(call({ requestParameters: { timestamp: "2020-09-01T00:00:00Z" } }).utctimestamp).toBe(
      "2020-09-15T11:43:00+00:00",
    );
  });

  test.each([
    ["S3's notification", { eventSource: "aws:s3", eventType: undefined }],
    ["an event without a time and an identity", { eventTime: undefined, userIdentity: undefined }],
    ["another vendor's eventSource", { eventSource: "door", eventType: "swipe" }],
  ])("%s is none of CloudTrail's", (_, changes) => expect(call(changes).source).toBe("UNKNOWN"));
});
