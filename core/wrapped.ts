/** Events that a shipper or a store wrapped: they are taken out, so that an event looks the same however it came. */

import { BACKSLASH, BLANK, BRACE, QUOTE } from "./bytes.ts";
import { withoutStacks } from "./error.ts";
import { SHELL_TEXTS } from "./event.ts";
import { isObject, type Json, type JsonObject, parseJson, setKey } from "./json.ts";
import { millisecondsOf, toUTC } from "./time.ts";

/** An event, and what else its wrapper said; the name is where that is kept. */
export interface Wrapped {
  readonly value: JsonObject;
  readonly name: "_wrapper" | "_splunk" | "_elasticsearch";
  readonly facts: JsonObject;
  /** When the wrapper says that it happened, in milliseconds since 1970. */
  readonly timeMs: number | undefined;
}

/** Fields, in lower case, without which no object is such a wrapper; of {@link TEXT_FIELDS}, when their text begins as JSON. */
export const WRAPPER_FIELDS: readonly string[] = ["sourcetype", "preview", "_source", "short_message"];

/** Fields in which shippers pass on a line that they read, an event in JSON among others. */
export const TEXT_FIELDS: readonly string[] = [
  "message",
  "msg",
  "log",
  "event",
  "_raw",
  "raw",
  "rawlog",
  "raw_log",
  "body",
];

/**
 * What shippers put beside the line: Docker's json-file driver, Fluent Bit and Fluentd, Filebeat and the Elastic Agent, Logstash,
 * Vector, rsyslog, syslog-ng, journald, Splunk's forwarders, ECS FireLens, Cribl, and labels that people have them add. An object with any
 * other field is a producer's own, whatever its message is.
 */
const SHIPPED = new Set(
  `stream time timestamp date ts logtag attrs kubernetes docker container container_id container_name ecs_cluster ecs_task_arn
  ecs_task_definition source agent ecs input host hostname fields tags cloud data_stream elastic_agent beat offset path port type file
  source_type level severity facility priority program pid programname syslogtag syslogfacility syslogseverity syslogfacility-text
  syslogseverity-text timereported timegenerated fromhost fromhost-ip inputname pri uuid rawmsg appname app-name procid msgid
  ident message_id isodate sourceip sourcetype index cribl_pipe cribl_breaker labels label env environment service app application cluster
  namespace pod image node region account project instance stream_name log_group log_stream version image_id image_name command created
  tag short_message full_message`.split(/\s+/),
);

/** Of ECS's `event`, what a shipper knows; what has more was read already. */
const SHIPPED_EVENT = new Set(["dataset", "module", "ingested", "created", "timezone", "original", "agent_id_status"]);

/** Whether a value, as it is written in JSON at a place, may be the text of an object. */
export function mayWrap(json: Uint8Array, at: number): boolean {
  if (json[at] !== QUOTE) return false;
  const first = json[at + 1] === BLANK ? at + 2 : at + 1;
  return json[first] === BRACE || json[first] === AT || (json[first] === BACKSLASH && json[first + 1] === LETTER_U);
}

const AT = 0x40;
const LETTER_U = 0x75;

/**
 * What may stand before the object: the blank that syslog has behind its tag, and the cookie by which lumberjack (CEE) marks JSON in
 * syslog: rsyslog, "mmjsonparse".
 */
