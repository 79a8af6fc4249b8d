import { describe, expect, test } from "vitest";
import meraki_syslog from "../../plugins/normalize/meraki_syslog.ts";
import { contract, run } from "../contract.ts";
import { expectFixture } from "../expected.ts";

function line(text: string) {
  return run(JSON.stringify({ message: `1600164001.5 MX84 ${text}` }));
}

describe("meraki_syslog", () => {
  contract(meraki_syslog, "meraki_syslog");
  expectFixture("meraki_syslog", "meraki");

  test.each([
    ["flows src=192.0.2.1 dst=192.0.2.2 pattern: 0 all", true],
    ["flows src=192.0.2.1 dst=192.0.2.2 pattern: deny (dst 192.0.2.0/24)", false],
    ["flows src=192.0.2.1 dst=192.0.2.2 pattern: Group Policy Allow", true],
    ["vpn_firewall src=192.0.2.1 dst=192.0.2.2 protocol=icmp pattern: 1 all", false],
    ["flows src=192.0.2.1 dst=192.0.2.2 protocol=icmp type=8", undefined],
    ["security_event ids_alerted src=192.0.2.1:1 dst=192.0.2.2:2 decision=allowed message: x", true],
    ["events type=8021x_eap_success identity='mo'", true],
    ["events type=wpa_deauth vap='2'", undefined],
    ["urls src=192.0.2.1:1 dst=192.0.2.2:2 request: UNKNOWN http://deny.example.com/...", undefined],
  ])("success: %s", (text, success) => expect(line(text).details.success).toBe(success));

  test.each([
    ["urls src=[2001:db8::3]:6252 dst=[2001:db8::4]:80 mac=0 request: GET http://x", ["2001:db8::3", 6252]],
    [
      "airmarshal_events type=ssid_spoofing_detected src='64:92:49:26:99:64' dst='00:00:48:04:00:1F'",
      [undefined, undefined],
    ],
    [
      "ip_flow_end src=192.0.2.1 dst=192.0.2.2 protocol=udp sport=0 dport=53 translated_src_ip=203.0.113.1",
      ["192.0.2.1", undefined],
    ],
  ])("source and its port: %s", (text, [address, port]) => {
    const { details } = line(text);
    expect([details.sourceipaddress, details.sourceport]).toEqual([address, port]);
  });

  test("pairs become fields, and none of the event's own is changed", () => {
    const json = {
      mac: "mine",
      message: "1600164001.5 MX84 urls src=192.0.2.1:1 mac=0 sha256=ab agent='a b' request: GET x",
    };
    expect(run(JSON.stringify(json)).details).toMatchObject({
      mac: "mine",
      sha256: "ab",
      agent: "a b",
      message: json.message,
    });
  });

  test.each([
    ["no kind of Meraki's", "1600164001.5 host nginx src=192.0.2.1"],
    ["no time before the device", "MX84 flows src=192.0.2.1 dst=192.0.2.2"],
    ["a kind that stands far behind", `${"word ".repeat(20)}1600164001.5 MX84 flows src=192.0.2.1`],
    ["a kind alone", "flows"],
  ])("a line with %s passes it by", (_, message) => expect(run(JSON.stringify({ message })).source).toBe("UNKNOWN"));
});
