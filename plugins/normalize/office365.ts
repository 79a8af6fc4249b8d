import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { listAt, textAt } from "../../core/path.ts";
import { definePlugin } from "../../core/plugin.ts";
import { toUTC } from "../../core/time.ts";
import { COMMON_NAMES, claim, setCommon, severityOf, userIn } from "../../core/vendor.ts";

/** Categories by record type (Microsoft's numbers) or else by workload. */
const CATEGORIES = new Map([
  ["1", "configuration"], // ExchangeAdmin
  ["2", "email"], // ExchangeItem
  ["3", "email"], // ExchangeItemGroup
  ["9", "authentication"], // AzureActiveDirectoryAccountLogon
  ["11", "file"], // ComplianceDLPSharePoint
  ["13", "email"], // ComplianceDLPExchange
  ["15", "authentication"], // AzureActiveDirectoryStsLogon
  ["18", "configuration"], // SecurityComplianceCenterEOPCmdlet
  ["28", "threat"], // ThreatIntelligence
  ["40", "threat"], // SecurityComplianceAlerts
  ["41", "threat"], // ThreatIntelligenceUrl
  ["47", "malware"], // ThreatIntelligenceAtpContent
  ["50", "email"], // ExchangeItemAggregated
  ["AzureActiveDirectory", "iam"],
  ["Exchange", "email"],
  ["SharePoint", "file"],
  ["OneDrive", "file"],
]);

const GOOD = new Set(["succeeded", "success", "partiallysucceeded", "true"]);
const BAD = new Set(["failed", "failure", "false"]);

/** What is read of an event, beside the common fields. */
const FIELDS =
  `workload operation recordtype creationtime severity userid actor objectid mailboxownerupn targetuserorgroupname
  members clientipaddress clientip actoripaddress extendedproperties organizationid resultstatus sourcefilename
  name logonerror actoruserid issuccess policydetails`.split(/\s+/);

/**
 * Office 365 Management Activity API: one audit record of any workload an event (Exchange, SharePoint, OneDrive, Teams,
 * AzureActiveDirectory, SecurityComplianceCenter...).
 *
 * Sets source, category, severity (of alerts), summary, utctimestamp, details.user, targetuser, sourceipaddress and its
 * port, useragent, action, account and success. A record without a ResultStatus is of something that was done, but for
 * a DLP rule that blocked it.
 *
 * @see Microsoft, "Office 365 Management Activity API schema": Common schema, and the schemas of the workloads
 */
export default definePlugin({
  name: "office365",
  registration: ["workload"],
  priority: 20,
  after: ["timestamps", "ip_addresses"],
  adds: COMMON_NAMES,
  shallow: true,
  fields: [...COMMON_NAMES, ...FIELDS],
  onMessage(event, metadata) {
    const { details } = event;
    const workload = textAt(details, "workload");
    const operation = textAt(details, "operation");
    const type = String(details.recordtype ?? "");
    if (!workload || !operation || typeof details.creationtime !== "string" || type === "") return event;
    claim(event, "office365");
    event.category = categoryOf(operation, type, workload);
    event.severity = severityOf(details.severity) ?? event.severity;
    event.utctimestamp = toUTC(details.creationtime, metadata.arrivalMs) ?? event.utctimestamp;
    setCommon(details, {
      user: userOf(details),
      targetuser: targetOf(details),
      sourceipaddress: [details.clientipaddress, details.clientip, details.actoripaddress].find(isSaid),
      useragent: textAt(details, "useragent") ?? propertyIn(details, "UserAgent"),
      action: operation,
      account: details.organizationid,
      success: outcomeOf(details, operation),
    });
    event.summary = summaryOf(details, operation, workload);
    return event;
  },
  examples: [
    {
      in: `{"CreationTime":"2020-09-15T11:00:00","Id":"i-1","Operation":"UserLoginFailed","OrganizationId":"o-1",
        "RecordType":15,"ResultStatus":"Failed","UserId":"Mo@example.com","Workload":"AzureActiveDirectory",
        "ClientIP":"203.0.113.7:50123","LogonError":"InvalidUserNameOrPassword"}`,
      out: {
        category: "authentication",
        utctimestamp: "2020-09-15T11:00:00+00:00",
        summary:
          "mo@example.com: UserLoginFailed (AzureActiveDirectory) from IP 203.0.113.7: InvalidUserNameOrPassword",
        user: "mo@example.com",
        sourceipaddress: "203.0.113.7",
        sourceport: 50123,
        success: false,
      },
    },
  ],
});

