import { describe, expect, test } from "vitest";
import github_webhook from "../../plugins/normalize/github_webhook.ts";
import { ARRIVAL, contract, fixture, run } from "../contract.ts";
import { expectFixture } from "../expected.ts";

const [PUSH, PULL, RUN] = fixture("github_webhook").map((line) => JSON.parse(line));

describe("github_webhook", () => {
  contract(github_webhook, "github_webhook");
  expectFixture("github_webhook", "github");

  test.each([
    ["success", true],
    ["timed_out", false],
    ["skipped", undefined],
    [null, undefined],
  ])("success: a run that concludes %s is %s", (conclusion, success) => {
    const event = { ...RUN, workflow_run: { ...RUN.workflow_run, conclusion } };
    expect(run(JSON.stringify(event)).details.success).toBe(success);
  });

  test("a payload without a time keeps the arrival, not the time of a commit or of the repository", () => {
    expect(run(JSON.stringify({ ...PULL, pull_request: {} })).utctimestamp).toBe(ARRIVAL);
    expect(run(JSON.stringify(PUSH)).utctimestamp).toBe("2020-09-15T03:01:02+00:00");
  });

  test.each([
    ["a sender that is a text", { sender: "mo" }],
    ["a sender without a number", { sender: { login: "mo" } }],
    ["nothing that it was done to", { repository: undefined, organization: undefined }],
  ])("an event with %s passes it by", (_, changes) => {
    expect(run(JSON.stringify({ ...PULL, ...changes })).source).toBe("UNKNOWN");
  });
});
