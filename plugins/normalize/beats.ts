import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { endsOf, fillColumns, summaryLine } from "../../core/layer.ts";
import { valueAt } from "../../core/path.ts";
import { definePlugin } from "../../core/plugin.ts";
import { toUTC } from "../../core/time.ts";
import { COMMON_NAMES, setCommon, severityOf } from "../../core/vendor.ts";

/** Fields of ECS's `event` that nothing but an ECS document has beside an `@timestamp`. */
const EVENT_FIELDS = ["kind", "category", "dataset", "module", "outcome", "ingested"];

/** Severities of syslog by number, RFC 5424, 6.2.1: ECS keeps the number in `log.syslog.severity.code`. */
const SYSLOG = ["CRITICAL", "CRITICAL", "CRITICAL", "ERROR", "WARNING", "NOTICE", "INFO", "DEBUG"];

/** The severities that Elastic's detection rules give: low, medium, high and critical. Others are their source's own. */
const DETECTION = new Map([
  [21, "NOTICE"],
  [47, "WARNING"],
  [73, "ERROR"],
  [99, "CRITICAL"],
]);

/**
 * Documents in the Elastic Common Schema: of Filebeat, Winlogbeat, Packetbeat, Auditbeat, the Elastic Agent, ECS loggers
 * and any other producer. Fields may be nested or have dotted names.
 *
 * Sets utctimestamp, the addresses and ports of `source` and `destination` (else `client` and `server`), targetuser,
 * success, useragent, action, hostname, account and region; source, category, severity and summary where nothing said
 * them. ECS's own `user`, an object, is details._user.
 * What a document carries as a text in `message` is read by the plugins that run later.
 *
 * @see Elastic Common Schema, "ECS field reference"
 */
export default definePlugin({
  name: "beats",
  registration: ["ecs", "ecs.version", "@metadata", "event"],
  priority: 20,
  after: ["timestamps", "ip_addresses"],
  adds: COMMON_NAMES,
  shallow: true,
  onMessage(event, metadata) {
    const { details } = event;
    if (!isEcs(details)) return event;
    const at = (path: string) => ecsAt(details, path);
    event.utctimestamp = toUTC(details["@timestamp"], metadata.arrivalMs) ?? event.utctimestamp;
    setCommon(details, {
      sourceipaddress: address(at, "source") ?? address(at, "client"),
      destinationipaddress: address(at, "destination") ?? address(at, "server"),
      sourceport: at("source.port") ?? at("client.port"),
      destinationport: at("destination.port") ?? at("server.port"),
      user: at("user.name") ?? at("user.email"),
      targetuser: at("user.target.name") ?? at("user.effective.name"),
      success: { success: true, failure: false }[String(at("event.outcome"))],
      useragent: at("user_agent.original"),
      action: at("event.action"),
      hostname: at("host.name") ?? at("host.hostname"),
      account: at("cloud.account.id"),
      region: at("cloud.region"),
    });
    const category = at("event.category");
    fillColumns(event, {
      source: "beats",
      category: typeof category === "string" ? category : undefined,
      severity: severityIn(at),
      summary: summaryOf(details, at),
    });
    return event;
  },
  examples: [
    {
      in: `{"@timestamp":"2020-09-15T11:00:00.123Z","ecs":{"version":"8.11.0"},"event":{"category":["authentication"],
        "action":"ssh_login","outcome":"failure"},"source":{"ip":"203.0.113.7","port":51234},"user":{"name":"mo"},
        "host":{"name":"web1"},"log":{"level":"warning"}}`,
      out: {
        utctimestamp: "2020-09-15T11:00:00.123000+00:00",
        category: "authentication",
        severity: "WARNING",
        summary: "mo: ssh_login failure from 203.0.113.7:51234",
        sourceipaddress: "203.0.113.7",
        sourceport: 51234,
        success: false,
        hostname: "web1",
        user: "mo",
      },
    },
    { in: '{"event":{"kind":"party"},"time":"2020-09-15T11:00:00Z"}', out: { source: "UNKNOWN" } },
  ],
});

type At = (path: string) => Json | undefined;

function isEcs(details: JsonObject): boolean {
  if (isObject(details.ecs) && typeof details.ecs.version === "string") return true;
  if (typeof details["ecs.version"] === "string") return true;
  if (details["@timestamp"] === undefined) return false;
  if (typeof valueAt(details, "@metadata.beat") === "string") return true;
  const { event } = details;
  return isObject(event) && EVENT_FIELDS.some((name) => event[name] !== undefined);
}

/** A field by its path or by its dotted name; the first of several values. */
function ecsAt(details: JsonObject, path: string): Json | undefined {
  const value = valueAt(details, path) ?? details[path];
  return Array.isArray(value) ? value[0] : value;
}

function address(at: At, side: string): Json | undefined {
  return at(`${side}.ip`) ?? at(`${side}.address`);
}

function severityIn(at: At): string | undefined {
  const code = at("log.syslog.severity.code");
  const bySyslog = severityOf(at("log.syslog.severity.name")) ?? SYSLOG[typeof code === "number" ? code : -1];
  return severityOf(at("log.level")) ?? bySyslog ?? DETECTION.get(Number(at("event.severity")));
}

function summaryOf(details: JsonObject, at: At): string | undefined {
  const message = at("message");
  const line = typeof message === "string" ? summaryLine(message) : undefined;
  if (line !== undefined) return line;
  const what = [at("event.action") ?? at("event.dataset"), at("event.outcome")].filter(
    (word) => typeof word === "string",
  );
  if (what.length === 0) return undefined;
  const who = details.user;
  return `${typeof who === "string" ? `${who}: ` : ""}${what.join(" ")}${endsOf(details)}`;
}
