import { describe, expect, test } from "vitest";
import suricata from "../../plugins/normalize/suricata.ts";
import { contract, fixture, run } from "../contract.ts";
import { expectFixture } from "../expected.ts";

const ALERT = JSON.parse(fixture("suricata")[0] ?? "");

/** The fixture's alert with some of its fields replaced. */
function eve(fields: object) {
  return run(JSON.stringify({ ...ALERT, ...fields }));
}

describe("suricata", () => {
  contract(suricata, "suricata");
  expectFixture("suricata");

  test("ports, agent and action", () => {
    expect(eve({}).details).toMatchObject({
      sourceport: 40051,
      destinationport: 80,
      useragent: "curl/7.68.0",
      action: "allowed",
    });
  });

  test.each([
    [1, "ERROR"],
    [2, "WARNING"],
    [3, "NOTICE"],
    [255, "INFO"],
    ["high", "INFO"],
  ])("a rule's severity %s is %s", (severity, word) => expect(eve({ alert: { severity } }).severity).toBe(word));

  test.each([
    ["a name of Kerberos", { event_type: "krb5", krb5: { cname: "mo" } }, "mo"],
    ["a session of SMB", { event_type: "smb", smb: { ntlmssp: { user: "mo", domain: "EXAMPLE" } } }, "mo"],
    ["ftp's USER", { event_type: "ftp", ftp: { command: "USER", command_data: "anonymous" } }, "anonymous"],
    ["no other command's argument", { event_type: "ftp", ftp: { command: "PASS", command_data: "x" } }, undefined],
  ])("user: %s", (_, fields, user) => expect(eve(fields).details.user).toBe(user));

  test("Suricata 8 lists the questions of dns", () => {
    const dns = { version: 3, type: "request", queries: [{ rrname: "www.example.com", rrtype: "A" }] };
    expect(eve({ event_type: "dns", dns }).summary).toMatch(/^Suricata dns: www.example.com A from /);
  });

  test.each([
    ["no time", { timestamp: undefined }],
    ["another meaning of event_type", { flow_id: undefined, src_ip: undefined, event_type: "purchase" }],
    ["an event_type that is no text", { event_type: 5 }],
  ])("an event with %s passes it by", (_, fields) => expect(eve(fields).source).toBe("UNKNOWN"));
});
