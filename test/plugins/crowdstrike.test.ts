import { describe, expect, test } from "vitest";
import crowdstrike from "../../plugins/normalize/crowdstrike.ts";
import { contract, fixture, run } from "../contract.ts";
import { expectFixture } from "../expected.ts";

const [DETECTION, SIGN_IN, , FIREWALL] = fixture("crowdstrike").map((line) => JSON.parse(line));

/** An event of the fixture with some fields of its body replaced. */
function event(base: { event: object }, changes: object, eventType?: string) {
  const metadata = eventType === undefined ? {} : { metadata: { customerIDString: "c", eventType } };
  return run(JSON.stringify({ ...base, ...metadata, event: { ...base.event, ...changes } }));
}

describe("crowdstrike", () => {
  contract(crowdstrike, "crowdstrike");
  expectFixture("crowdstrike");

  test.each([
    ["a name", { SeverityName: "Critical", Severity: 90 }, "CRITICAL"],
    ["a number of the old kind alone", { SeverityName: undefined, Severity: 2 }, "NOTICE"],
    ["a number that counts to 100 alone", { SeverityName: undefined, Severity: 90 }, "INFO"],
  ])("severity: %s", (_, changes, severity) => expect(event(DETECTION, changes).severity).toBe(severity));

  test("what came in has the remote end as its source, what went out as its destination", () => {
    expect(event(FIREWALL, {}).details).toMatchObject({ sourceipaddress: "198.51.100.134", destinationport: 445 });
    expect(event(FIREWALL, { ConnectionDirection: "2" }).details).toMatchObject({
      sourceipaddress: "192.0.2.131",
      destinationipaddress: "198.51.100.134",
      destinationport: 51000,
    });
  });

  test.each([
    ["1", true],
    ["2", false],
    ["0", undefined],
  ])("success: a firewall rule's action %s is %s", (RuleAction, success) => {
    expect(event(FIREWALL, { RuleAction }).details.success).toBe(success);
  });

  test.each([
    ["twoFactorAuthenticate", "authentication"],
    ["createUser", "iam"],
  ])("category: %s is %s", (OperationName, category) => {
    expect(event(SIGN_IN, { OperationName }).category).toBe(category);
  });

  test.each([
    ["IncidentSummaryEvent", "intrusion_detection"],
    ["IdpDetectionSummaryEvent", "intrusion_detection"],
    ["ReconNotificationSummaryEvent", "threat"],
    ["SomethingNewEvent", "host"],
  ])("category: %s is %s", (type, category) => expect(event(DETECTION, {}, type).category).toBe(category));

  test.each([
    ["no type", { ...DETECTION, metadata: { customerIDString: "c" } }],
    ["no body", { ...DETECTION, event: "x" }],
  ])("an event with %s passes it by", (_, json) => expect(run(JSON.stringify(json)).source).toBe("UNKNOWN"));
});
