import { isSuccess } from "../../core/fields.ts";
import { isObject, type Json, type JsonObject, parseJson } from "../../core/json.ts";
import { type KeyIndex, lowercaseKeys } from "../../core/keys.ts";
import { listAt, textAt, valueAt } from "../../core/path.ts";
import { definePlugin, type Metadata } from "../../core/plugin.ts";
import { toUTC } from "../../core/time.ts";
import { COMMON_NAMES, claim, setCommon } from "../../core/vendor.ts";

const DECISION = "authorization.k8s.io/decision";

/** Resources that are about who may do what; every other one is a setting of the cluster. */
const IAM = new Set(["serviceaccounts", "roles", "rolebindings", "clusterroles", "clusterrolebindings"]);
const AUTHENTICATION = new Set(["tokenreviews", "subjectaccessreviews", "selfsubjectaccessreviews"]);
const PROCESS = new Set(["exec", "attach", "portforward"]);

/** Longest audit event that is read from a text, in characters; the API server cuts events at 100 KB unless told otherwise. */
const LONGEST_TEXT = 500_000;

/** What is read of an event, beside the common fields. */
const FIELDS =
  `properties log log_processed kind apiversion objectref requestreceivedtimestamp stagetimestamp impersonateduser
  sourceips annotations responsestatus verb requesturi category`.split(/\s+/);

/**
 * Kubernetes audit log, of EKS and any other cluster: one stage of one request to the API server; of AKS, as Azure Monitor
 * exports it (`properties.log`).
 *
 * Sets source, category, summary, utctimestamp (when the request came), details.targetuser (who is impersonated),
 * sourceipaddress (the first of the chain), success (the response's code; before there is one, a refused authorization),
 * useragent and action (the verb). Kubernetes' own `user`, an object, is details._user.
 *
 * @see Kubernetes documentation, "kube-apiserver Audit Configuration (v1)", Event
 */
export default definePlugin({
  name: "kubernetes",
  registration: ["auditid", "containerid"],
  priority: 20,
  after: ["timestamps", "ip_addresses"],
  adds: COMMON_NAMES,
  shallow: true,
  fields: [...COMMON_NAMES, ...FIELDS],
  onMessage(event, metadata) {
    const { details } = event;
    const audit = auditIn(details, metadata);
    if (audit === undefined) return event;
    claim(event, "kubernetes");
    event.category = categoryOf(audit);
    const times = [audit.requestreceivedtimestamp, audit.stagetimestamp];
    event.utctimestamp = times.map((time) => toUTC(time, metadata.arrivalMs)).find(Boolean) ?? event.utctimestamp;
    setCommon(details, {
      user: textAt(audit, "user.username"),
      targetuser: textAt(audit, "impersonateduser.username"),
      sourceipaddress: listAt(audit, "sourceips")[0],
      success: outcomeOf(audit),
      useragent: audit.useragent,
      action: audit.verb,
    });
    event.summary = summaryOf(details, audit);
    return event;
  },
  examples: [
    {
      in: `{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"a-1","stage":"ResponseComplete",
        "requestURI":"/api/v1/namespaces/web/secrets/db","verb":"get","user":{"username":"mo@example.com"},
        "sourceIPs":["203.0.113.7"],"userAgent":"kubectl/v1.29.0","objectRef":{"resource":"secrets","namespace":"web",
        "name":"db"},"responseStatus":{"code":403},"requestReceivedTimestamp":"2020-09-15T11:55:01.123456Z"}`,
      out: {
        source: "kubernetes",
        category: "configuration",
        utctimestamp: "2020-09-15T11:55:01.123456+00:00",
        summary: "mo@example.com: get secrets web/db from 203.0.113.7: 403",
        user: "mo@example.com",
        sourceipaddress: "203.0.113.7",
        success: false,
        action: "get",
      },
    },
  ],
});

/** The audit event: the producer's object, or what Azure Monitor and log collectors have under `log`, as text or taken apart. */
function auditIn(details: JsonObject, { index }: Metadata): JsonObject | undefined {
  const candidates = [details, valueAt(details, "properties.log"), details.log, details.log_processed];
  return candidates.map((value) => (typeof value === "string" ? parsed(value, index) : value)).find(isAudit);
}

function isAudit(value: Json | undefined): value is JsonObject {
  return isObject(value) && value.kind === "Event" && textAt(value, "apiversion")?.startsWith("audit.k8s.io/") === true;
}

function parsed(text: string, index: KeyIndex): Json | undefined {
  if (text.length > LONGEST_TEXT || !text.startsWith("{") || !text.slice(0, 200).includes("audit.k8s.io/"))
    return undefined;
  try {
    const value = parseJson(text);
    return isObject(value) ? lowercaseKeys(value, index) : undefined;
  } catch {
    return undefined; // cut short, or nested too deep: it stays the text that it is
  }
}

function categoryOf(details: JsonObject): string {
  const resource = textAt(details, "objectref.resource") ?? "";
  if (PROCESS.has(textAt(details, "objectref.subresource") ?? "")) return "process";
  if (AUTHENTICATION.has(resource)) return "authentication";
  return IAM.has(resource) ? "iam" : "configuration";
}

function outcomeOf(details: JsonObject): boolean | undefined {
  const decision = isObject(details.annotations) ? details.annotations[DECISION] : undefined;
  if (decision === "forbid") return false;
  return isSuccess(valueAt(details, "responsestatus.code")) ?? (decision === "allow" ? true : undefined);
}

function summaryOf({ user, targetuser, sourceipaddress }: JsonObject, details: JsonObject): string {
  const who = typeof user === "string" ? user : "someone";
  const as = targetuser === undefined ? "" : ` as ${targetuser}`;
  const resource = [textAt(details, "objectref.resource"), textAt(details, "objectref.subresource")];
  const name = [textAt(details, "objectref.namespace"), textAt(details, "objectref.name")];
  const object = [resource, name].map((parts) => parts.filter(Boolean).join("/")).filter(Boolean);
  const what = object.length > 0 ? object.join(" ") : (textAt(details, "requesturi") ?? "");
  const origin = sourceipaddress === undefined ? "" : ` from ${sourceipaddress}`;
  const code = valueAt(details, "responsestatus.code");
  return `${who}${as}: ${details.verb ?? "request"} ${what}${origin}${code === undefined ? "" : `: ${code}`}`;
}
