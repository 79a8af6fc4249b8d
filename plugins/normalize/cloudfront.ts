import { addFields, isSuccess, namedFields } from "../../core/fields.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { takeOver } from "../../core/layer.ts";
import { remember } from "../../core/memo.ts";
import { definePlugin } from "../../core/plugin.ts";
import { toUTC } from "../../core/time.ts";
import { COMMON_NAMES, setCommon } from "../../core/vendor.ts";

/** The fields of a standard log's line, in order; older files have fewer. */
const STANDARD = `date time x-edge-location sc-bytes c-ip cs-method cs(host) cs-uri-stem sc-status cs(referer)
  cs(user-agent) cs-uri-query cs(cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken
  x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields
  c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start
  sc-range-end`.split(/\s+/);

/** The fields of a real-time log's line when all are chosen, in order; lines of fewer fields cannot be told. */
const REAL_TIME =
  `timestamp c-ip time-to-first-byte sc-status sc-bytes cs-method cs-protocol cs-host cs-uri-stem cs-bytes
  x-edge-location x-edge-request-id x-host-header time-taken cs-protocol-version c-ip-version cs-user-agent cs-referer
  cs-cookie cs-uri-query x-edge-response-result-type x-forwarded-for ssl-protocol ssl-cipher x-edge-result-type
  fle-encrypted-fields fle-status sc-content-type sc-content-len sc-range-start sc-range-end c-port
  x-edge-detailed-result-type c-country cs-accept-encoding cs-accept cache-behavior-path-pattern cs-headers
  cs-header-names cs-headers-count primary-distribution-id primary-distribution-dns-name origin-fbl origin-lbl
  asn`.split(/\s+/);

const withUnderscores = remember(100, (name) => name.replaceAll("-", "_"));

/** What is read of a request in JSON, and the line. */
const REQUEST_FIELDS =
  `message date time timestamp timestamp(ms) c-ip c-port sc-status cs-method cs-host cs(host) cs-uri-stem
  cs-user-agent cs(user-agent) x-host-header x-edge-location x-edge-result-type`.split(/\s+/);

/** CloudFront adds new fields at the end: before `asn`, `origin-lbl` and the like came, there were this many. */
const FEWEST_REAL_TIME = 40;

const STANDARD_LINE = /^\d{4}-\d{2}-\d{2}\t\d{2}:\d{2}:\d{2}\t[A-Z]{3}\d/;
const REAL_TIME_LINE = /^\d{10}(?:\.\d{1,6})?\t[\da-fA-F.:]+\t[\d.]+\t\d{3}\t\d+\t[A-Z]+\thttps?\t/;

/** Longest line: CloudFront logs no request whose URL is over 8 KB or whose headers are over 20 KB. */
const LONGEST_LINE = 65_536;

/**
 * Amazon CloudFront: standard and real-time logs, as JSON by the documented names or as the tab-separated line in
 * `message`.
 *
 * Sets source, category, summary, utctimestamp, details.sourceipaddress, sourceport, success (a status below 400), action
 * (the method), useragent (without its percent signs) and hostname (the host that was asked for); of a line, the fields
 * under their names.
 *
 * @see Amazon CloudFront Developer Guide, "Standard logging reference" and "Use real-time access logs"
 */
export default definePlugin({
  name: "cloudfront",
  registration: ["x-edge-result-type", "x-edge-request-id", "x-edge-location", "x_edge_result_type", "message"],
  priority: 20,
  after: ["timestamps", "ip_addresses"],
  adds: [...COMMON_NAMES, ...STANDARD, ...REAL_TIME],
  shallow: true,
  fields: [...COMMON_NAMES, ...REQUEST_FIELDS, ...REQUEST_FIELDS.map(withUnderscores)],
  onMessage(event, metadata) {
    const { details } = event;
    const request = isRequest(details) ? details : lineIn(details.message);
    if (!request) return event;
    if (request !== details) addFields(details, request);
    takeOver(event, "cloudfront");
    event.category = "web";
    event.utctimestamp = toUTC(timeOf(request), metadata.arrivalMs) ?? event.utctimestamp;
    const status = fieldOf(request, "sc-status");
    const agent = request["cs(user-agent)"] ?? fieldOf(request, "cs-user-agent");
    const host = fieldOf(request, "x-host-header") ?? fieldOf(request, "cs-host") ?? request["cs(host)"];
    setCommon(details, {
      sourceipaddress: fieldOf(request, "c-ip"),
      sourceport: fieldOf(request, "c-port"),
      success: isSuccess(status),
      action: fieldOf(request, "cs-method"),
      useragent: typeof agent === "string" && agent.includes("%") ? unescaped(agent) : agent,
      hostname: host,
    });
    event.summary = summaryOf(request, details.sourceipaddress, status, host);
    return event;
  },
  examples: [
    {
      in: `{"date":"2020-09-15","time":"11:48:19","x-edge-location":"FRA2-C1","c-ip":"203.0.113.7","cs-method":"POST",
        "cs(Host)":"d111111abcdef8.cloudfront.net","cs-uri-stem":"/login","sc-status":"403","x-edge-result-type":"Error",
        "x-host-header":"www.example.com","c-port":"11040","cs(User-Agent)":"Mozilla/5.0%20(X11)"}`,
      out: {
        source: "cloudfront",
        category: "web",
        utctimestamp: "2020-09-15T11:48:19+00:00",
        summary: "POST www.example.com/login from 203.0.113.7: 403 Error",
        sourceport: 11040,
        success: false,
        useragent: "Mozilla/5.0 (X11)",
        hostname: "www.example.com",
      },
    },
  ],
});

/** Many tools write the names with underscores. */
function fieldOf(details: JsonObject, name: string): Json | undefined {
  return details[name] ?? details[withUnderscores(name)];
}

function isRequest(details: JsonObject): boolean {
  if (fieldOf(details, "c-ip") === undefined || fieldOf(details, "sc-status") === undefined) return false;
  return fieldOf(details, "x-edge-result-type") !== undefined || fieldOf(details, "x-edge-location") !== undefined;
}

/** The fields of a line; undefined when the text is none. */
function lineIn(line: unknown): JsonObject | undefined {
  if (typeof line !== "string" || line.length > LONGEST_LINE || !line.includes("\t")) return undefined;
  if (STANDARD_LINE.test(line)) return namedFields(STANDARD, line.trimEnd().split("\t"));
  const values = REAL_TIME_LINE.test(line) ? line.trimEnd().split("\t") : [];
  return values.length < FEWEST_REAL_TIME ? undefined : namedFields(REAL_TIME, values);
}

function timeOf(details: JsonObject): unknown {
  const { date, time } = details;
  if (typeof date === "string" && typeof time === "string") return `${date}T${time}`;
  return details["timestamp(ms)"] ?? details.timestamp;
}

/** CloudFront escapes blanks and the like in a user agent, in older logs twice. */
const unescaped = remember(
  2000,
  (text) => {
    try {
      return decodeURIComponent(text.replaceAll("%25", "%"));
    } catch {
      return text; // a lone percent sign of the client's own
    }
  },
  500,
);

function summaryOf(
  request: JsonObject,
  source: Json | undefined,
  status: Json | undefined,
  host: Json | undefined,
): string {
  const path = `${host ?? ""}${fieldOf(request, "cs-uri-stem") ?? ""}`;
  const result = `${status ?? ""} ${fieldOf(request, "x-edge-result-type") ?? ""}`;
  return `${fieldOf(request, "cs-method") ?? "request"} ${path}${source ? ` from ${source}` : ""}: ${result}`.trimEnd();
}
