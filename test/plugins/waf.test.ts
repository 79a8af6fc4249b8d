import { describe, expect, test } from "vitest";
import waf from "../../plugins/normalize/waf.ts";
import { contract, fixture, run } from "../contract.ts";
import { expectFixture } from "../expected.ts";

const REQUEST = JSON.parse(fixture("waf")[0] ?? "");

const request = (changes: object) => run(JSON.stringify({ ...REQUEST, ...changes }));

describe("waf", () => {
  contract(waf, "waf");
  expectFixture("waf");

  test.each([
    ["ALLOW", true],
    ["BLOCK", false],
    ["CHALLENGE", false],
    ["COUNT", undefined],
  ])("success: %s is %s", (action, success) => expect(request({ action }).details.success).toBe(success));

  test("a forwarded address is not the client's", () => {
    const headers = [{ name: "X-Forwarded-For", value: "192.0.2.99" }];
    const { details } = request({ httpRequest: { ...REQUEST.httpRequest, headers }, "x-forwarded-for": "192.0.2.99" });
    expect(details).toMatchObject({
      sourceipaddress: "203.0.113.7",
      _ipaddresses: expect.arrayContaining(["192.0.2.99"]),
    });
  });

  test.each([
    ["without a request", { httpRequest: undefined }],
    ["without an action", { action: undefined }],
  ])("%s it is none of WAF's", (_, changes) => expect(request(changes).source).toBe("UNKNOWN"));
});
