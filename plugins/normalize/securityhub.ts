import { arnIn, principalOf } from "../../core/arn.ts";
import { actionIn, firstOf } from "../../core/finding.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { endsOf } from "../../core/layer.ts";
import { listAt, numberAt, textAt, valueAt } from "../../core/path.ts";
import { definePlugin } from "../../core/plugin.ts";
import { toUTC } from "../../core/time.ts";
import { COMMON_NAMES, claim, setCommon, severityOf } from "../../core/vendor.ts";

/** ECS categories by how a finding's type begins; the first that fits counts. */
const CATEGORIES: readonly (readonly [start: string, category: string])[] = [
  ["Software and Configuration Checks/Vulnerabilities", "vulnerability"],
  ["Software and Configuration Checks", "configuration"],
  ["TTPs", "intrusion_detection"],
  ["Effects", "intrusion_detection"],
  ["Unusual Behaviors", "intrusion_detection"],
  ["Sensitive Data Identifications", "file"],
];

/** The outcomes of a check of a control; WARNING and NOT_AVAILABLE are neither. */
const OUTCOMES = new Map([
  ["PASSED", true],
  ["FAILED", false],
]);

/** Lowest of `Severity.Normalized` (0 to 100) of each label, for findings without a label. */
const NORMALIZED: readonly (readonly [lowest: number, severity: string])[] = [
  [90, "CRITICAL"],
  [70, "ERROR"],
  [40, "WARNING"],
  [1, "NOTICE"],
];

/** What is read of an event, beside the common fields. */
const FIELDS =
  `productarn schemaversion awsaccountid compliance vulnerabilities types severity updatedat createdat generatorid resources network
  title findings`.split(/\s+/);

/**
 * AWS Security Hub: a finding in the AWS Security Finding Format (ASFF); the decoder makes an event of each.
 *
 * Sets source, category, severity, summary, utctimestamp (the last update), details.user, the addresses and ports of the
 * network or the action, success (of a control's check, else false when the action was blocked), action, account and region.
 *
 * @see AWS Security Hub User Guide, "AWS Security Finding Format (ASFF)"
 */
export default definePlugin({
  name: "securityhub",
  registration: ["productarn"],
  priority: 20,
  after: ["timestamps", "ip_addresses"],
  adds: COMMON_NAMES,
  shallow: true,
  fields: [...COMMON_NAMES, ...FIELDS],
  onMessage(event, metadata) {
    const { details } = event;
    const finding = isFinding(details) ? details : firstOf(listAt(details, "findings"));
    if (!isFinding(finding)) return event;
    claim(event, "securityhub");
    const check = OUTCOMES.get(textAt(finding, "compliance.status") ?? "");
    event.category = categoryOf(finding);
    event.severity = severityIn(finding) ?? event.severity;
    const time = toUTC(finding.updatedat, metadata.arrivalMs) ?? toUTC(finding.createdat, metadata.arrivalMs);
    event.utctimestamp = time ?? event.utctimestamp;
    const resources = listAt(finding, "resources");
    const action = actionIn(finding.action, textAt(resources[0], "details.awsec2instance.ipv4addresses.0"));
    setCommon(details, {
      ...action,
      ...networkOf(finding),
      user: resources.map(userIn).find((user) => user !== undefined),
      success: check ?? action.success,
      account: finding.awsaccountid,
      region: finding.region ?? arnIn(finding.productarn)?.region,
    });
    event.summary = summaryOf(details, finding, resources);
    return event;
  },
  examples: [
    {
      in: `{"findings":[{"SchemaVersion":"2018-10-08","Id":"arn:aws:securityhub:us-east-1:123456789012:finding/1",
        "ProductArn":"arn:aws:securityhub:us-east-1::product/aws/securityhub","GeneratorId":"S3.1",
        "AwsAccountId":"123456789012","Types":["Software and Configuration Checks/Industry Standards"],
        "CreatedAt":"2020-09-15T11:00:00.000Z","UpdatedAt":"2020-09-15T11:50:00.000Z","Severity":{"Label":"MEDIUM"},
        "Title":"S3.1 Block public access should be enabled","Resources":[{"Type":"AwsS3Bucket","Id":"arn:aws:s3:::example"}],
        "Compliance":{"Status":"FAILED"},"RecordState":"ACTIVE"}]}`,
      out: {
        source: "securityhub",
        category: "configuration",
        severity: "WARNING",
        utctimestamp: "2020-09-15T11:50:00+00:00",
        summary: "S3.1 Block public access should be enabled: FAILED (arn:aws:s3:::example)",
        success: false,
        account: "123456789012",
        region: "us-east-1",
      },
    },
  ],
});

function isFinding(finding: JsonObject): boolean {
  return (
    typeof finding.productarn === "string" &&
    typeof finding.schemaversion === "string" &&
    typeof finding.awsaccountid === "string"
  );
}

function categoryOf(finding: JsonObject): string {
  if (listAt(finding, "vulnerabilities").length > 0) return "vulnerability";
  const types = listAt(finding, "types").filter((type) => typeof type === "string");
  const found = CATEGORIES.find(([start]) => types.some((type) => type.startsWith(start)));
  return found?.[1] ?? "configuration";
}

function severityIn(finding: JsonObject): string | undefined {
  const normalized = numberAt(finding, "severity.normalized") ?? 0;
  return severityOf(textAt(finding, "severity.label")) ?? NORMALIZED.find(([lowest]) => normalized >= lowest)?.[1];
}

/** `Network`, which older products fill instead of `Action`; only what it names. */
function networkOf(finding: JsonObject): JsonObject {
  const { network } = finding;
  if (!isObject(network)) return {};
  const ends: JsonObject = {};
  const set = (name: string, value: Json | undefined) => {
    if (value !== undefined) ends[name] = value;
  };
  set("sourceipaddress", textAt(network, "sourceipv4") ?? textAt(network, "sourceipv6"));
  set("destinationipaddress", textAt(network, "destinationipv4") ?? textAt(network, "destinationipv6"));
  set("sourceport", network.sourceport);
  set("destinationport", network.destinationport);
  return ends;
}

/** The IAM user or role that a resource is or whose key it is. */
function userIn(resource: Json): string | undefined {
  const key = valueAt(resource, "details.awsiamaccesskey");
  const named =
    textAt(key, "principalname") ?? textAt(key, "username") ?? textAt(resource, "details.awsiamuser.username");
  const arn = /^AwsIam(?:User|Role)$/.test(textAt(resource, "type") ?? "") ? arnIn(textAt(resource, "id")) : undefined;
  return named ?? (arn && principalOf(arn));
}

function summaryOf(details: JsonObject, finding: JsonObject, resources: readonly Json[]): string {
  const status = textAt(finding, "compliance.status");
  const resource = textAt(resources[0], "id");
  const title = textAt(finding, "title") ?? textAt(finding, "generatorid") ?? "Finding";
  return `${title}${status ? `: ${status}` : ""}${endsOf(details)}${resource ? ` (${resource})` : ""}`;
}
