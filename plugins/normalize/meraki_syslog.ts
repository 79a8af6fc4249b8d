import type { LakeEvent } from "../../core/event.ts";
import type { JsonObject } from "../../core/json.ts";
import { takeOver } from "../../core/layer.ts";
import { pairsIn } from "../../core/logline.ts";
import { definePlugin, type Metadata } from "../../core/plugin.ts";
import { toUTC } from "../../core/time.ts";
import { COMMON_NAMES, setCommon } from "../../core/vendor.ts";

/** The word after the device's name, and what such lines are about; firmware MX18.101 has `firewall` for `flows`. */
const KINDS = new Map([
  ["flows", "network"],
  ["firewall", "network"],
  ["vpn_firewall", "network"],
  ["cellular_firewall", "network"],
  ["bridge_anyconnect_client_vpn_firewall", "network"],
  ["l7_firewall", "network"],
  ["ip_flow_start", "network"],
  ["ip_flow_end", "network"],
  ["urls", "web"],
  ["events", "network"],
  ["ids-alerts", "intrusion_detection"],
  ["security_event", "intrusion_detection"],
  ["airmarshal_events", "intrusion_detection"],
]);

/** What the type of an event begins with, where that says more than the kind. */
const TYPES: readonly (readonly [type: RegExp, category: string])[] = [
  [/^(?:wpa_|8021x_|splash_auth|radius_)/, "authentication"],
  [/^(?:client_vpn|anyconnect_vpn)/, "session"],
  [/^security_filtering/, "malware"],
];

/** Verdicts of rules and of intrusion prevention, and types of events that are outcomes. */
const GOOD =
  /^(?:allow|allowed|8021x_eap_success|wpa_auth|splash_auth|(?:client|anyconnect)_vpn_connect|anyconnect_vpn_auth_success)$/i;
const BAD = /^(?:deny|denied|block|blocked|8021x_eap_failure|anyconnect_vpn_auth_failure)$/i;

/** Whose connection an event of the client VPN is about: `user id 'mo'`, and of AnyConnect `User[mo]` and `User=mo: `. */
const USER = /\buser id '([^']{1,200})'|\bUser\[([^\]]{1,200})\]|\bUser=([^\s:]{1,200})/;

/** Where such a client is, and whose ARP packet was blocked. */
const PEER = /\b(?:(?:re)?connected from |Peer IP=|ARP Packet from \S{1,30} with IP )([\da-f.:]{3,45})/i;

/** Of inbound flows, the pattern's first word; outbound ones have words there. */
const INBOUND = new Map([
  ["0", "allow"],
  ["1", "deny"],
]);

/**
 * Cisco Meraki syslog lines of MX, MR and MS devices in `message`, with or without the header that a relay adds.
 *
 * Sets source, category, summary, utctimestamp, details.action, hostname, user, useragent, the addresses and ports of
 * both ends, and success where there is a verdict. The line's `key=value` pairs become fields of details unless there
 * is one of that name.
 *
 * @see Meraki Documentation, "Syslog Event Types and Log Samples" and "Syslog Server Overview and Configuration"
 */
export default definePlugin({
  name: "meraki_syslog",
  registration: ["message"],
  priority: 20,
  after: ["timestamps", "ip_addresses"],
  shallow: true,
  fields: [...COMMON_NAMES, "message", "protocol"],
  onMessage(event, metadata) {
    const { message } = event.details;
    const line = typeof message === "string" ? lineIn(message) : undefined;
    return line ? normalize(event, line, metadata) : event;
  },
  examples: [
    {
      in: `{"message":"<134>1 1600167600.774247467 MX84 flows allow src=192.0.2.254 dst=198.51.100.8 mac=00:00:5E:00:53:01 protocol=udp sport=9562 dport=53"}`,
      out: {
        source: "meraki",
        category: "network",
        utctimestamp: "2020-09-15T11:00:00.774247+00:00",
        summary: "MX84: allow udp from 192.0.2.254 port 9562 to 198.51.100.8 port 53",
        sourceipaddress: "192.0.2.254",
        destinationipaddress: "198.51.100.8",
        destinationport: 53,
        success: true,
      },
    },
  ],
});

