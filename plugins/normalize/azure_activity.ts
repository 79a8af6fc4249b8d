import type { LakeEvent } from "../../core/event.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { textAt, valueAt } from "../../core/path.ts";
import { definePlugin } from "../../core/plugin.ts";
import { toUTC } from "../../core/time.ts";
import { COMMON_NAMES, claim, saidIn, setCommon, severityOf } from "../../core/vendor.ts";

/** Azure Monitor's categories of the activity log, new and old, in lower case; ours where it is not configuration. */
const CATEGORIES = new Map([
  ["administrative", "configuration"],
  ["write", "configuration"],
  ["delete", "configuration"],
  ["action", "configuration"],
  ["policy", "configuration"],
  ["security", "intrusion_detection"],
  ["servicehealth", "host"],
  ["resourcehealth", "host"],
  ["alert", "host"],
  ["autoscale", "host"],
  ["recommendation", "host"],
]);

/** Levels as numbers, as ETW has them. */
const LEVELS = new Map([
  ["1", "CRITICAL"],
  ["2", "ERROR"],
  ["3", "WARNING"],
  ["4", "INFO"],
  ["5", "DEBUG"],
]);

/** Claims that name a user, the likeliest first; the app's id last. */
const CLAIMS = [
  "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
  "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn",
  "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
  "name",
  "appid",
];

/** Start and Accept, and their like, are not yet an outcome. */
const OUTCOMES = new Map([
  ["success", true],
  ["succeeded", true],
  ["failure", false],
  ["failed", false],
]);

/** What is read of an event, beside the common fields. */
const FIELDS = `operationname operationnamevalue category categoryvalue resourceid _resourceid subscriptionid level time
  eventtimestamp timegenerated resulttype activitystatusvalue identity caller calleripaddress location status claims httprequest`.split(
  /\s+/,
);

/**
 * Azure Activity log: control plane operations on a subscription, as Azure Monitor exports them to Event Hubs and
 * storage, as its REST API and alerts have them, and as rows of Log Analytics.
 *
 * Sets source, category, severity, summary, utctimestamp, details.user, sourceipaddress, action, account (the
 * subscription), region and success. Azure's own `category` is kept in details.
 *
 * @see Microsoft, "Azure activity log event schema"
 */
export default definePlugin({
  name: "azure_activity",
  registration: ["operationname", "operationnamevalue"],
  priority: 20,
  after: ["timestamps", "ip_addresses"],
  adds: COMMON_NAMES,
  shallow: true,
  fields: [...COMMON_NAMES, ...FIELDS],
  onMessage(event, metadata) {
    const { details } = event;
    const action = valueIn(details.operationname) ?? textAt(details, "operationnamevalue");
    const category = categoryOf(event);
    if (action === undefined || category === undefined || !isOperation(details, action)) return event;
    claim(event, "azure_activity");
    event.category = /\/roleassignments\//i.test(`${action}/`) ? "iam" : category;
    event.severity = severityIn(details) ?? event.severity;
    const times = [details.time, details.eventtimestamp, details.timegenerated];
    event.utctimestamp = times.map((time) => toUTC(time, metadata.arrivalMs)).find(Boolean) ?? event.utctimestamp;
    const status = valueIn(details.resulttype) ?? valueIn(details.status) ?? valueIn(details.activitystatusvalue);
    setCommon(details, {
      user: userOf(details),
      sourceipaddress: details.calleripaddress ?? valueAt(details, "httprequest.clientipaddress"),
      action,
      account: subscriptionOf(details),
      region: details.location === "global" ? undefined : details.location,
      success: OUTCOMES.get((status ?? "").toLowerCase()),
    });
    event.summary = summaryOf(details, action, status);
    return event;
  },
  examples: [
    {
      in: `{"time":"2020-09-15T11:00:00.1234567Z","resourceId":"/SUBSCRIPTIONS/S-1/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.COMPUTE/VIRTUALMACHINES/WEB1",
        "operationName":"MICROSOFT.COMPUTE/VIRTUALMACHINES/DELETE","category":"Delete","resultType":"Success","callerIpAddress":"203.0.113.7",
        "identity":{"claims":{"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn":"mo@example.com"}},"level":"Information"}`,
      out: {
        source: "azure_activity",
        summary: "mo@example.com: MICROSOFT.COMPUTE/VIRTUALMACHINES/DELETE of WEB1 from IP 203.0.113.7: Success",
        user: "mo@example.com",
        account: "S-1",
        success: true,
      },
    },
  ],
});

/** A text, or the value of a pair of a value and its localized form, as the REST API has them. */
function valueIn(field: Json | undefined): string | undefined {
  return typeof field === "string" ? field : textAt(field, "value");
}

function categoryOf(event: LakeEvent): string | undefined {
  const { details } = event;
  const said = valueIn(details.category) ?? saidIn(event, "azure_activity", "category");
  return CATEGORIES.get((said ?? textAt(details, "categoryvalue") ?? "").toLowerCase());
}

/** Operations are named `provider/type/verb`; the resource lies in a subscription, or above them all. */
function isOperation({ resourceid, _resourceid, subscriptionid }: JsonObject, action: string): boolean {
  const id = resourceid ?? _resourceid;
  const isResource = typeof id === "string" && /^\/(?:subscriptions|providers)\//i.test(id);
  return action.includes("/") && (isResource || typeof subscriptionid === "string");
}

function severityIn({ level }: JsonObject): string | undefined {
  return LEVELS.get(String(level)) ?? severityOf(level);
}

function userOf(details: JsonObject): string | undefined {
  if (typeof details.identity === "string") return details.identity;
  const claims = valueAt(details, "identity.claims") ?? details.claims;
  const caller = textAt(details, "caller");
  if (caller !== undefined || !isObject(claims)) return caller;
  const names = CLAIMS.map((name) => claims[name]);
  return names.find((name): name is string => typeof name === "string" && name !== "");
}

function subscriptionOf(details: JsonObject): string | undefined {
  const id = textAt(details, "resourceid") ?? textAt(details, "_resourceid") ?? "";
  return textAt(details, "subscriptionid") ?? /^\/subscriptions\/([^/]{1,64})/i.exec(id)?.[1];
}

function summaryOf(details: JsonObject, action: string, status: string | undefined): string {
  const { user, sourceipaddress } = details;
  const resource = (textAt(details, "resourceid") ?? "").split("/").at(-1);
  const words = [`${user ?? "someone"}: ${action}`];
  if (resource) words.push(`of ${resource}`);
  if (sourceipaddress !== undefined) words.push(`from IP ${sourceipaddress}`);
  return words.join(" ") + (status === undefined ? "" : `: ${status}`);
}
