import { describe, expect, test } from "vitest";
import sysmon from "../../plugins/normalize/sysmon.ts";
import { contract, fixture, run } from "../contract.ts";
import { expectFixture } from "../expected.ts";

/** An event as Winlogbeat sends it. */
function sysmonEvent(event_id: number, event_data: object, more: object = {}) {
  const winlog = {
    channel: "Microsoft-Windows-Sysmon/Operational",
    computer_name: "pc1",
    event_id,
    event_data,
    ...more,
  };
  return run(JSON.stringify({ "@timestamp": "2020-09-15T11:00:00Z", winlog }));
}

describe("sysmon", () => {
  contract(sysmon, "sysmon");
  expectFixture("sysmon");

  test("a flat export keeps the domain that its user had", () => {
    expect(run(fixture("sysmon")[1] ?? "").details).toMatchObject({ user: "ada", userdomain: "EXAMPLE" });
  });

  test.each([
    [1, "process-created", "process"],
    [8, "remote-thread-created", "process"],
    [12, "registry-object-added-or-deleted", "registry"],
    [23, "file-deleted", "file"],
    [99, "event-99", "host"],
  ])("event %i is %s, about %s", (id, action, category) => {
    expect(sysmonEvent(id, {})).toMatchObject({ category, details: { action } });
  });

  test.each([
    ["Sysmon's time wins over the log's", { UtcTime: "2020-09-15 10:59:59.5" }, "2020-09-15T10:59:59.500000+00:00"],
    ["the log's, when Sysmon's is none", { UtcTime: "-" }, "2020-09-15T11:00:00+00:00"],
  ])("time: %s", (_, data, time) => expect(sysmonEvent(1, data).utctimestamp).toBe(time));

  test("a name that was not found says nothing of success", () => {
    expect(sysmonEvent(22, { QueryStatus: "9003" }).details).not.toHaveProperty("success");
    expect(sysmonEvent(1, { QueryStatus: "0" }).details).not.toHaveProperty("success");
  });

  test("both accounts of an access", () => {
    const data = { SourceUser: "EXAMPLE\\mo", TargetUser: "NT AUTHORITY\\SYSTEM" };
    expect(sysmonEvent(10, data).details).toMatchObject({ user: "mo", targetuser: "SYSTEM" });
  });

  test("another channel passes it by", () => {
    expect(sysmonEvent(1, {}, { channel: "Security" }).source).not.toBe("sysmon");
  });
});
