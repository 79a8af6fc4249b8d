import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { textAt, valueAt } from "../../core/path.ts";
import { definePlugin } from "../../core/plugin.ts";
import { toUTC } from "../../core/time.ts";
import { COMMON_NAMES, type CommonFields, claim, setCommon, severityOf } from "../../core/vendor.ts";

/** Categories by what the type of an event names; the first that fits counts. */
const CATEGORIES: readonly (readonly [words: RegExp, category: string])[] = [
  [/^Auth/, "authentication"],
  [/^(?:UserActivity|APIActivity|Scheduled)/, "configuration"],
  [/^(?:Idp|IdentityProtection)/, "intrusion_detection"],
  [/^Firewall/, "network"],
  [/^RemoteResponse/, "session"],
  [/Incident|Xdr|AutomatedLead/, "intrusion_detection"],
  [/^CSPM|Recon/i, "threat"],
  [/Detection|IOC/i, "malware"],
];

/** Operations that are sign-ins; the others of an AuthActivityAuditEvent manage accounts. */
const SIGN_INS = new Set(["userAuthenticate", "twoFactorAuthenticate", "saml2Assert"]);

/** Detections of before 2024 give their severity by number too: 1 informational to 5 critical. */
const SEVERITIES = ["INFO", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL"];

/**
 * CrowdStrike Falcon's Event Streams: detections, incidents, audits of sign-ins and of users' activity, firewall
 * matches, remote response sessions; also in the flat form in which the Data Replicator repeats them
 * (`ExternalApiType`).
 *
 * Sets source, category, severity, summary, utctimestamp, details.user, the addresses and ports of both ends, hostname,
 * action, account (the customer's id) and success, where the event has it or a firewall rule tells.
 *
 * @see CrowdStrike Falcon documentation, "Streaming API Event Dictionary"
 */
export default definePlugin({
  name: "crowdstrike",
  registration: ["customeridstring", "externalapitype"],
  priority: 20,
  after: ["timestamps", "ip_addresses"],
  adds: COMMON_NAMES,
  shallow: true,
  onMessage(event, metadata) {
    const { details } = event;
    const stream = textAt(details, "metadata.eventtype");
    const type = stream ?? textAt(details, "externalapitype")?.replace(/^Event_/, "");
    const body = stream === undefined ? details : details.event;
    if (type === undefined || !isObject(body)) return event;
    claim(event, "crowdstrike");
    event.category = categoryOf(type, textAt(body, "operationname"));
    event.severity = severityIn(body) ?? event.severity;
    // Of the flat form, `UTCTimestamp` is the shell's own column.
    const times = stream === undefined ? [] : [valueAt(details, "metadata.eventcreationtime"), body.utctimestamp];
    event.utctimestamp = times.map((time) => toUTC(time, metadata.arrivalMs)).find(Boolean) ?? event.utctimestamp;
    setCommon(details, {
      ...endsOf(body, type),
      user: [body.username, body.userid, body.sourceaccountname].find(isSaid),
      hostname: [body.computername, body.hostname, body.hostnamefield, body.sourceendpointhostname].find(isSaid),
      action: textAt(body, "operationname") ?? type,
      account: textAt(details, "metadata.customeridstring") ?? textAt(details, "cid"),
      success: outcomeOf(body, type),
    });
    event.summary = summaryOf(details, body, type);
    return event;
  },
  examples: [
    {
      in: `{"metadata":{"customerIDString":"c-1","offset":1,"eventType":"DetectionSummaryEvent","eventCreationTime":1600167600123},
        "event":{"ComputerName":"web1","UserName":"mo","DetectName":"Known Malware","DetectDescription":"A file is known malware.",
        "Severity":4,"SeverityName":"High","LocalIP":"192.0.2.7"}}`,
      out: {
        source: "crowdstrike",
        category: "malware",
        severity: "ERROR",
        utctimestamp: "2020-09-15T11:00:00.123000+00:00",
        summary: "web1: DetectionSummaryEvent: A file is known malware. (user mo)",
        user: "mo",
        hostname: "web1",
        sourceipaddress: "192.0.2.7",
      },
    },
  ],
});

function isSaid(value: Json | undefined): boolean {
  return typeof value === "string" && value !== "" && value !== "N/A" && value !== "-";
}

function categoryOf(type: string, operation: string | undefined): string {
  if (type === "AuthActivityAuditEvent" && operation !== undefined && !SIGN_INS.has(operation)) return "iam";
  return CATEGORIES.find(([words]) => words.test(type))?.[1] ?? "host";
}

/** Detections that count to 100 have a name; a number alone is of the old kind. */
function severityIn({ severityname, severity }: JsonObject): string | undefined {
  const number = typeof severity === "string" ? Number(severity) : severity;
  return severityOf(severityname) ?? (typeof number === "number" ? SEVERITIES[number] : undefined);
}

/** `ConnectionDirection` is 1 for what came in and 2 for what went out; local is the host that has the sensor. */
function endsOf(body: JsonObject, type: string): CommonFields {
  if (!type.startsWith("Firewall")) {
    return { sourceipaddress: [body.userip, body.sourceendpointipaddress, body.localip, body.localipv6].find(isSaid) };
  }
  const { localaddress, localport, remoteaddress, remoteport } = body;
  const isInbound = String(body.connectiondirection) === "1";
  return {
    sourceipaddress: isInbound ? remoteaddress : localaddress,
    sourceport: isInbound ? remoteport : localport,
    destinationipaddress: isInbound ? localaddress : remoteaddress,
    destinationport: isInbound ? localport : remoteport,
  };
}

/** `RuleAction` is 1 to allow and 2 to block. */
function outcomeOf({ success, ruleaction }: JsonObject, type: string): boolean | undefined {
  const said = String(success).toLowerCase();
  if (said === "true" || said === "false") return said === "true";
  if (!type.startsWith("Firewall")) return undefined;
  return { "1": true, "2": false }[String(ruleaction)];
}

function summaryOf(details: JsonObject, body: JsonObject, type: string): string {
  const { user, hostname, sourceipaddress, action } = details;
  const names = ["detectdescription", "description", "incidentdescription", "detectname", "name", "rulename"];
  const what = names
    .map((name) => textAt(body, name))
    .find((text) => text !== undefined)
    ?.slice(0, 200);
  const words = what === undefined ? `${typeof action === "string" ? action : type}` : `${type}: ${what}`;
  const where = typeof hostname === "string" ? `${hostname}: ` : "";
  const from = hostname === undefined && sourceipaddress !== undefined ? ` from IP ${sourceipaddress}` : "";
  return `${where}${words}${from}${typeof user === "string" ? ` (user ${user})` : ""}`;
}
