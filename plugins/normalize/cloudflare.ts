import { isSuccess } from "../../core/fields.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { textAt, valueAt } from "../../core/path.ts";
import { definePlugin } from "../../core/plugin.ts";
import { toUTC } from "../../core/time.ts";
import { COMMON_NAMES, type CommonFields, claim, setCommon } from "../../core/vendor.ts";

/** What a rule let through and what it did not; log, challenges and their like are neither. */
const GOOD = /^(?:allow|bypass|skip)/i;
const BAD = /^(?:block|drop|deny|connectionclose)/i;

interface Dataset extends CommonFields {
  readonly category: string;
  readonly time: Json | undefined;
  /** What was done, and to what. */
  readonly summary: string;
}

/** In the order in which they are tried: the first that recognizes its fields counts. */
const DATASETS: readonly ((details: JsonObject) => Dataset | undefined)[] = [audit, firewall, http, dns, spectrum];

/**
 * Cloudflare's zones and accounts: HTTP requests, firewall, DNS and Spectrum events of Logpush, and audit logs of
 * Logpush and of the API. Jobs choose their fields: a few of each suffice.
 *
 * Sets source, category, summary, utctimestamp, details.user, sourceipaddress and its port, destinationipaddress (of an
 * HTTP request, the origin), useragent, account, action (of audit logs) and success: the status, the verdict or the
 * result.
 *
 * @see Cloudflare Docs, "Logpush: Datasets" and "Review audit logs"
 */
export default definePlugin({
  name: "cloudflare",
  registration: ["rayid", "edgestarttimestamp", "actiontype", "interface", "colocode"],
  priority: 20,
  after: ["timestamps", "ip_addresses"],
  adds: COMMON_NAMES,
  shallow: true,
  onMessage(event, metadata) {
    const { details } = event;
    for (const read of DATASETS) {
      const dataset = read(details);
      if (dataset === undefined) continue;
      claim(event, "cloudflare");
      const { category, time, summary, ...fields } = dataset;
      event.category = category;
      event.utctimestamp = toUTC(time, metadata.arrivalMs) ?? event.utctimestamp;
      setCommon(details, fields);
      event.summary = summaryOf(details, summary);
      return event;
    }
    return event;
  },
  examples: [
    {
      in: `{"RayID":"5d3aaaaaaaaaaaaa","ClientIP":"203.0.113.7","ClientRequestHost":"www.example.com","ClientRequestMethod":"GET",
        "ClientRequestURI":"/login","EdgeStartTimestamp":"2020-09-15T11:00:00Z","EdgeResponseStatus":403,"OriginIP":"192.0.2.80"}`,
      out: {
        source: "cloudflare",
        category: "web",
        utctimestamp: "2020-09-15T11:00:00+00:00",
        summary: "GET www.example.com/login: 403 from IP 203.0.113.7",
        sourceipaddress: "203.0.113.7",
        destinationipaddress: "192.0.2.80",
        success: false,
      },
    },
  ],
});

function http(details: JsonObject): Dataset | undefined {
  const { rayid, edgestarttimestamp, edgeendtimestamp, edgeresponsestatus: status, clientrequestmethod } = details;
  const isEdge = [rayid, edgestarttimestamp, edgeendtimestamp, status].filter((value) => value !== undefined);
  if (typeof clientrequestmethod !== "string" || isEdge.length < 2) return undefined;
  return {
    category: "web",
    time: edgestarttimestamp ?? details.datetime ?? edgeendtimestamp,
    summary: `${requestIn(details)}: ${status ?? "no status"}`,
    sourceipaddress: details.clientip,
    sourceport: details.clientsrcport,
    destinationipaddress: details.originip,
    useragent: details.clientrequestuseragent,
    success: isSuccess(status),
  };
}

function firewall(details: JsonObject): Dataset | undefined {
  const { action, datetime, clientip, ruleid, matchindex, kind } = details;
  if (typeof action !== "string" || clientip === undefined || datetime === undefined) return undefined;
  if (ruleid === undefined && matchindex === undefined && kind !== "firewall") return undefined;
  return {
    category: "web",
    time: datetime,
    summary: `${action} ${requestIn(details)}${wordAt(details, "description", " (", ")")}`,
    sourceipaddress: clientip,
    useragent: details.clientrequestuseragent,
    success: verdictOf(action),
  };
}

/** Logpush's flat form, and the API's, in which action, actor and resource are objects. */
function audit(details: JsonObject): Dataset | undefined {
  const { when, action, actor } = details;
  const isFlat = typeof details.actiontype === "string";
  const isNested = isObject(action) && isObject(actor) && typeof action.type === "string";
  if (when === undefined || (!isFlat && !isNested)) return undefined;
  const type = textAt(details, "actiontype") ?? textAt(action, "type") ?? "";
  const result = details.actionresult ?? valueAt(action, "result");
  const resource = textAt(details, "resourcetype") ?? textAt(details, "resource.type");
  return {
    category: /^(?:login|logout)/i.test(type) ? "authentication" : "configuration",
    time: when,
    summary: `${type}${resource === undefined ? "" : ` of ${resource}`}`,
    user: details.actoremail ?? valueAt(actor, "email"),
    sourceipaddress: details.actorip ?? valueAt(actor, "ip"),
    account: details.ownerid ?? valueAt(details, "owner.id"),
    action: type,
    success: typeof result === "boolean" ? result : undefined,
  };
}

function dns(details: JsonObject): Dataset | undefined {
  const { queryname, responsecode, colocode, sourceip, timestamp } = details;
  if (typeof queryname !== "string" || colocode === undefined || typeof responsecode !== "number") return undefined;
  return {
    category: "network",
    time: timestamp,
    summary: `DNS query ${queryname.slice(0, 150)}: code ${responsecode}`,
    sourceipaddress: sourceip,
    success: responsecode === 0,
  };
}

/** Connections that Spectrum proxies. */
function spectrum(details: JsonObject): Dataset | undefined {
  const { event: what, colocode, clientip, clientport, originip, originport, timestamp } = details;
  if (typeof what !== "string" || colocode === undefined || clientip === undefined) return undefined;
  if (details.application === undefined || originip === undefined) return undefined;
  return {
    category: "network",
    time: timestamp ?? details.connecttimestamp,
    summary: `Spectrum ${what} to ${originip}`,
    sourceipaddress: clientip,
    sourceport: clientport,
    destinationipaddress: originip,
    destinationport: originport,
    action: what,
  };
}

function verdictOf(verdict: string): boolean | undefined {
  if (BAD.test(verdict)) return false;
  return GOOD.test(verdict) ? true : undefined;
}

function requestIn(details: JsonObject): string {
  const path = textAt(details, "clientrequesturi") ?? textAt(details, "clientrequestpath") ?? "";
  return `${wordAt(details, "clientrequestmethod", "", " ")}${textAt(details, "clientrequesthost") ?? ""}${path.slice(0, 150)}`;
}

function wordAt(details: JsonObject, name: string, before: string, after: string): string {
  const word = textAt(details, name);
  return word === undefined ? "" : before + word.slice(0, 150) + after;
}

function summaryOf({ user, sourceipaddress }: JsonObject, what: string): string {
  const who = typeof user === "string" ? `${user}: ` : "";
  return `${who}${what}${sourceipaddress === undefined ? "" : ` from IP ${sourceipaddress}`}`;
}
