import { describe, expect, test } from "vitest";
import guardduty from "../../plugins/normalize/guardduty.ts";
import { contract, fixture, run } from "../contract.ts";
import { expectFixture } from "../expected.ts";

const FINDING = JSON.parse(fixture("guardduty")[0] ?? "");

const finding = (changes: object) => run(JSON.stringify({ ...FINDING, ...changes }));

describe("guardduty", () => {
  contract(guardduty, "guardduty");
  expectFixture("guardduty");

  test.each([
    [0.5, "INFO"],
    [2, "NOTICE"],
    [6.9, "WARNING"],
    [7, "ERROR"],
    [9.1, "CRITICAL"],
  ])("severity: %s is %s, and GuardDuty's number is kept", (severity, column) => {
    const event = finding({ severity });
    expect(event.severity).toBe(column);
    expect(event.details.severity).toBe(String(severity));
  });

  test("an RDS login has its database user and its source", () => {
    const event = finding({
      resource: { resourceType: "RDSDBInstance", rdsDbUserDetails: { user: "postgres" } },
      service: {
        serviceName: "guardduty",
        action: {
          actionType: "RDS_LOGIN_ATTEMPT",
          rdsLoginAttemptAction: { remoteIpDetails: { ipAddressV6: "2001:db8::9" } },
        },
      },
    });
    expect(event.details).toMatchObject({
      user: "postgres",
      sourceipaddress: "2001:db8::9",
      action: "RDS_LOGIN_ATTEMPT",
    });
  });

  test.each([
    ["without an action", { service: { serviceName: "guardduty" } }, "guardduty"],
    ["of another service", { service: { serviceName: "macie" } }, "UNKNOWN"],
    ["without a type", { type: undefined }, "UNKNOWN"],
  ])("a finding %s", (_, changes, source) => expect(finding(changes).source).toBe(source));
});
