import { arnIn } from "../../core/arn.ts";
import { addFields, fieldsOf, isSuccess, namedFields, requestIn } from "../../core/fields.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { endsOf, takeOver } from "../../core/layer.ts";
import { textAt } from "../../core/path.ts";
import { definePlugin } from "../../core/plugin.ts";
import { toUTC } from "../../core/time.ts";
import { COMMON_NAMES, setCommon } from "../../core/vendor.ts";

/** The fields of each kind of line, in order, under the names of the documentation with underscores. */
const CLASSIC = `time elb client backend request_processing_time backend_processing_time response_processing_time
  elb_status_code backend_status_code received_bytes sent_bytes request user_agent ssl_cipher ssl_protocol`.split(
  /\s+/,
);

const APPLICATION = `type time elb client target request_processing_time target_processing_time response_processing_time
  elb_status_code target_status_code received_bytes sent_bytes request user_agent ssl_cipher ssl_protocol target_group_arn
  trace_id domain_name chosen_cert_arn matched_rule_priority request_creation_time actions_executed redirect_url
  error_reason target_list target_status_code_list classification classification_reason conn_trace_id`.split(/\s+/);

const NETWORK = `type log_version time elb listener client destination connection_time tls_handshake_time received_bytes
  sent_bytes incoming_tls_alert chosen_cert_arn chosen_cert_serial tls_cipher tls_protocol_version tls_named_group
  domain_name alpn_fe_protocol alpn_be_protocol alpn_client_preference_list tls_connection_creation_time`.split(/\s+/);

const CONNECTION = `time client_ip client_port listener_port tls_protocol tls_cipher tls_handshake_latency
  leaf_client_cert_subject leaf_client_cert_validity leaf_client_cert_serial_number tls_verify_status
  conn_trace_id`.split(/\s+/);

const TIME = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z?`;
const CLIENT = String.raw`(?:\[?[\da-fA-F.:]{2,45}\]?:\d{1,5}|-)`;

/** What records in JSON are known by: with underscores in the table for Athena, without elsewhere. */
const RECORD = ["elb_status_code", "elbstatuscode"];

/** The fields of such a record by the line's names; the request is in three. */
const RECORD_NAMES = `type elb client_ip client_port target_ip target_port elb_status_code target_status_code user_agent
  target_group_arn domain_name chosen_cert_arn`.split(/\s+/);

const SHORTEST_LINE = 60;

/** Characters within which a line shows its kind: load balancers' names are short. */
const LONGEST_START = 512;

/** What each kind begins with. */
const START = /^(?:\d{4}-\d|https? |h2 |grpcs? |wss? |tls )/;

/** How each kind of line begins, and the fewest fields that it ever had. */
const FORMATS = [
  { names: APPLICATION, start: new RegExp(`^(?:https?|h2|grpcs?|wss?) ${TIME} \\S+ ${CLIENT} `), fewest: 17 },
  { names: NETWORK, start: new RegExp(`^tls \\d\\.\\d ${TIME} \\S+ \\S+ ${CLIENT} `), fewest: 16 },
  {
    names: CONNECTION,
    start: new RegExp(`^${TIME} [\\da-fA-F.:]{2,45} \\d{1,5} \\d{1,5} (?:-|TLSv|SSLv)`),
    fewest: 11,
  },
  { names: CLASSIC, start: new RegExp(`^${TIME} \\S+ ${CLIENT} ${CLIENT} -?[\\d.]+ `), fewest: 12 },
];

/**
 * Access logs of Elastic Load Balancing: Application, Network (TLS) and Classic Load Balancers, and the connection logs of
 * Application Load Balancers: the text line in `message`, and requests in JSON by the names of the user guide's table for
 * Athena, with underscores or without.
 *
 * Sets source, category, summary, utctimestamp, details.sourceipaddress and sourceport (the client),
 * destinationipaddress and destinationport (the target, if the request reached one), success (a status below 400; a TLS
 * handshake that came about), action (the method), useragent, hostname (that was asked for), account, region, and the
 * line's fields under their documented names.
 *
 * @see Elastic Load Balancing user guides, "Access logs" of each kind of load balancer, "Connection log entries"
 */
export default definePlugin({
  name: "elb",
  registration: ["message", ...RECORD],
  priority: 20,
  after: ["timestamps", "ip_addresses"],
  adds: [...COMMON_NAMES, ...FORMATS.flatMap(({ names }) => names)],
  shallow: true,
  fields: [...COMMON_NAMES, "message"],
  parsedAt: RECORD,
  onMessage(event, metadata) {
    const { details } = event;
    const text = lineIn(details.message);
    const line = text ?? recordIn(details);
    if (!line) return event;
    if (text) addFields(details, text);
    takeOver(event, "elb");
    const request = requestIn(textAt(line, "request"));
    const arn = arnIn(line.target_group_arn) ?? arnIn(line.chosen_cert_arn);
    event.category = line.elb_status_code === undefined && !request ? "network" : "web";
    event.utctimestamp = toUTC(line.time, metadata.arrivalMs) ?? event.utctimestamp;
    setCommon(details, {
      sourceipaddress: line.client ?? line.client_ip,
      sourceport: line.client_port,
      destinationipaddress: line.target ?? line.backend ?? line.destination ?? line.target_ip,
      destinationport: line.listener_port ?? line.target_port,
      success: outcomeOf(line),
      action: request?.method,
      useragent: line.user_agent,
      hostname: line.domain_name ?? request?.host,
      account: arn?.account,
      region: arn?.region,
    });
    event.summary = summaryOf(line, details, request?.url);
    return event;
  },
  examples: [
    {
      in: `{"message":"https 2020-09-15T11:50:38.123456Z app/web/0123456789abcdef 203.0.113.7:46532 10.0.0.66:9000 0.001 0.002 0.000 502 - 34 366 \\"GET https://www.example.com:443/login HTTP/1.1\\" \\"curl/7.46.0\\" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/web/0123456789abcdef \\"Root=1-0-0\\" \\"www.example.com\\" \\"-\\" 0 2020-09-15T11:50:38.100000Z \\"forward\\" \\"-\\" \\"-\\" \\"10.0.0.66:9000\\" \\"-\\" \\"-\\" \\"-\\""}`,
      out: {
        source: "elb",
        category: "web",
        utctimestamp: "2020-09-15T11:50:38.123456+00:00",
        summary: "GET https://www.example.com:443/login from 203.0.113.7:46532 to 10.0.0.66:9000: 502",
        sourceport: 46532,
        destinationipaddress: "10.0.0.66",
        success: false,
        region: "us-east-2",
      },
    },
  ],
});