function isSaid(value: Json | undefined): boolean {
  return typeof value === "string" && value !== "" && value !== "<null>";
}

function categoryOf(operation: string, type: string, workload: string): string {
  if (/^(?:UserLog(?:gedIn|inFailed)|TeamsSessionStarted)$/.test(operation)) return "authentication";
  if (workload === "MicrosoftTeams") return /^(?:Member|Team(?:Created|Deleted))/.test(operation) ? "iam" : "web";
  return CATEGORIES.get(type) ?? CATEGORIES.get(workload) ?? "web";
}

/** Who did it; of a sign-in that names nobody, the actor's name (Microsoft's type 5), and of Yammer its own field. */
function userOf(details: JsonObject): string | undefined {
  const named = userIn(details.userid) ?? userIn(details.actoruserid);
  const actor = listAt(details, "actor").find((item) => isObject(item) && item.type === 5);
  return named ?? userIn(textAt(actor, "id"));
}

/** The account, mailbox or member that it was done to, where it is another than who did it. */
function targetOf(details: JsonObject): string | undefined {
  const { objectid, mailboxownerupn, targetuserorgroupname, workload } = details;
  const object = workload === "AzureActiveDirectory" ? objectid : undefined;
  const candidates = [object, mailboxownerupn, targetuserorgroupname, textAt(details, "members.0.upn")];
  const targets = candidates.map((name) => (typeof name === "string" && name.includes("@") ? userIn(name) : undefined));
  return targets.find((name) => name !== undefined && name !== userOf(details));
}

function propertyIn(details: JsonObject, name: string): string | undefined {
  return textAt(
    listAt(details, "extendedproperties").find((item) => isObject(item) && item.name === name),
    "value",
  );
}

function outcomeOf(details: JsonObject, operation: string): boolean | undefined {
  if (operation === "UserLoginFailed") return false;
  const status = String(details.resultstatus ?? "").toLowerCase();
  if (GOOD.has(status)) return true;
  if (BAD.has(status)) return false;
  if (typeof details.issuccess === "boolean") return details.issuccess;
  if (isBlocked(details)) return false;
  if (/^dlp/i.test(operation) && details.policydetails === undefined) return undefined;
  return status === "" && !/fail|denied|blocked/i.test(operation) ? true : undefined;
}

/** Whether one of the DLP rules that matched blocks: `BlockAccess`, `BlockExternal`... */
function isBlocked(details: JsonObject): boolean {
  const rules = listAt(details, "policydetails").flatMap((policy) => listAt(policy, "rules"));
  return rules.some((rule) =>
    listAt(rule, "actions").some((name) => typeof name === "string" && name.startsWith("Block")),
  );
}

function summaryOf(details: JsonObject, operation: string, workload: string): string {
  const { user, targetuser, sourceipaddress } = details;
  const words = [`${user ?? "someone"}: ${operation} (${workload})`];
  const object = targetuser ?? textAt(details, "sourcefilename") ?? textAt(details, "name");
  if (object !== undefined) words.push(`of ${object}`);
  if (sourceipaddress !== undefined) words.push(`from IP ${sourceipaddress}`);
  const error = textAt(details, "logonerror");
  return words.join(" ") + (error === undefined ? "" : `: ${error}`);
}