const BEFORE = /^ ?(?:@cee: ?)?(?=\{)/;

/** Wrappers within wrappers. */
export const MAX_WRAPPERS = 3;

/** @returns undefined for an object that is no wrapper */
export function wrappedIn(object: JsonObject): Wrapped | undefined {
  return splunkResult(object) ?? splunkEvent(object) ?? elasticHit(object) ?? lineIn(object);
}

/** A result that Splunk exports, `{"preview":false,"offset":0,"result":{…}}`. */
function splunkResult(object: JsonObject): Wrapped | undefined {
  const { result } = object;
  if (typeof object.preview !== "boolean" || !isObject(result)) return undefined;
  return wrapped(result, "_splunk", object, "result", result._time);
}

/** What Splunk's collector knows of an event. */
const COLLECTED = new Set(["time", "host", "source", "sourcetype", "index", "event", "fields"]);

/** An event as Splunk's HTTP Event Collector takes it: "Format events for HTTP Event Collector". */
function splunkEvent(object: JsonObject): Wrapped | undefined {
  const { event, sourcetype, _raw: raw } = object;
  if (typeof sourcetype !== "string") return undefined;
  const text = jsonIn(raw);
  if (text) return wrapped(text, "_splunk", object, "_raw", object._time);
  if (!Object.keys(object).every((name) => COLLECTED.has(name))) return undefined;
  const value = isObject(event)
    ? event
    : (jsonIn(event) ?? (typeof event === "string" ? { message: event } : undefined));
  return value && wrapped(value, "_splunk", object, "event", object.time);
}

/** A document as Elasticsearch and OpenSearch give it in a search: `{"_index":…,"_source":{…}}`. */
function elasticHit(object: JsonObject): Wrapped | undefined {
  const { _source: source, _index: index } = object;
  if (typeof index !== "string" || !isObject(source)) return undefined;
  return wrapped(source, "_elasticsearch", object, "_source", undefined);
}

/** A line of JSON with nothing but what its shipper knows beside it. */
function lineIn(object: JsonObject): Wrapped | undefined {
  const names = Object.keys(object);
  const name = names.find((one) => TEXT_FIELDS.includes(one.toLowerCase()) && jsonIn(object[one]) !== undefined);
  const value = name === undefined ? undefined : jsonIn(object[name]);
  if (name === undefined || !value || !names.every((one) => one === name || isShipped(one, object[one])))
    return undefined;
  const { timestamp, time, date, ts } = object;
  return wrapped(
    value,
    "_wrapper",
    object,
    name,
    object["@timestamp"] ?? timestamp ?? time ?? date ?? ts ?? object._time,
  );
}

function isShipped(name: string, value: Json | undefined): boolean {
  const lower = name.toLowerCase();
  if (lower === "event") return isObject(value) && Object.keys(value).every((key) => SHIPPED_EVENT.has(key));
  if (lower === "log" || lower === "message") return isObject(value) || value === "";
  return SHIPPED.has(lower) || /^[_@]/.test(name);
}

/** Names that mean something else without their underline. */
const SHELL = new Set([...SHELL_TEXTS, "utctimestamp", "tags", "plugins", "details", "eventid", "message"]);

/**
 * A message of Graylog (GELF 1.1): its own fields have an underline before them, which is taken off where no other field has the name;
 * the text is `message`.
 *
 * @returns undefined for an object that is none
 */
export function gelfFields(object: JsonObject): JsonObject | undefined {
  const { short_message: text, full_message: full, version, host } = object;
  if (typeof text !== "string" || typeof host !== "string" || !/^1\.[01]$/.test(String(version))) return undefined;
  const fields: JsonObject = {};
  for (const [name, value] of Object.entries(object)) {
    const own = name.startsWith("_") ? name.slice(1) : name;
    const isFree = own !== "" && !SHELL.has(own) && !Object.hasOwn(object, own);
    setKey(fields, isFree ? own : name, value);
  }
  const message = typeof full === "string" && full !== "" ? full : text;
  return Object.hasOwn(object, "message") ? fields : { ...fields, message };
}

/** An earlier time has no year, or no clock behind it. */
const FIRST_MS = Date.UTC(2000, 0, 1);

function wrapped(
  value: JsonObject,
  name: Wrapped["name"],
  object: JsonObject,
  without: string,
  time: Json | undefined,
): Wrapped {
  const facts: JsonObject = {};
  for (const [key, fact] of Object.entries(object)) if (key !== without) setKey(facts, key.toLowerCase(), fact);
  const timeMs = millisecondsOf(toUTC(time, 0) ?? "");
  return { value, name, facts, timeMs: timeMs > FIRST_MS ? timeMs : undefined };
}

/** The object that a text is the JSON of. */
function jsonIn(text: Json | undefined): JsonObject | undefined {
  if (typeof text !== "string" || !BEFORE.test(text)) return undefined;
  try {
    const value = withoutStacks(() => parseJson(text.replace(BEFORE, "")));
    return isObject(value) && Object.keys(value).length > 0 ? value : undefined;
  } catch {
    return undefined; // it only looked like JSON, or is nested too deep: it stays the text that it is
  }
}
