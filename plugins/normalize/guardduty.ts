import { SHELL_DEFAULTS } from "../../core/event.ts";
import { actionIn } from "../../core/finding.ts";
import type { JsonObject } from "../../core/json.ts";
import { endsOf } from "../../core/layer.ts";
import { numberAt, textAt, valueAt } from "../../core/path.ts";
import { definePlugin } from "../../core/plugin.ts";
import { toUTC } from "../../core/time.ts";
import { COMMON_NAMES, claim, setCommon } from "../../core/vendor.ts";

/** GuardDuty's severity levels by the lowest number of each: critical, high, medium, low. */
const SEVERITIES: readonly (readonly [lowest: number, severity: string])[] = [
  [9, "CRITICAL"],
  [7, "ERROR"],
  [4, "WARNING"],
  [1, "NOTICE"],
];

/** What is read of an event, beside the common fields. */
const FIELDS = "type service severity resource updatedat createdat accountid title".split(" ");

/**
 * Amazon GuardDuty: one finding, as EventBridge and the API have it.
 *
 * Sets source, category, severity, summary, utctimestamp (the last update), details.user, the addresses and ports of the
 * action, success (false when it was blocked or failed), action, account and region. The remote end is the source unless
 * the connection went out.
 *
 * @see Amazon GuardDuty User Guide, "Finding details" and "Severity levels of GuardDuty findings"
 */
export default definePlugin({
  name: "guardduty",
  registration: ["detectorid", "schemaversion"],
  priority: 20,
  after: ["timestamps", "ip_addresses"],
  adds: COMMON_NAMES,
  shallow: true,
  fields: [...COMMON_NAMES, ...FIELDS],
  onMessage(event, metadata) {
    const { details } = event;
    const type = textAt(details, "type");
    if (type === undefined || textAt(details, "service.servicename")?.toLowerCase() !== "guardduty") return event;
    claim(event, "guardduty");
    const local = textAt(details, "resource.instancedetails.networkinterfaces.0.privateipaddress");
    event.category = /malware|trojan|backdoor|cryptocurrency/i.test(type) ? "malware" : "intrusion_detection";
    event.severity = severityOf(numberAt(details, "severity"));
    const time = toUTC(details.updatedat, metadata.arrivalMs) ?? toUTC(details.createdat, metadata.arrivalMs);
    event.utctimestamp = time ?? event.utctimestamp;
    setCommon(details, {
      ...actionIn(valueAt(details, "service.action"), local),
      user: userOf(details),
      account: details.accountid,
      region: details.region,
    });
    event.summary = `${textAt(details, "title") ?? type} (${type})${endsOf(details)}`;
    return event;
  },
  examples: [
    {
      in: `{"schemaVersion":"2.0","accountId":"123456789012","region":"us-east-1","id":"f-1","severity":8,
        "type":"UnauthorizedAccess:EC2/SSHBruteForce","title":"203.0.113.7 is performing SSH brute force attacks.",
        "resource":{"resourceType":"Instance","instanceDetails":{"networkInterfaces":[{"privateIpAddress":"10.0.0.23"}]}},
        "service":{"serviceName":"guardduty","detectorId":"d-1","action":{"actionType":"NETWORK_CONNECTION",
        "networkConnectionAction":{"connectionDirection":"INBOUND","blocked":false,"localPortDetails":{"port":22},
        "remoteIpDetails":{"ipAddressV4":"203.0.113.7"},"remotePortDetails":{"port":51234}}}},
        "createdAt":"2020-09-15T11:00:00.000Z","updatedAt":"2020-09-15T11:50:00.000Z"}`,
      out: {
        source: "guardduty",
        category: "intrusion_detection",
        severity: "ERROR",
        utctimestamp: "2020-09-15T11:50:00+00:00",
        sourceipaddress: "203.0.113.7",
        destinationipaddress: "10.0.0.23",
        destinationport: 22,
        action: "NETWORK_CONNECTION",
      },
    },
  ],
});

/** Whose key, Kubernetes name or database login it was. */
function userOf(details: JsonObject): string | undefined {
  return (
    textAt(details, "resource.accesskeydetails.username") ??
    textAt(details, "resource.kubernetesdetails.kubernetesuserdetails.username") ??
    textAt(details, "resource.rdsdbuserdetails.user")
  );
}

function severityOf(value = 0): string {
  return SEVERITIES.find(([lowest]) => value >= lowest)?.[1] ?? SHELL_DEFAULTS.severity;
}
