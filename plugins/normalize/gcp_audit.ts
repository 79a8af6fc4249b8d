import { isObject, type JsonObject, parseJson } from "../../core/json.ts";
import { keepCollisions, lowercaseKeys } from "../../core/keys.ts";
import { listAt, numberAt, textAt, valueAt } from "../../core/path.ts";
import { definePlugin, type Metadata } from "../../core/plugin.ts";
import { toUTC } from "../../core/time.ts";
import { claim, saidIn, setCommon, severityOf } from "../../core/vendor.ts";

const TYPE = "type.googleapis.com/google.cloud.audit.AuditLog";

/** Categories by the first label of `serviceName`; a call of any other service is about its configuration. */
const CATEGORIES = new Map([
  ["login", "authentication"],
  ["sts", "authentication"],
  ["iam", "iam"],
  ["iamcredentials", "iam"],
  ["admin", "iam"],
  ["cloudidentity", "iam"],
  ["storage", "file"],
  ["bigquery", "database"],
  ["spanner", "database"],
  ["cloudsql", "database"],
  ["datastore", "database"],
  ["firestore", "database"],
  ["compute", "host"],
  ["iap", "network"],
]);

/** Longest `data` of a Pub/Sub message, in characters: a log entry has at most 256 KiB, more than doubled by base64. */
const LONGEST_DATA = 1_000_000;

/**
 * Google Cloud audit logs (Admin Activity, Data Access, System Event, Policy Denied): one LogEntry an event, also as
 * the `data` of a Pub/Sub message, which is then replaced by the fields that it holds.
 *
 * Sets source, category, severity, summary, utctimestamp, details.user, sourceipaddress, useragent, action, account
 * (the project), region and success. `private` and `gce-internal-ip` are no addresses.
 *
 * @see Google Cloud, "Understanding audit logs", "AuditLog" and "LogEntry"; Pub/Sub, "PubsubMessage"
 */
export default definePlugin({
  name: "gcp_audit",
  registration: ["protopayload", "messageid"],
  priority: 20,
  after: ["timestamps", "ip_addresses"],
  shallow: true,
  onMessage(event, metadata) {
    const { details } = event;
    unpack(details, metadata);
    const payload = details.protopayload;
    if (!isObject(payload) || !isAudit(payload)) return event;
    const severity = severityOf(saidIn(event, "gcp_audit", "severity"));
    claim(event, "gcp_audit");
    const action = textAt(payload, "methodname");
    const labels = valueAt(details, "resource.labels");
    event.category = categoryOf(payload, action);
    event.severity = severity ?? event.severity;
    event.utctimestamp = toUTC(details.timestamp, metadata.arrivalMs) ?? event.utctimestamp;
    setCommon(details, {
      user:
        textAt(payload, "authenticationinfo.principalemail") ?? textAt(payload, "authenticationinfo.principalsubject"),
      sourceipaddress: valueAt(payload, "requestmetadata.callerip"),
      useragent: valueAt(payload, "requestmetadata.callersupplieduseragent"),
      action,
      account: textAt(labels, "project_id") ?? /\bprojects\/([^/]{1,64})/.exec(textAt(details, "logname") ?? "")?.[1],
      region: textAt(labels, "location") ?? textAt(labels, "zone") ?? textAt(labels, "region"),
      success: outcomeOf(payload),
    });
    event.summary = summaryOf(details, payload);
    return event;
  },
  examples: [
    {
      in: `{"protoPayload":{"@type":"${TYPE}","authenticationInfo":{"principalEmail":"Mo@example.com"},"requestMetadata":
        {"callerIp":"203.0.113.7"},"serviceName":"iam.googleapis.com","methodName":"google.iam.admin.v1.CreateServiceAccountKey",
        "resourceName":"projects/p-1/serviceAccounts/1","status":{"code":7,"message":"Permission denied"}},
        "timestamp":"2020-09-15T11:00:00.123456789Z","severity":"ERROR","logName":"projects/p-1/logs/x"}`,
      out: {
        source: "gcp_audit",
        category: "iam",
        severity: "ERROR",
        utctimestamp: "2020-09-15T11:00:00.123456+00:00",
        summary:
          "mo@example.com: google.iam.admin.v1.CreateServiceAccountKey on projects/p-1/serviceAccounts/1 from IP 203.0.113.7: Permission denied",
        user: "mo@example.com",
        account: "p-1",
        success: false,
      },
    },
  ],
});

function isAudit(payload: JsonObject): boolean {
  const type = payload["@type"];
  return type === TYPE || (type === undefined && "methodname" in payload && "authenticationinfo" in payload);
}

/** Puts the log entry that a Pub/Sub message holds in its place; another message stays as it is. */
function unpack(details: JsonObject, { index }: Metadata): void {
  const { message } = details;
  if (!isObject(message) || typeof message.data !== "string" || message.data.length > LONGEST_DATA) return;
  const text = Buffer.from(message.data, "base64").toString();
  if (!text.startsWith("{") || !text.includes(TYPE)) return;
  try {
    const parsed = parseJson(text);
    if (!isObject(parsed)) return;
    const entry = lowercaseKeys(parsed, index);
    keepCollisions(entry, index);
    for (const [key, value] of Object.entries(entry)) details[key] ??= value;
    const { data, ...rest } = message;
    details.message = rest;
  } catch {
    // It only looked like a log entry, or is nested too deep: it stays the text that it is.
  }
}

function categoryOf(payload: JsonObject, action = ""): string {
  if (/\b(?:SetIamPolicy|setIamPolicy)\b/.test(action)) return "iam";
  return CATEGORIES.get(textAt(payload, "servicename")?.split(".", 1)[0] ?? "") ?? "configuration";
}

/** A status without a code, and a code of zero, is OK; without a status, whether every permission was granted tells. */
function outcomeOf(payload: JsonObject): boolean | undefined {
  const code = numberAt(payload, "status.code");
  if (code !== undefined) return code === 0;
  if (isObject(payload.status)) return true;
  const checks = listAt(payload, "authorizationinfo");
  return checks.length === 0 ? undefined : checks.every((check) => isObject(check) && check.granted === true);
}

function summaryOf(details: JsonObject, payload: JsonObject): string {
  const { user, action, sourceipaddress, success } = details;
  const words = [`${user ?? "someone"}: ${action ?? "a call"}`];
  const resource = textAt(payload, "resourcename");
  if (resource !== undefined) words.push(`on ${resource}`);
  if (sourceipaddress !== undefined) words.push(`from IP ${sourceipaddress}`);
  const error = textAt(payload, "status.message")?.slice(0, 200);
  return words.join(" ") + (success === false ? `: ${error ?? "refused"}` : "");
}
