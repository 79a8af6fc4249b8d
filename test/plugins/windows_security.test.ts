import { describe, expect, test } from "vitest";
import windows_security from "../../plugins/normalize/windows_security.ts";
import { contract, run } from "../contract.ts";
import { expectFixture } from "../expected.ts";

const PROVIDER = "Microsoft-Windows-Security-Auditing";

/** An event as Winlogbeat sends it. */
function audit(event_id: number, event_data: object, more: object = {}) {
  const winlog = { channel: "Security", provider_name: PROVIDER, computer_name: "dc1", event_id, event_data, ...more };
  return run(JSON.stringify({ "@timestamp": "2020-09-15T11:00:00Z", winlog }));
}

describe("windows_security", () => {
  contract(windows_security, "windows_security");
  expectFixture("windows_security");

  test.each([
    [4648, { SubjectUserName: "mo", TargetUserName: "root" }, { user: "mo", targetuser: "root" }],
    [4688, { SubjectUserName: "mo", TargetUserName: "-", NewProcessName: "C:\\x.exe" }, { user: "mo" }],
    [4740, { SubjectUserName: "DC1$", TargetUserName: "mo" }, { user: "DC1$", targetuser: "mo" }],
    [4769, { TargetUserName: "mo@EXAMPLE.COM", Status: "0x0" }, { user: "mo", success: true }],
    [4768, { TargetUserName: "mo", Status: "0x6" }, { user: "mo", success: false }],
    [
      4729,
      { MemberName: "-", MemberSid: "S-1-5-21-1", SubjectUserName: "mo" },
      { user: "mo", targetuser: "S-1-5-21-1" },
    ],
    [4778, { AccountName: "mo", ClientAddress: "203.0.113.1" }, { user: "mo", sourceipaddress: "203.0.113.1" }],
    [
      5156,
      { SourceAddress: "192.0.2.1", SourcePort: "5000", DestAddress: "198.51.100.1", DestPort: "443" },
      { sourceipaddress: "192.0.2.1", sourceport: 5000, destinationipaddress: "198.51.100.1", destinationport: 443 },
    ],
    [9999, { SubjectUserName: "mo" }, { user: "mo", action: "event-9999" }],
  ])("event %i with %j", (id, data, said) => expect(audit(id, data).details).toMatchObject(said));

  test.each([
    ["a keyword", { keywords: ["Audit Failure"] }, false],
    ["its number", { keywords: "0x8010000000000000" }, false],
    ["its number with a sign", { keywords: -9214364837600035000 }, true],
    ["an event that only succeeds", {}, true],
  ])("success: %s", (_, more, success) => expect(audit(4720, {}, more).details.success).toBe(success));

  test("an object that is not known says neither", () => {
    expect(audit(4663, { SubjectUserName: "mo" }).details).not.toHaveProperty("success");
  });

  test("no address is a dash, and the local one stays", () => {
    expect(audit(4624, { IpAddress: "-", IpPort: "-" }).details).not.toHaveProperty("sourceipaddress");
    expect(audit(4624, { IpAddress: "::1" }).details).toMatchObject({ sourceipaddress: "::1" });
  });

  test("ECS's own user, an object, gives way to the audit's", () => {
    const winlog = {
      channel: "Security",
      provider_name: PROVIDER,
      event_id: 4624,
      event_data: { TargetUserName: "mo" },
    };
    expect(run(JSON.stringify({ user: { name: "mo" }, winlog })).details).toMatchObject({
      user: "mo",
      _user: { name: "mo" },
    });
  });

  test.each([
    ["another channel", { channel: "Application" }],
    ["another provider", { provider_name: "ExampleApp" }],
    ["no number", { event_id: "x" }],
  ])("an event of %s passes it by", (_, more) => expect(audit(4624, {}, more).source).not.toBe("windows_security"));
});
