import { describe, expect, test } from "vitest";
import securityhub from "../../plugins/normalize/securityhub.ts";
import { contract, fixture, run } from "../contract.ts";
import { expectFixture } from "../expected.ts";

const FINDING = JSON.parse(fixture("securityhub")[0] ?? "");

const finding = (changes: object) => run(JSON.stringify({ ...FINDING, ...changes }));

describe("securityhub", () => {
  contract(securityhub, "securityhub");
  expectFixture("securityhub");

  test.each([
    ["a label", { Label: "CRITICAL", Normalized: 1 }, "CRITICAL"],
    ["a number without a label", { Normalized: 40 }, "WARNING"],
    ["neither", {}, "INFO"],
  ])("severity: %s", (_, Severity, severity) => expect(finding({ Severity }).severity).toBe(severity));

  test.each([
    ["PASSED", true],
    ["FAILED", false],
    ["NOT_AVAILABLE", undefined],
  ])("success: a check that %s", (Status, success) =>
    expect(finding({ Compliance: { Status } }).details.success).toBe(success),
  );

  test("Security Hub's own Action stays what it is, and is read", () => {
    const remote = { RemoteIpDetails: { IpAddressV4: "203.0.113.11" } };
    const { details } = finding({ Action: { ActionType: "AWS_API_CALL", AwsApiCallAction: { Api: "X", ...remote } } });
    expect(details).toMatchObject({ sourceipaddress: "203.0.113.11", action: { actiontype: "AWS_API_CALL" } });
  });

  test.each([
    ["an empty list", '{"findings":[]}'],
    ["findings of another kind", '{"findings":[{"productarn":1}]}'],
  ])("%s is none of Security Hub's", (_, input) => expect(run(input).source).toBe("UNKNOWN"));
});
