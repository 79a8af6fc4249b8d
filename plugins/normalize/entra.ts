import type { LakeEvent } from "../../core/event.ts";
import { isSuccess } from "../../core/fields.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { listAt, numberAt, textAt, valueAt } from "../../core/path.ts";
import { definePlugin } from "../../core/plugin.ts";
import { toUTC } from "../../core/time.ts";
import { COMMON_NAMES, type CommonFields, claim, saidIn, setCommon, severityOf } from "../../core/vendor.ts";

type Kind = "signin" | "audit" | "risk" | "graph";

/** Azure Monitor's names of Entra's logs that are no sign-ins, and what they are. */
const LOGS = new Map<string, Kind>([
  ["AuditLogs", "audit"],
  ["ProvisioningLogs", "audit"],
  ["RiskyUsers", "risk"],
  ["UserRiskEvents", "risk"],
  ["RiskyServicePrincipals", "risk"],
  ["ServicePrincipalRiskEvents", "risk"],
  ["MicrosoftGraphActivityLogs", "graph"],
  ["AADGraphActivityLogs", "graph"],
]);

const CATEGORIES = { signin: "authentication", audit: "iam", risk: "threat", graph: "web" } as const;

/**
 * Microsoft Entra ID (Azure AD): sign-ins (interactive or not, of users, service principals and managed identities),
 * audit and risk logs, and requests to Microsoft Graph, as Azure Monitor exports them, as Microsoft Graph returns them,
 * and as rows of Log Analytics.
 *
 * Sets source, category, severity (of risks), summary, utctimestamp, details.user, targetuser, sourceipaddress,
 * useragent, action, account, hostname and success. A sign-in with an error code failed, also where it was only
 * interrupted to ask for more. Entra's own `category` is kept.
 *
 * @see Microsoft, "Azure Monitor: Microsoft Entra sign-in logs schema", Microsoft Graph, "signIn" and "directoryAudit"
 */
export default definePlugin({
  name: "entra",
  registration: ["userprincipalname", "serviceprincipalid", "activitydisplayname", "resultsignature"],
  priority: 20,
  after: ["timestamps", "ip_addresses"],
  adds: COMMON_NAMES,
  shallow: true,
  onMessage(event, metadata) {
    const { details } = event;
    const body = isObject(details.properties) ? details.properties : details;
    const kind = kindOf(event, body);
    if (kind === undefined) return event;
    claim(event, "entra");
    event.category = CATEGORIES[kind];
    if (kind === "risk") event.severity = severityOf(body.risklevel) ?? event.severity;
    const times = [details.time, details.timegenerated, body.createddatetime, body.activitydatetime];
    event.utctimestamp = times.map((time) => toUTC(time, metadata.arrivalMs)).find(Boolean) ?? event.utctimestamp;
    setCommon(details, { ...fieldsOf(details, body, kind), account: details.tenantid ?? details.aadtenantid });
    event.summary = summaryOf(details, body);
    return event;
  },
  examples: [
    {
      in: `{"time":"2020-09-15T11:00:00.1234567Z","category":"SignInLogs","operationName":"Sign-in activity","resultType":"50126",
        "resultSignature":"None","callerIpAddress":"203.0.113.7","properties":{"userPrincipalName":"Mo@example.com",
        "appDisplayName":"Portal","status":{"errorCode":50126,"failureReason":"Invalid username or password."}}}`,
      out: {
        source: "entra",
        category: "authentication",
        utctimestamp: "2020-09-15T11:00:00.123456+00:00",
        summary: "mo@example.com: Sign-in activity to Portal from IP 203.0.113.7: Invalid username or password.",
        user: "mo@example.com",
        sourceipaddress: "203.0.113.7",
        success: false,
      },
    },
  ],
});

