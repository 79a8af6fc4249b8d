import { describe, expect, test } from "vitest";
import gcp_audit from "../../plugins/normalize/gcp_audit.ts";
import { contract, fixture, run } from "../contract.ts";
import { expectFixture } from "../expected.ts";

const [ENTRY, , READ, , MESSAGE] = fixture("gcp_audit").map((line) => JSON.parse(line));

/** The first entry of the fixture with some fields of its payload replaced. */
function entry(payload: object, changes: object = {}) {
  return run(JSON.stringify({ ...ENTRY, protoPayload: { ...ENTRY.protoPayload, ...payload }, ...changes }));
}

function message(data: string) {
  return run(JSON.stringify({ ...MESSAGE, message: { ...MESSAGE.message, data } }));
}

describe("gcp_audit", () => {
  contract(gcp_audit, "gcp_audit");
  expectFixture("gcp_audit");

  test.each([
    ["a status without a code is OK", { status: {} }, true],
    ["every code but zero is a failure", { status: { code: "5" } }, false],
    ["without a status a permission that was not granted tells", { status: undefined, authorizationInfo: [{}] }, false],
    ["without either nothing is said", { status: undefined, authorizationInfo: undefined }, undefined],
  ])("success: %s", (_, payload, success) => expect(entry(payload).details.success).toBe(success));

  test.each(["private", "gce-internal-ip", ""])("%j is no address", (callerIp) => {
    expect(entry({ requestMetadata: { callerIp } }).details).not.toHaveProperty("sourceipaddress");
  });

  test.each([
    ["login.googleapis.com", "google.login.LoginService.loginSuccess", "authentication"],
    ["run.googleapis.com", "google.iam.v1.IAMPolicy.SetIamPolicy", "iam"],
    ["pubsub.googleapis.com", "google.pubsub.v1.Publisher.CreateTopic", "configuration"],
  ])("category: %s, %s is %s", (serviceName, methodName, category) => {
    expect(entry({ serviceName, methodName }).category).toBe(category);
  });

  test("a Pub/Sub message becomes the entry that it holds, and keeps its attributes", () => {
    const { details } = run(JSON.stringify(MESSAGE));
    expect(details).toMatchObject({ insertid: "i5", subscription: MESSAGE.subscription, message: { messageid: "m5" } });
    expect(details.message).not.toHaveProperty("data");
  });

  test.each([
    ["no base64", "%%%"],
    ["something else", Buffer.from('{"a":1}').toString("base64")],
    ["broken JSON", Buffer.from('{"@type":"type.googleapis.com/google.cloud.audit.AuditLog"').toString("base64")],
    ["a list", Buffer.from('["type.googleapis.com/google.cloud.audit.AuditLog"]').toString("base64")],
  ])("a Pub/Sub message with %s passes it by", (_, data) => {
    expect(message(data)).toMatchObject({ source: "UNKNOWN", details: { message: { data } } });
  });

  test("another payload passes it by", () => {
    expect(entry({ "@type": "type.googleapis.com/google.appengine.logging.v1.RequestLog" }).source).toBe("UNKNOWN");
    expect(run(JSON.stringify({ ...READ, protoPayload: 5 })).source).toBe("UNKNOWN");
  });
});