interface Line {
  readonly time: string;
  readonly device: string;
  readonly kind: string;
  /** What follows the kind. */
  readonly rest: string;
}

/** A time in seconds with a fraction, as a word of a line. */
const TIME = /^\d{9,10}\.\d{1,9}$/;
const SOME_TIME = /(?:^| )\d{9,10}\.\d{1,9} /;

/** A line has, among its first words, the time in seconds with a fraction, the device's name and its kind. */
function lineIn(message: string): Line | undefined {
  const start = message.slice(0, 300);
  if (!SOME_TIME.test(start)) return undefined;
  const words = start.split(" ").slice(0, 12);
  const at = words.findIndex((word, i) => KINDS.has(word) && TIME.test(words[i - 2] ?? ""));
  const [time, device, kind] = words.slice(at - 2);
  if (at < 2 || time === undefined || device === undefined || kind === undefined) return undefined;
  const end = words.slice(0, at + 1).join(" ").length;
  return { time, device, kind, rest: message.slice(end).trim() };
}

function normalize(event: LakeEvent, { time, device, kind, rest }: Line, { arrivalMs }: Metadata): LakeEvent {
  const { details } = event;
  const pairs = pairsIn(rest);
  const word = /^[\w-]{1,60}(?=\s|$)/.exec(rest)?.[0];
  const isTyped = kind === "events" || kind === "security_event" || kind === "airmarshal_events";
  const type = isTyped ? (pairs.get("type") ?? word) : undefined;
  const verdict = pairs.get("decision") ?? pairs.get("action") ?? verdictIn(rest) ?? (isTyped ? type : word);
  takeOver(event, "meraki");
  event.category = TYPES.find(([start]) => start.test(type ?? ""))?.[1] ?? KINDS.get(kind) ?? event.category;
  event.utctimestamp = toUTC(microseconds(time), arrivalMs) ?? event.utctimestamp;
  setCommon(details, {
    user:
      pairs.get("identity") ??
      USER.exec(rest)
        ?.slice(1)
        .find((name) => name !== undefined),
    hostname: device,
    action: type ?? kind,
    success: verdict === undefined ? undefined : GOOD.test(verdict) || (BAD.test(verdict) ? false : undefined),
    sourceipaddress: pairs.get("src") ?? PEER.exec(rest)?.[1] ?? pairs.get("client"),
    destinationipaddress: pairs.get("dst"),
    sourceport: pairs.get("sport"),
    destinationport: pairs.get("dport"),
    useragent: pairs.get("agent"),
  });
  for (const [name, value] of pairs) if (!Object.hasOwn(details, name)) details[name] = value;
  event.summary = `${device}: ${summaryOf(details, rest, verdict)}`;
  return event;
}

/** As an integer: a double cannot hold today's seconds with nine digits of fraction. */
function microseconds(time: string): string {
  const [seconds = "", fraction = ""] = time.split(".");
  return seconds + fraction.padEnd(6, "0").slice(0, 6);
}

/** `pattern: allow all`, `pattern: 1 all`, `pattern: Group Policy Deny`. */
function verdictIn(rest: string): string | undefined {
  const pattern = /\bpattern: {1,3}(.{1,80})/.exec(rest)?.[1];
  const first = pattern?.split(" ", 1)[0] ?? "";
  return INBOUND.get(first) ?? /\b(?:allow|deny)\b/i.exec(pattern ?? "")?.[0];
}

function summaryOf(details: JsonObject, rest: string, verdict: string | undefined): string {
  const { sourceipaddress: from, destinationipaddress: to, sourceport, destinationport } = details;
  if (from === undefined || to === undefined) return rest.slice(0, 200);
  const end = (address: unknown, port: unknown) => (port === undefined ? address : `${address} port ${port}`);
  const what = /\b(?:request|message): {0,3}(\S.{0,149})/.exec(rest)?.[1] ?? details.protocol;
  const words = [verdict, what, "from", end(from, sourceport), "to", end(to, destinationport)];
  return words.filter((word) => word !== undefined).join(" ");
}
