import { describe, expect, test } from "vitest";
import cloudfront from "../../plugins/normalize/cloudfront.ts";
import { contract, fixture, run } from "../contract.ts";
import { expectFixture } from "../expected.ts";

const REQUEST = JSON.parse(fixture("cloudfront")[0] ?? "");
const STANDARD = JSON.parse(fixture("cloudfront")[3] ?? "").message;
const REAL_TIME = JSON.parse(fixture("cloudfront")[4] ?? "").message;

const request = (changes: object) => run(JSON.stringify({ ...REQUEST, ...changes }));
const line = (message: string) => run(JSON.stringify({ message }));

describe("cloudfront", () => {
  contract(cloudfront, "cloudfront");
  expectFixture("cloudfront");

  test.each([
    ["304 is no failure", "304", true],
    ["400 is one", 400, false],
    ["000, when the viewer went away", "000", false],
    ["no status", "-", undefined],
  ])("success: %s", (_, status, success) => expect(request({ "sc-status": status }).details.success).toBe(success));

  test.each([
    ["escaped once", "Mozilla/5.0%20(X11)", "Mozilla/5.0 (X11)"],
    ["escaped twice", "Mozilla/5.0%2520(X11)", "Mozilla/5.0 (X11)"],
    ["with a lone percent sign", "100%-bot", "100%-bot"],
    ["none", "-", undefined],
  ])("useragent: %s", (_, agent, useragent) =>
    expect(request({ "cs(User-Agent)": agent }).details.useragent).toBe(useragent),
  );

  test("the names may have underscores", () => {
    const names = {
      c_ip: "203.0.113.5",
      sc_status: "200",
      x_edge_result_type: "Hit",
      x_host_header: "www.example.com",
    };
    expect(run(JSON.stringify(names)).details).toMatchObject({ sourceipaddress: "203.0.113.5", success: true });
  });

  test.each([
    ["a standard line", STANDARD, "cloudfront"],
    ["a standard line of 2014, with 24 fields", STANDARD.split("\t").slice(0, 24).join("\t"), "cloudfront"],
    ["a real-time line", REAL_TIME, "cloudfront"],
    ["a real-time line of chosen fields", REAL_TIME.split("\t").slice(0, 12).join("\t"), "UNKNOWN"],
    ["the header of a file", "#Version: 1.0", "UNKNOWN"],
    ["a table of anything", "a\tb\tc", "UNKNOWN"],
  ])("%s", (_, text, source) => expect(line(text).source).toBe(source));
});
