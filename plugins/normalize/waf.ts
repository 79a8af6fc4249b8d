import { arnIn } from "../../core/arn.ts";
import type { JsonObject } from "../../core/json.ts";
import { listAt, textAt } from "../../core/path.ts";
import { definePlugin } from "../../core/plugin.ts";
import { toUTC } from "../../core/time.ts";
import { COMMON_NAMES, claim, setCommon } from "../../core/vendor.ts";

/** What became of the request; CAPTCHA and CHALLENGE ask the client to try again, and COUNT lets it go on to other rules. */
const OUTCOMES = new Map([
  ["ALLOW", true],
  ["BLOCK", false],
  ["CAPTCHA", false],
  ["CHALLENGE", false],
]);

/** What is read of an event, beside the common fields. */
const FIELDS = ["httprequest", "webaclid", "timestamp", "terminatingruleid"];

/**
 * AWS WAF: one inspected web request, of WAF and of WAF Classic.
 *
 * Sets source, category, summary, utctimestamp, details.sourceipaddress, success (whether the request was let through),
 * action, useragent and hostname (of the request's headers), account and region (of the web ACL).
 *
 * @see AWS WAF Developer Guide, "Log fields for protection pack (web ACL) traffic"
 */
export default definePlugin({
  name: "waf",
  registration: ["webaclid", "terminatingruleid"],
  priority: 20,
  after: ["timestamps", "ip_addresses"],
  adds: COMMON_NAMES,
  shallow: true,
  fields: [...COMMON_NAMES, ...FIELDS],
  onMessage(event, metadata) {
    const { details } = event;
    const uri = textAt(details, "httprequest.uri");
    if (typeof details.action !== "string" || (uri === undefined && !textAt(details, "httprequest.clientip")))
      return event;
    claim(event, "waf");
    const acl = arnIn(details.webaclid);
    event.category = "web";
    event.utctimestamp = toUTC(details.timestamp, metadata.arrivalMs) ?? event.utctimestamp;
    setCommon(details, {
      sourceipaddress: textAt(details, "httprequest.clientip"),
      success: OUTCOMES.get(details.action),
      action: details.action,
      useragent: headerIn(details, "user-agent"),
      hostname: headerIn(details, "host") ?? textAt(details, "httprequest.host"),
      account: acl?.account,
      region: acl?.region,
    });
    event.summary = summaryOf(details, uri);
    return event;
  },
  examples: [
    {
      in: `{"timestamp":1600170018000,"formatVersion":1,"webaclId":"arn:aws:wafv2:us-east-1:123456789012:regional/webacl/web/0a",
        "terminatingRuleId":"sql-injection","terminatingRuleType":"REGULAR","action":"BLOCK","httpSourceName":"ALB",
        "httpRequest":{"clientIp":"203.0.113.7","country":"US","headers":[{"name":"Host","value":"www.example.com"},
        {"name":"User-Agent","value":"curl/7.68.0"}],"uri":"/login","args":"q=1","httpMethod":"POST"}}`,
      out: {
        source: "waf",
        category: "web",
        summary: "BLOCK by sql-injection: POST www.example.com/login from 203.0.113.7",
        sourceipaddress: "203.0.113.7",
        success: false,
        useragent: "curl/7.68.0",
        account: "123456789012",
      },
    },
  ],
});

function headerIn(details: JsonObject, name: string): string | undefined {
  const header = listAt(details, "httprequest.headers").find((item) => textAt(item, "name")?.toLowerCase() === name);
  return textAt(header, "value");
}

function summaryOf(details: JsonObject, uri: string | undefined): string {
  const { action, hostname, sourceipaddress } = details;
  const rule = textAt(details, "terminatingruleid");
  const method = textAt(details, "httprequest.httpmethod") ?? "request";
  const origin = sourceipaddress === undefined ? "" : ` from ${sourceipaddress}`;
  return `${action}${rule === undefined ? "" : ` by ${rule}`}: ${method} ${hostname ?? ""}${uri ?? ""}${origin}`;
}
