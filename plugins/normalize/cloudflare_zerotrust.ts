import { isObject, type JsonObject } from "../../core/json.ts";
import { textAt } from "../../core/path.ts";
import { definePlugin } from "../../core/plugin.ts";
import { toUTC } from "../../core/time.ts";
import { COMMON_NAMES, claim, setCommon } from "../../core/vendor.ts";

/** What was let through and what was not; overrides and scans are neither. */
const GOOD = /^(?:allow|bypass|isolate)/i;
const BAD = /^(?:block|quarantine|deny)/i;

/**
 * Cloudflare Zero Trust: Access requests of Logpush and of the API, Gateway DNS, HTTP and network logs, and network
 * sessions. Jobs choose their fields: a few of each suffice.
 *
 * Sets source, category, summary, utctimestamp, details.user, the addresses and ports of both ends, useragent, hostname
 * (the device's), account and success, which is the verdict.
 *
 * @see Cloudflare Docs, "Logpush: Account-scoped datasets" and "Access: authentication logs"
 */
export default definePlugin({
  name: "cloudflare_zerotrust",
  registration: ["appdomain", "app_domain", "resolverdecision", "policyid", "sessionstarttime"],
  priority: 20,
  after: ["timestamps", "ip_addresses"],
  adds: COMMON_NAMES,
  shallow: true,
  onMessage(event, metadata) {
    const { details } = event;
    const domain = textAt(details, "appdomain") ?? textAt(details, "app_domain");
    const isAccess = typeof details.allowed === "boolean" && domain !== undefined;
    const verdict = isAccess ? undefined : (verdictIn(details) ?? sessionIn(details));
    if (!isAccess && verdict === undefined) return event;
    claim(event, "cloudflare");
    const time = details.datetime ?? details.sessionstarttime ?? details.createdat ?? details.created_at;
    event.utctimestamp = toUTC(time, metadata.arrivalMs) ?? event.utctimestamp;
    const what = verdict === undefined ? setAccess(details, domain ?? "") : setGateway(details, verdict);
    const isWeb = details.url !== undefined || details.httphost !== undefined;
    event.category = isAccess ? "authentication" : isWeb ? "web" : "network";
    const { user, sourceipaddress } = details;
    const from = sourceipaddress === undefined ? "" : ` from IP ${sourceipaddress}`;
    event.summary = `${typeof user === "string" ? `${user}: ` : ""}${what}${from}`;
    return event;
  },
  examples: [
    {
      in: `{"Action":"login","Allowed":true,"AppDomain":"wiki.example.com","Connection":"saml","CreatedAt":"2020-09-15T11:00:00Z",
        "Email":"Mo@example.com","IPAddress":"203.0.113.7","RayID":"5d3aaaaaaaaaaaaa"}`,
      out: {
        source: "cloudflare",
        category: "authentication",
        utctimestamp: "2020-09-15T11:00:00+00:00",
        summary: "mo@example.com: login to wiki.example.com allowed from IP 203.0.113.7",
        user: "mo@example.com",
        sourceipaddress: "203.0.113.7",
        success: true,
      },
    },
  ],
});

/** @returns what was done, as do the others */
function setAccess(details: JsonObject, domain: string): string {
  const isAllowed = details.allowed === true;
  setCommon(details, {
    user: details.email ?? details.user_email,
    sourceipaddress: details.ipaddress ?? details.ip_address,
    success: isAllowed,
  });
  return `${textAt(details, "action") ?? "login"} to ${domain} ${isAllowed ? "allowed" : "refused"}`;
}

/** Gateway's verdict: what a policy did to a request or a connection, or what the resolver decided. */
function verdictIn(details: JsonObject): string | undefined {
  const { datetime, policyid, resolverdecision, action } = details;
  const isGateway = policyid !== undefined || resolverdecision !== undefined;
  const isIts = [details.sourceip, details.srcip, details.deviceid].some((value) => value !== undefined);
  if (datetime === undefined || !isGateway || !isIts || isObject(action)) return undefined;
  return textAt(details, "resolverdecision") ?? textAt(details, "action");
}

/** How a network session ended, or that it has none yet; it names both ends, and a proxy's address between them. */
function sessionIn({ sessionstarttime, sessionid, sourceip, originip, connectionclosereason }: JsonObject) {
  if (sessionstarttime === undefined || sessionid === undefined || sourceip === undefined) return undefined;
  if (originip === undefined) return undefined;
  return typeof connectionclosereason === "string" ? connectionclosereason : "session";
}

function setGateway(details: JsonObject, verdict: string): string {
  setCommon(details, {
    user: details.email,
    sourceipaddress: details.sourceip ?? details.srcip,
    sourceport: details.sourceport ?? details.srcport,
    destinationipaddress: details.destinationip ?? details.dstip ?? details.originip,
    destinationport: details.destinationport ?? details.dstport ?? details.originport,
    useragent: details.useragent,
    hostname: details.devicename,
    account: details.accountid,
    success: GOOD.test(verdict) || (BAD.test(verdict) ? false : undefined),
  });
  const names = ["queryname", "url", "httphost", "sni", "destinationip", "originip"];
  const what = names.map((name) => textAt(details, name)).find((name) => name !== undefined);
  return what === undefined ? verdict : `${verdict} ${what.slice(0, 150)}`;
}