function kindOf(event: LakeEvent, body: JsonObject): Kind | undefined {
  const { details } = event;
  const log = saidIn(event, "entra", "category") ?? textAt(details, "type") ?? "";
  if (body !== details || details.timegenerated !== undefined) {
    return /sign-?inlogs$/i.test(log) || details.operationname === "Sign-in activity" ? "signin" : LOGS.get(log);
  }
  if (typeof body.activitydisplayname === "string" && isObject(body.initiatedby)) return "audit";
  const isSignIn = typeof body.createddatetime === "string" && body.appid !== undefined;
  return isSignIn && valueAt(body, "status.errorcode") !== undefined ? "signin" : undefined;
}

function fieldsOf(details: JsonObject, body: JsonObject, kind: Kind): CommonFields {
  if (kind === "graph") return requestOf(details, body);
  return kind === "audit" ? auditOf(details, body) : signInOf(details, body, kind);
}

/** A request to Microsoft Graph names who made it by ids only. */
function requestOf(details: JsonObject, body: JsonObject): CommonFields {
  return {
    user: textAt(body, "userid") ?? textAt(body, "serviceprincipalid") ?? textAt(body, "appid"),
    sourceipaddress: textAt(details, "calleripaddress") ?? body.ipaddress,
    useragent: body.useragent,
    action: body.requestmethod ?? details.operationname,
    success: isSuccess(body.responsestatuscode) ?? isSuccess(details.resultsignature),
  };
}

function signInOf(details: JsonObject, body: JsonObject, kind: Kind): CommonFields {
  const code = numberAt(body, "status.errorcode") ?? numberAt(details, "resulttype");
  return {
    user: textAt(body, "userprincipalname") ?? textAt(body, "userdisplayname") ?? textAt(body, "serviceprincipalname"),
    sourceipaddress: textAt(details, "calleripaddress") ?? body.ipaddress,
    useragent: body.useragent,
    action: details.operationname,
    hostname: textAt(body, "devicedetail.displayname"),
    success: kind === "risk" || code === undefined ? undefined : code === 0,
  };
}

function auditOf(details: JsonObject, body: JsonObject): CommonFields {
  const by = valueAt(body, "initiatedby");
  const user = textAt(by, "user.userprincipalname") ?? textAt(by, "user.displayname");
  const app = textAt(by, "app.displayname") ?? textAt(by, "app.serviceprincipalname") ?? textAt(by, "name");
  const told = textAt(body, "result") ?? textAt(details, "resulttype");
  const result = (told ?? textAt(body, "provisioningstatusinfo.status"))?.toLowerCase();
  return {
    user: user ?? app ?? textAt(details, "identity"),
    targetuser: targetOf(body, user),
    sourceipaddress: textAt(details, "calleripaddress") ?? textAt(by, "user.ipaddress"),
    useragent: listAt(body, "additionaldetails").map(agentIn).find(Boolean),
    action: textAt(body, "activitydisplayname") ?? details.operationname,
    success: result === "success" ? true : result === "failure" || result === "timeout" ? false : undefined,
  };
}

function targetOf(body: JsonObject, user: string | undefined): string | undefined {
  const names = listAt(body, "targetresources").map((target) => textAt(target, "userprincipalname"));
  return names.find((name) => name !== undefined && name !== user);
}

function agentIn(item: Json): string | undefined {
  return textAt(item, "key") === "User-Agent" ? textAt(item, "value") : undefined;
}

function summaryOf(details: JsonObject, body: JsonObject): string {
  const { user, targetuser, sourceipaddress, success } = details;
  const words = [`${user ?? "someone"}: ${details.action ?? textAt(body, "riskeventtype") ?? "Sign-in activity"}`];
  const app = textAt(body, "appdisplayname") ?? textAt(body, "requesturi")?.split("?", 1)[0]?.slice(0, 200);
  if (app !== undefined) words.push(`to ${app}`);
  if (targetuser !== undefined) words.push(`of ${targetuser}`);
  if (sourceipaddress !== undefined) words.push(`from IP ${sourceipaddress}`);
  const reason =
    textAt(body, "status.failurereason") ?? textAt(body, "resultreason") ?? textAt(details, "resultdescription");
  return words.join(" ") + (success === false ? `: ${reason ?? "failure"}` : "");
}
