import { describe, expect, test } from "vitest";
import route53resolver from "../../plugins/normalize/route53resolver.ts";
import { contract, fixture, run } from "../contract.ts";
import { expectFixture } from "../expected.ts";

const QUERY = JSON.parse(fixture("route53resolver")[0] ?? "");

const query = (changes: object) => run(JSON.stringify({ ...QUERY, ...changes }));

describe("route53resolver", () => {
  contract(route53resolver, "route53resolver");
  expectFixture("route53resolver");

  test.each([
    ["NOERROR", {}, true],
    ["REFUSED", { rcode: "REFUSED" }, false],
    ["an answer that DNS Firewall replaced", { firewall_rule_action: "BLOCK" }, false],
    ["no code", { rcode: undefined }, undefined],
  ])("success: %s", (_, changes, success) => expect(query(changes).details.success).toBe(success));

  test("what was asked and answered can be searched for", () => {
    expect(query({}).details).toMatchObject({
      _domains: ["www.example.com"],
      _ipaddresses: ["10.0.0.7", "192.0.2.80"],
    });
  });

  test("no more than three answers are in the summary", () => {
    const answers = ["1", "2", "3", "4"].map((host) => ({ Rdata: `192.0.2.${host}`, Type: "A", Class: "IN" }));
    expect(query({ answers }).summary).toMatch(/NOERROR 192.0.2.1 192.0.2.2 192.0.2.3$/);
  });

  test("a query without a name is none of Route 53's", () => {
    expect(query({ query_name: undefined }).source).toBe("UNKNOWN");
  });
});
