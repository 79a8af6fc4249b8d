import { describe, expect, test } from "vitest";
import crowdstrike_fdr from "../../plugins/normalize/crowdstrike_fdr.ts";
import { contract, fixture, run } from "../contract.ts";
import { expectFixture } from "../expected.ts";

const [PROCESS, CONNECTION] = fixture("crowdstrike_fdr").map((line) => JSON.parse(line));

function event(base: object, changes: object) {
  return run(JSON.stringify({ ...base, ...changes }));
}

describe("crowdstrike_fdr", () => {
  contract(crowdstrike_fdr, "crowdstrike_fdr");
  expectFixture("crowdstrike_fdr", "crowdstrike");

  test("the address that the sensor is seen with is not the event's", () => {
    expect(event(PROCESS, {}).details).not.toHaveProperty("sourceipaddress");
  });

  test.each([
    ["the first of several", { LocalAddressIP4: "192.0.2.9 192.0.2.10" }, "192.0.2.9"],
    ["IPv6", { LocalAddressIP4: "", LocalAddressIP6: "2001:db8::9" }, "2001:db8::9"],
  ])("local address: %s", (_, changes, address) => {
    expect(event(CONNECTION, changes).details.sourceipaddress).toBe(address);
  });

  test.each([
    ["a name", {}, "mo"],
    ["the id without it", { UserName: "" }, "S-1-5-21-1-2-3-1001"],
    ["a number of Linux and macOS", { UserName: undefined, UserSid: undefined, UID: "501" }, "501"],
    ["none", { UserName: undefined, UserSid: undefined }, undefined],
  ])("user: %s", (_, changes, user) => expect(event(PROCESS, changes).details.user).toBe(user));

  test.each([
    ["UserLogon", "authentication", true],
    ["ProcessBlocked", "process", false],
    ["PeFileWritten", "file", true],
    ["RegGenericValueUpdate", "registry", true],
    ["ClassifiedModuleLoad", "library", true],
    ["DriverLoad", "driver", true],
    ["SensorHeartbeat", "host", true],
    ["EtwErrorEvent", "host", false],
    ["ScriptControlBlocked", "process", undefined],
    ["FileDetectInfo", "malware", undefined],
    ["NeighborListIP4", "host", undefined],
  ])("%s: category %s, success %s", (event_simpleName, category, success) => {
    expect(event(PROCESS, { event_simpleName })).toMatchObject({ category });
    expect(event(PROCESS, { event_simpleName }).details.success).toBe(success);
  });

  test.each([
    ["UTCTimestamp", { UTCTimestamp: "1600120800" }, "2020-09-14T22:00:00+00:00"],
    ["timestamp without it", {}, "2020-09-14T22:01:02.345000+00:00"],
    ["_time without both", { timestamp: undefined, _time: "1600120801" }, "2020-09-14T22:00:01+00:00"],
  ])("time: %s", (_, changes, time) => expect(event(PROCESS, changes).utctimestamp).toBe(time));

  test("an event without a sensor's or a customer's id passes it by", () => {
    expect(event(PROCESS, { aid: undefined, cid: 5 }).source).toBe("UNKNOWN");
  });
});
