import type { Json, JsonObject } from "../../core/json.ts";
import { endsOf, summaryLine } from "../../core/layer.ts";
import { numberAt, textAt, valueAt } from "../../core/path.ts";
import { definePlugin } from "../../core/plugin.ts";
import { toUTC } from "../../core/time.ts";
import { COMMON_NAMES, claim, setCommon } from "../../core/vendor.ts";

/** Categories of event types; every other type is about the network. */
const CATEGORIES = new Map([
  ["alert", "intrusion_detection"],
  ["http", "web"],
  ["http2", "web"],
  ["fileinfo", "file"],
  ["smtp", "email"],
  ["pgsql", "database"],
  ["krb5", "authentication"],
  ["stats", "host"],
  ["engine", "host"],
]);

/** Severities of an alert's rule, 1 being the highest (Suricata manual, "classification.config": priority). */
const SEVERITIES = new Map([
  [1, "ERROR"],
  [2, "WARNING"],
  [3, "NOTICE"],
]);

/** Where the protocols name the account that signs in. */
const USERS = ["krb5.cname", "smb.ntlmssp.user", "mqtt.connect.username", "pgsql.request.user"];

/** What a type's record says first, in the order of the words of its summary. */
const WORDS = [
  "alert.signature",
  "http.http_method",
  "http.hostname",
  "http.url",
  "http.status",
  "tls.sni",
  "fileinfo.filename",
  "anomaly.event",
  "ssh.client.software_version",
  "ftp.command",
  "flow.state",
];

/** The question of a DNS record: version 2 of the format, version 3 (Suricata 8), and the answer's rcode. */
const DNS_WORDS = ["dns.rrname", "dns.rrtype", "dns.queries.0.rrname", "dns.queries.0.rrtype", "dns.rcode"];

/**
 * Suricata's EVE JSON: alert, flow, dns, http, tls, ssh, fileinfo, anomaly and the other event types.
 *
 * Sets source, category, severity (of alerts, by the rule's), summary, utctimestamp, the addresses and ports of both
 * ends, user (of Kerberos, SMB, MQTT and the like), useragent, hostname (the sensor's), action (what became of an alert's
 * packet) and success: of http a status below 400, of dns NOERROR. An alert does not tell whether an attack worked.
 *
 * @see Suricata User Guide, "Eve JSON Format"
 */
export default definePlugin({
  name: "suricata",
  registration: ["event_type"],
  priority: 20,
  after: ["timestamps", "ip_addresses"],
  adds: COMMON_NAMES,
  shallow: true,
  onMessage(event, metadata) {
    const { details } = event;
    const type = textAt(details, "event_type")?.toLowerCase();
    const time = toUTC(details.timestamp, metadata.arrivalMs);
    if (type === undefined || time === undefined || !isEve(details, type)) return event;
    claim(event, "suricata");
    event.utctimestamp = time;
    event.category = CATEGORIES.get(type) ?? "network";
    const severity = numberAt(details, "alert.severity");
    if (severity !== undefined) event.severity = SEVERITIES.get(severity) ?? "INFO";
    setCommon(details, {
      sourceipaddress: details.src_ip,
      destinationipaddress: details.dest_ip,
      sourceport: details.src_port,
      destinationport: details.dest_port,
      user: userOf(details),
      useragent: valueAt(details, "http.http_user_agent"),
      hostname: details.host,
      action: valueAt(details, "alert.action") ?? valueAt(details, "verdict.action"),
      success: outcomeOf(details, type),
    });
    event.summary = summaryLine(summaryOf(details, type)) ?? event.summary;
    return event;
  },
  examples: [
    {
      in: `{"timestamp":"2020-09-15T13:00:00.123456+0200","flow_id":1,"event_type":"alert","src_ip":"203.0.113.7",
        "src_port":40000,"dest_ip":"192.0.2.9","dest_port":80,"proto":"TCP","alert":{"action":"blocked","gid":1,
        "signature_id":2000001,"rev":1,"signature":"EXAMPLE web shell","category":"Web Attack","severity":1}}`,
      out: {
        utctimestamp: "2020-09-15T11:00:00.123456+00:00",
        category: "intrusion_detection",
        severity: "ERROR",
        summary: "Suricata alert: EXAMPLE web shell (blocked) from 203.0.113.7:40000 to 192.0.2.9:80",
        action: "blocked",
      },
    },
  ],
});

function isEve(details: JsonObject, type: string): boolean {
  const hasFlow = typeof details.flow_id === "number" || typeof details.flow_id === "string";
  return hasFlow || typeof details.src_ip === "string" || typeof details[type] === "object";
}

function userOf(details: JsonObject): Json | undefined {
  const name = USERS.map((path) => textAt(details, path)).find((user) => user !== undefined);
  const isFtpUser = textAt(details, "ftp.command") === "USER";
  return name ?? (isFtpUser ? textAt(details, "ftp.command_data") : undefined);
}

function outcomeOf(details: JsonObject, type: string): boolean | undefined {
  const status = type === "http" ? numberAt(details, "http.status") : undefined;
  if (status !== undefined) return status < 400;
  return type === "dns" && textAt(details, "dns.rcode") === "NOERROR" ? true : undefined;
}

function summaryOf(details: JsonObject, type: string): string {
  const paths = type === "dns" ? DNS_WORDS : WORDS;
  const words = paths.map((path) => valueAt(details, path)).filter((word) => word !== undefined && word !== "");
  const action = type === "alert" && typeof details.action === "string" ? ` (${details.action})` : "";
  return `Suricata ${type}${words.length > 0 ? ": " : ""}${words.join(" ")}${action}${endsOf(details)}`;
}
