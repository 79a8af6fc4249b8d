import { describe, expect, test } from "vitest";
import slack from "../../plugins/normalize/slack.ts";
import { contract, fixture, run } from "../contract.ts";
import { expectFixture } from "../expected.ts";

const [LOGIN, , , DOWNLOAD] = fixture("slack").map((line) => JSON.parse(line));

function event(changes: object) {
  return run(JSON.stringify({ ...LOGIN, ...changes }));
}

describe("slack", () => {
  contract(slack, "slack");
  expectFixture("slack");

  test.each([
    ["user_logout", "authentication", true],
    ["file_downloaded_blocked", "file", false],
    ["file_malicious_content_detected", "malware", undefined],
    ["user_created", "iam", undefined],
    ["pref.sso_setting_changed", "configuration", undefined],
  ])("%s: category %s, success %s", (action, category, success) => {
    expect(event({ action })).toMatchObject({ category });
    expect(event({ action }).details.success).toBe(success);
  });

  test("a file is named", () => {
    expect(run(JSON.stringify(DOWNLOAD)).summary).toBe(
      "mo@example.com: file_downloaded of file plan.pdf from IP 203.0.113.111",
    );
  });

  test.each([
    ["no actor", { actor: undefined }],
    ["no entity", { entity: undefined }],
    ["a time that is none", { date_create: "soon" }],
    ["no action", { action: 5 }],
  ])("an event with %s passes it by", (_, changes) => expect(event(changes).source).toBe("UNKNOWN"));
});
