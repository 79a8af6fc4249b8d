import type { JsonObject } from "../../core/json.ts";
import { listAt, textAt } from "../../core/path.ts";
import { definePlugin } from "../../core/plugin.ts";
import { toUTC } from "../../core/time.ts";
import { COMMON_NAMES, claim, setCommon } from "../../core/vendor.ts";

/** What is read of an event, beside the common fields. */
const FIELDS =
  `query_name query_timestamp query_type rcode srcaddr srcport firewall_rule_action account_id srcids answers`.split(
    /\s+/,
  );

/**
 * Amazon Route 53 VPC Resolver: one DNS query of a VPC.
 *
 * Sets source, category, summary, utctimestamp, details.sourceipaddress, sourceport, success (NOERROR, and not blocked by
 * DNS Firewall), action (of DNS Firewall, where a rule met the query), account and region.
 *
 * @see Amazon Route 53 Developer Guide, "Values that appear in VPC Resolver query logs"
 */
export default definePlugin({
  name: "route53resolver",
  registration: ["query_timestamp"],
  priority: 20,
  after: ["timestamps", "ip_addresses"],
  adds: COMMON_NAMES,
  shallow: true,
  fields: [...COMMON_NAMES, ...FIELDS],
  onMessage(event, metadata) {
    const { details } = event;
    const name = textAt(details, "query_name");
    if (name === undefined || textAt(details, "query_timestamp") === undefined) return event;
    claim(event, "route53resolver");
    event.category = "network";
    event.utctimestamp = toUTC(details.query_timestamp, metadata.arrivalMs) ?? event.utctimestamp;
    const code = textAt(details, "rcode");
    setCommon(details, {
      sourceipaddress: details.srcaddr,
      sourceport: details.srcport,
      success: code === undefined ? undefined : code === "NOERROR" && details.firewall_rule_action !== "BLOCK",
      action: details.firewall_rule_action,
      account: details.account_id,
      region: details.region,
    });
    event.summary = summaryOf(details, name);
    return event;
  },
  examples: [
    {
      in: `{"version":"1.100000","account_id":"123456789012","region":"us-east-1","vpc_id":"vpc-0a1b2c3d4e5f60718",
        "query_timestamp":"2020-09-15T11:46:59Z","query_name":"www.example.com.","query_type":"A","query_class":"IN",
        "rcode":"NOERROR","answers":[{"Rdata":"192.0.2.80","Type":"A","Class":"IN"}],"srcaddr":"10.0.0.7","srcport":"51000",
        "transport":"UDP","srcids":{"instance":"i-0a1b2c3d4e5f60718"}}`,
      out: {
        source: "route53resolver",
        category: "network",
        utctimestamp: "2020-09-15T11:46:59+00:00",
        summary: "A www.example.com from 10.0.0.7 (i-0a1b2c3d4e5f60718): NOERROR 192.0.2.80",
        sourceipaddress: "10.0.0.7",
        sourceport: 51000,
        success: true,
      },
    },
  ],
});

/** Answers beyond these few are in `details`. */
const MAX_ANSWERS = 3;

function summaryOf(details: JsonObject, name: string): string {
  const { query_type = "query", sourceipaddress, rcode, firewall_rule_action } = details;
  const instance = textAt(details, "srcids.instance");
  const answers = listAt(details, "answers").flatMap((answer) => textAt(answer, "rdata") ?? []);
  const result = [rcode, firewall_rule_action, ...answers.slice(0, MAX_ANSWERS)].filter((part) => part !== undefined);
  const origin = sourceipaddress === undefined ? "" : ` from ${sourceipaddress}`;
  return `${query_type} ${name.replace(/\.$/, "")}${origin}${instance ? ` (${instance})` : ""}: ${result.join(" ")}`;
}
