import type { JsonObject } from "../../core/json.ts";
import { firstTextAt, textAt, valueAt } from "../../core/path.ts";
import { definePlugin } from "../../core/plugin.ts";
import { toUTC } from "../../core/time.ts";
import { COMMON_NAMES, claim, setCommon, severityOf, userIn } from "../../core/vendor.ts";

/** Categories by what an event's type names; the first that fits counts, and the rest is about the endpoint itself. */
const CATEGORIES: readonly (readonly [words: RegExp, category: string])[] = [
  [/Ips[A-Z]/, "intrusion_detection"],
  [/Threat|Malware|Pua|Detection|Exploit|Hmpa|Ransom|Amsi|Clean/i, "malware"],
  [/Isolat|Heartbeat|Firewall/, "network"],
  [/Web/, "web"],
  [/DataLoss|DLP/i, "file"],
  [/Mail/i, "email"],
  [/Auth|Login/, "authentication"],
  [/ADSync|AzureAD|Directory|User/, "iam"],
  [/Policy|Settings/, "configuration"],
];

/** When it happened, when the alert was raised, when Sophos knew; `end` and `rt` are the script's names of the first and last. */
const TIMES = ["when", "end", "raisedat", "created_at", "rt"];

/** What is read of an event, beside the common fields. */
const FIELDS = [
  ...TIMES,
  ..."type severity source suser location dhost customer_id source_info source_info_ip ips_threat_data data".split(" "),
  ..."name person description category managedagent tenant".split(" "),
];

/**
 * Sophos Central: events and alerts of the SIEM Integration API (also flattened, and with CEF's names, as Sophos' own
 * script writes them: `suser` for `source`, `dhost` for `location`), and alerts of the Common API.
 *
 * Sets source, category, severity, summary, utctimestamp, details.user, hostname, account, action, success (of updates,
 * clean-ups and the like), and the addresses and ports of the endpoint (source) and of the other side that network
 * threat protection names (destination). Sophos' own `source` ("DOMAIN\\user", "Last, First", "n/a") is kept in
 * details.source.
 *
 * @see Sophos Developer, SIEM Integration API, "GET /siem/v1/events", "GET /siem/v1/alerts"; Common API, "GET /alerts"
 */
export default definePlugin({
  name: "sophos",
  registration: ["customer_id", "managedagent"],
  priority: 20,
  after: ["timestamps", "ip_addresses"],
  adds: COMMON_NAMES,
  shallow: true,
  fields: [...COMMON_NAMES, ...FIELDS],
  onMessage(event, metadata) {
    const { details } = event;
    const type = textAt(details, "type");
    if (type === undefined || !type.startsWith("Event::")) return event;
    claim(event, "sophos");
    event.category = categoryOf(type);
    event.severity = severityOf(details.severity) ?? event.severity;
    const times = TIMES.map((name) => toUTC(details[name], metadata.arrivalMs));
    event.utctimestamp = times.find((time) => time !== undefined) ?? event.utctimestamp;
    const network = valueAt(details, "ips_threat_data");
    const threat = valueAt(details, "data.ips_threat");
    setCommon(details, {
      user: userOf(details),
      hostname: firstTextAt(details, ["location", "dhost", "managedagent.name"]),
      account: textAt(details, "customer_id") ?? textAt(details, "tenant.id"),
      action: type,
      success: outcomeOf(type),
      sourceipaddress: [
        details.source_info_ip,
        valueAt(details, "source_info.ip"),
        valueAt(details, "data.source_info.ip"),
      ].find((address) => typeof address === "string"),
      sourceport: valueAt(network, "localport") ?? valueAt(threat, "local_port"),
      destinationipaddress: valueAt(network, "remoteip") ?? valueAt(threat, "remote_ip"),
      destinationport: valueAt(network, "remoteport") ?? valueAt(threat, "remote_port"),
    });
    event.summary = summaryOf(details, type);
    return event;
  },
  examples: [
    {
      in: `{"source":"EXAMPLE\\\\mo","when":"2020-09-15T11:00:00.123Z","severity":"high","location":"mo-laptop",
        "type":"Event::Endpoint::Threat::Detected","customer_id":"c-1","source_info":{"ip":"192.0.2.7"},
        "name":"Malware detected: 'Example' at 'C:\\\\x.exe'"}`,
      out: {
        category: "malware",
        severity: "ERROR",
        utctimestamp: "2020-09-15T11:00:00.123000+00:00",
        summary: "mo-laptop: Malware detected: 'Example' at 'C:\\x.exe' (user mo)",
        user: "mo",
        hostname: "mo-laptop",
        sourceipaddress: "192.0.2.7",
      },
    },
  ],
});

function categoryOf(type: string): string {
  return CATEGORIES.find(([words]) => words.test(type))?.[1] ?? "host";
}

/** What the endpoint tried; a detection tells nothing of what came of the threat. */
function outcomeOf(type: string): boolean | undefined {
  if (/Fail/.test(type)) return false;
  return /Success|Succeeded/.test(type) ? true : undefined;
}

/** The account without its domain; a full name ("Last, First") only where there is no account. */
function userOf(details: JsonObject): string | undefined {
  const source = firstTextAt(details, ["source", "suser"]);
  return userIn(source?.slice(source.lastIndexOf("\\") + 1)) ?? userIn(textAt(details, "person.name"));
}

function summaryOf(details: JsonObject, type: string): string {
  const { hostname, user } = details;
  const what = textAt(details, "name") ?? textAt(details, "description") ?? type;
  const where = typeof hostname === "string" ? `${hostname}: ${what}` : what;
  return typeof user === "string" ? `${where} (user ${user})` : where;
}
