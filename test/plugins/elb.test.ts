import { describe, expect, test } from "vitest";
import elb from "../../plugins/normalize/elb.ts";
import { contract, fixture, run } from "../contract.ts";
import { expectFixture } from "../expected.ts";

const LINES: string[] = fixture("elb").map((text) => JSON.parse(text).message);
const [APPLICATION = "", , , NETWORK = "", , CLASSIC = ""] = LINES;

const line = (message: string) => run(JSON.stringify({ message }));

describe("elb", () => {
  contract(elb, "elb");
  expectFixture("elb");

  test.each([
    [
      "an Application Load Balancer",
      APPLICATION,
      { sourceport: 46532, destinationport: 9000, action: "POST", hostname: "www.example.com" },
    ],
    [
      "a Network Load Balancer",
      NETWORK,
      { listener: "0fedcba987654321", alpn_client_preference_list: '"h2","http/1.1"' },
    ],
    ["a Classic Load Balancer", CLASSIC, { destinationport: 80, hostname: "www.example.com", elb: "classic-lb" }],
  ])("the fields of %s", (_, text, fields) => expect(line(text).details).toMatchObject(fields));

  test.each([
    ["of 17 fields, as before 2017", APPLICATION.split(" ").slice(0, 23).join(" "), "elb"],
    ["that is cut", APPLICATION.slice(0, 150), "UNKNOWN"],
    ["with a type of no load balancer", APPLICATION.replace("https ", "smtp "), "UNKNOWN"],
    ["that only begins with a time", `2020-09-15T11:55:38.123456Z web1 started ${"x".repeat(100)}`, "UNKNOWN"],
  ])("a line %s", (_, text, source) => expect(line(text).source).toBe(source));

  test("what a proxy in between added as type stays", () => {
    const event = run(JSON.stringify({ message: APPLICATION, type: "log" }));
    expect(event).toMatchObject({ source: "elb", details: { type: "log", elb: "app/web/0123456789abcdef" } });
  });
});
