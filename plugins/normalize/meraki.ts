import type { JsonObject } from "../../core/json.ts";
import { textAt, valueAt } from "../../core/path.ts";
import { definePlugin } from "../../core/plugin.ts";
import { toUTC } from "../../core/time.ts";
import { COMMON_NAMES, claim, setCommon, severityOf } from "../../core/vendor.ts";

/** What the type of an event begins with, where it is about more than the network. */
const TYPES: readonly (readonly [type: RegExp, category: string])[] = [
  [/^(?:wpa_|8021x_|splash_auth|radius_)/, "authentication"],
  [/^(?:client_vpn|anyconnect_vpn)/, "session"],
  [/^File Scanned/, "malware"],
  [/^(?:IDS Alert|ids_|rogue_|ssid_spoofing)/, "intrusion_detection"],
  [/^settings_changed/, "configuration"],
];

/** Types and verdicts that say whether it worked. */
const OUTCOMES = new Map([
  ["8021x_eap_success", true],
  ["wpa_auth", true],
  ["splash_auth", true],
  ["client_vpn_connect", true],
  ["8021x_eap_failure", false],
  ["Allowed", true],
  ["Blocked", false],
]);

/**
 * Cisco Meraki JSON: network events, security events and configuration changes of the dashboard's API, and alerts of
 * its webhooks.
 *
 * Sets source, category, severity (of alerts), summary, utctimestamp, details.action, hostname, account, user, success
 * where there is a verdict, and the addresses and ports of both ends.
 *
 * @see Meraki Dashboard API, "Get Network Events", "Get Network Appliance Security Events", "Get Organization
 * Configuration Changes" and "Webhooks"
 */
export default definePlugin({
  name: "meraki",
  registration: ["networkid", "sigsource", "canonicalname", "ruleid", "alerttypeid"],
  priority: 20,
  after: ["timestamps", "ip_addresses"],
  adds: COMMON_NAMES,
  shallow: true,
  onMessage(event, metadata) {
    const { details } = event;
    if (!isNetworkEvent(details) && !isSecurityEvent(details) && !isChange(details)) return event;
    claim(event, "meraki");
    const type = textAt(details, "eventtype") ?? textAt(details, "alerttypeid") ?? textAt(details, "type");
    event.category = categoryOf(details, type);
    event.severity = severityOf(details.alertlevel) ?? event.severity;
    event.utctimestamp = toUTC(details.occurredat ?? details.ts, metadata.arrivalMs) ?? event.utctimestamp;
    setCommon(details, {
      user: valueAt(details, "eventdata.identity") ?? details.adminemail ?? details.adminname,
      hostname: details.devicename,
      account: details.organizationid,
      action: details.action ?? type ?? details.label, // of a scanned file, what became of it
      success: outcomeOf(details, type),
      sourceipaddress: details.srcip ?? details.clientip ?? valueAt(details, "eventdata.client_ip"),
      destinationipaddress: details.destip,
      destinationport: details.destinationport,
    });
    event.summary = summaryOf(details, type);
    return event;
  },
  examples: [
    {
      in: `{"occurredAt":"2020-09-15T11:00:00.090210Z","networkId":"N_1","type":"8021x_eap_success",
        "description":"802.1X authentication","deviceSerial":"Q2XX-XXXX-XXXX","deviceName":"Lobby",
        "eventData":{"identity":"mo","client_ip":"192.0.2.7"}}`,
      out: {
        source: "meraki",
        category: "authentication",
        utctimestamp: "2020-09-15T11:00:00.090210+00:00",
        summary: "Lobby: 802.1X authentication by mo from 192.0.2.7",
        user: "mo",
        success: true,
      },
    },
  ],
});

/** A network event, or an alert. */
function isNetworkEvent({ networkid, occurredat, deviceserial, eventdata, alerttypeid }: JsonObject): boolean {
  const isNamed = typeof networkid === "string" && typeof occurredat === "string";
  return isNamed && [deviceserial, eventdata, alerttypeid].some((value) => value !== undefined);
}

function isSecurityEvent({ ts, eventtype, srcip, destip }: JsonObject): boolean {
  return typeof ts === "string" && typeof eventtype === "string" && srcip !== undefined && destip !== undefined;
}

function isChange({ ts, adminname, adminemail, label, page }: JsonObject): boolean {
  const isByAdmin = typeof adminname === "string" || typeof adminemail === "string";
  return isByAdmin && typeof ts === "string" && typeof label === "string" && page !== undefined;
}

function categoryOf(details: JsonObject, type = ""): string {
  if (isChange(details)) return "configuration";
  return TYPES.find(([start]) => start.test(type))?.[1] ?? "network";
}

function outcomeOf({ blocked, action }: JsonObject, type = ""): boolean | undefined {
  if (typeof blocked === "boolean") return !blocked;
  return OUTCOMES.get(typeof action === "string" ? action : "") ?? OUTCOMES.get(type);
}

function summaryOf(details: JsonObject, type: string | undefined): string {
  const { user, sourceipaddress, destinationipaddress, hostname, networkname } = details;
  const what = details.description ?? details.message ?? details.alerttype ?? type ?? `changed ${details.label}`;
  const words = [typeof what === "string" ? what : type];
  if (user !== undefined) words.push(`by ${user}`);
  if (sourceipaddress !== undefined) words.push(`from ${sourceipaddress}`);
  if (destinationipaddress !== undefined) words.push(`to ${destinationipaddress}`);
  const where = hostname ?? networkname;
  return typeof where === "string" ? `${where}: ${words.join(" ")}` : words.join(" ");
}
