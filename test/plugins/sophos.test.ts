import { describe, expect, test } from "vitest";
import sophos from "../../plugins/normalize/sophos.ts";
import { contract, fixture, run } from "../contract.ts";
import { expectFixture } from "../expected.ts";

const DETECTION = JSON.parse(fixture("sophos")[0] ?? "");
const INTRUSION = JSON.parse(fixture("sophos")[2] ?? "");

function event(changes: object, base: object = DETECTION) {
  return run(JSON.stringify({ ...base, ...changes }));
}

describe("sophos", () => {
  contract(sophos, "sophos");
  expectFixture("sophos");

  test("what Sophos calls source, severity and category is kept in details", () => {
    const { details, severity } = event({ category: "malware-x" });
    expect(severity).toBe("ERROR");
    expect(details).toMatchObject({ source: "EXAMPLE\\mo", severity: "high", category: "malware-x" });
  });

  test.each([
    ["an account without its domain", "EXAMPLE\\mo", "mo"],
    ["an account alone", "mo", "mo"],
    ["a full name", "Example, Mo", "Example, Mo"],
    ["n/a is nobody", "n/a", undefined],
    ["an empty text is nobody", "", undefined],
  ])("user: %s", (_, source, user) => expect(event({ source }).details.user).toBe(user));

  test.each([
    ["when", {}, "2020-09-15T09:01:02.345000+00:00"],
    ["created_at without when", { when: undefined }, "2020-09-15T09:01:02.300000+00:00"],
    ["created_at beside a when that is none", { when: "never" }, "2020-09-15T09:01:02.300000+00:00"],
    ["end, as the script calls when", { when: undefined, end: "2020-09-15T09:00:00Z" }, "2020-09-15T09:00:00+00:00"],
    [
      "rt, as it calls created_at",
      { when: undefined, created_at: undefined, rt: 1600160400 },
      "2020-09-15T09:00:00+00:00",
    ],
  ])("time: %s", (_, changes, time) => expect(event(changes).utctimestamp).toBe(time));

  test("the other side of an intrusion is the destination, also where the endpoint's own address is missing", () => {
    expect(event({ source_info: undefined }, INTRUSION).details).toMatchObject({
      sourceport: 445,
      destinationipaddress: "203.0.113.40",
      destinationport: 51515,
    });
    expect(event({ source_info: undefined }, INTRUSION).details).not.toHaveProperty("sourceipaddress");
  });

  test.each([
    ["Event::Firewall::LostConnectionToSophosCentral", "network", undefined],
    ["Event::Endpoint::UpdateFailure", "host", false],
    ["Event::Endpoint::CoreCleaned", "malware", undefined],
    ["Event::ADSync::Success", "iam", true],
  ])("%s: category %s, success %s", (type, category, success) => {
    expect(event({ type })).toMatchObject({ category });
    expect(event({ type }).details.success).toBe(success);
  });

  test.each([
    ["another type", { type: "association" }],
    ["no type", { type: undefined }],
  ])("an event with %s passes it by", (_, changes) => expect(event(changes).category).toBe("UNKNOWN"));
});
