import { isSuccess } from "../../core/fields.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { listAt, textAt, valueAt } from "../../core/path.ts";
import { definePlugin } from "../../core/plugin.ts";
import { toUTC } from "../../core/time.ts";
import { claim, setCommon } from "../../core/vendor.ts";

const DECISION = "authorization.k8s.io/decision";

/** Resources that are about who may do what; every other one is a setting of the cluster. */
const IAM = new Set(["serviceaccounts", "roles", "rolebindings", "clusterroles", "clusterrolebindings"]);
const AUTHENTICATION = new Set(["tokenreviews", "subjectaccessreviews", "selfsubjectaccessreviews"]);
const PROCESS = new Set(["exec", "attach", "portforward"]);

/**
 * Kubernetes audit log, of EKS and any other cluster: one stage of one request to the API server.
 *
 * Sets source, category, summary, utctimestamp (when the request came), details.targetuser (who is impersonated),
 * sourceipaddress (the first of the chain), success (the response's code; before there is one, a refused authorization),
 * useragent and action (the verb). Kubernetes' own `user`, an object, is details._user.
 *
 * @see Kubernetes documentation, "kube-apiserver Audit Configuration (v1)", Event
 */
export default definePlugin({
  name: "kubernetes",
  registration: ["auditid"],
  priority: 20,
  after: ["timestamps", "ip_addresses"],
  shallow: true,
  onMessage(event, metadata) {
    const { details } = event;
    if (details.kind !== "Event" || textAt(details, "apiversion")?.startsWith("audit.k8s.io/") !== true) return event;
    claim(event, "kubernetes");
    event.category = categoryOf(details);
    const time = toUTC(details.requestreceivedtimestamp, metadata.arrivalMs);
    event.utctimestamp = time ?? toUTC(details.stagetimestamp, metadata.arrivalMs) ?? event.utctimestamp;
    setCommon(details, {
      user: textAt(details, "user.username"),
      targetuser: textAt(details, "impersonateduser.username"),
      sourceipaddress: listAt(details, "sourceips")[0],
      success: outcomeOf(details),
      useragent: details.useragent,
      action: details.verb,
    });
    event.summary = summaryOf(details);
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

function summaryOf(details: JsonObject): string {
  const who = typeof details.user === "string" ? details.user : "someone";
  const as = details.targetuser === undefined ? "" : ` as ${details.targetuser}`;
  const resource = [textAt(details, "objectref.resource"), textAt(details, "objectref.subresource")];
  const name = [textAt(details, "objectref.namespace"), textAt(details, "objectref.name")];
  const object = [resource, name].map((parts) => parts.filter(Boolean).join("/")).filter(Boolean);
  const what = object.length > 0 ? object.join(" ") : (textAt(details, "requesturi") ?? "");
  const origin = details.sourceipaddress === undefined ? "" : ` from ${details.sourceipaddress}`;
  const code = valueAt(details, "responsestatus.code");
  return `${who}${as}: ${details.verb ?? "request"} ${what}${origin}${code === undefined ? "" : `: ${code}`}`;
}