/** The fields of a line; undefined when the text is none. */
function lineIn(line: unknown): JsonObject | undefined {
  if (typeof line !== "string" || line.length < SHORTEST_LINE || !START.test(line)) return undefined;
  const head = line.slice(0, LONGEST_START);
  const format = FORMATS.find(({ start }) => start.test(head));
  const values = (format && fieldsOf(line.trimEnd(), format.names.length)) ?? [];
  return format && values.length >= format.fewest ? namedFields(format.names, values) : undefined;
}

/** The same of a record in JSON; undefined when it is none. */
function recordIn(details: JsonObject): JsonObject | undefined {
  if (!RECORD.some((name) => details[name] !== undefined)) return undefined;
  const at = (name: string) => details[name] ?? details[name.replaceAll("_", "")];
  const line = namedFields(RECORD_NAMES, RECORD_NAMES.map(at).map(wordOf));
  if (line.elb === undefined || line.elb_status_code === undefined || line.client_ip === undefined) return undefined;
  const verb = at("request_verb") ?? at("request_http_method");
  line.request = [verb, at("request_url"), at("request_proto") ?? "HTTP"].map(wordOf).join(" ");
  return { ...line, time: details.time ?? details.timestamp ?? null };
}

function wordOf(value: Json | undefined): string {
  return typeof value === "number" ? String(value) : typeof value === "string" ? value : "";
}

/** Of a request its status; of a TLS connection whether it came about, or the verdict on the client's certificate. */
function outcomeOf(line: JsonObject): boolean | undefined {
  if (line.type === "tls") return line.tls_protocol_version !== undefined;
  if (typeof line.tls_verify_status === "string") return line.tls_verify_status === "Success";
  return isSuccess(line.elb_status_code);
}

function summaryOf(line: JsonObject, details: JsonObject, url: string | undefined): string {
  const { elb_status_code, tls_protocol_version, tls_verify_status, domain_name, type } = line;
  const what = url === undefined ? `${type ?? "tcp"} ${domain_name ?? "connection"}` : `${details.action} ${url}`;
  const result = elb_status_code ?? tls_protocol_version ?? tls_verify_status;
  return `${what}${endsOf(details)}${result === undefined ? "" : `: ${result}`}`;
}
