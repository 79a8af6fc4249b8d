import { describe, expect, test } from "vitest";
import office365 from "../../plugins/normalize/office365.ts";
import { contract, fixture, run } from "../contract.ts";
import { expectFixture } from "../expected.ts";

const [LOGIN, , DOWNLOAD] = fixture("office365").map((line) => JSON.parse(line));

function event(changes: object, base: object = LOGIN) {
  return run(JSON.stringify({ ...base, ...changes }));
}

const DLP = { ...DOWNLOAD, ResultStatus: undefined, Operation: "DLPRuleMatch" };

describe("office365", () => {
  contract(office365, "office365");
  expectFixture("office365");

  test.each([
    ["a failed sign-in, whatever its ResultStatus", { Operation: "UserLoginFailed", ResultStatus: "Success" }, false],
    ["PartiallySucceeded", { ResultStatus: "PartiallySucceeded" }, true],
    ["a cmdlet's False", { ResultStatus: "False" }, false],
    ["a boolean", { ResultStatus: true }, true],
    ["a word that is not known", { ResultStatus: "Interrupted" }, undefined],
    ["none, of a directory", { ResultStatus: undefined }, true],
    ["what Power BI has instead", { ResultStatus: undefined, IsSuccess: false }, false],
    ["a rule that blocks", { ...DLP, PolicyDetails: [{ Rules: [{ Actions: ["NotifyUser", "BlockAccess"] }] }] }, false],
    ["a rule that only tells", { ...DLP, PolicyDetails: [{ Rules: [{ Actions: ["NotifyUser"] }, "x"] }] }, true],
    ["none, of a file", { ...DOWNLOAD, ResultStatus: undefined }, true],
    ["none, of a policy's match", DLP, undefined],
    [
      "none, of what was refused",
      { ...DOWNLOAD, ResultStatus: undefined, Operation: "SharingInvitationBlocked" },
      undefined,
    ],
  ])("success: %s", (_, changes, success) => expect(event(changes).details.success).toBe(success));

  test.each([
    ["an address with a port", { ClientIP: "203.0.113.9:1024" }, "203.0.113.9", 1024],
    ["IPv6 in brackets with a port", { ClientIP: "[2001:db8::9]:1024" }, "2001:db8::9", 1024],
    ["IPv4 within IPv6", { ClientIP: "::ffff:203.0.113.9" }, "203.0.113.9", undefined],
    ["ClientIPAddress first", { ClientIPAddress: "203.0.113.9" }, "203.0.113.9", undefined],
    ["ActorIpAddress without the others", { ClientIP: "" }, "203.0.113.51", undefined],
  ])("address: %s", (_, changes, address, port) => {
    expect(event(changes).details).toMatchObject({ sourceipaddress: address });
    expect(event(changes).details.sourceport).toBe(port);
  });

  test.each([
    ["TeamsSessionStarted", "MicrosoftTeams", "authentication"],
    ["MemberAdded", "MicrosoftTeams", "iam"],
    ["Update user.", "AzureActiveDirectory", "iam"],
    ["ViewReport", "PowerBI", "web"],
  ])("category: %s of %s is %s", (Operation, Workload, category) => {
    expect(event({ Operation, Workload, RecordType: 99 }).category).toBe(category);
  });

  test.each([
    ["no workload", { Workload: undefined }],
    ["no record type", { RecordType: undefined }],
    ["a time that is no text", { CreationTime: 5 }],
  ])("an event with %s passes it by", (_, changes) => expect(event(changes).source).toBe("UNKNOWN"));
});
