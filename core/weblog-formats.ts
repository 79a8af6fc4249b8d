/** Access logs of web servers, as JSON. */

import { requestIn } from "./fields.ts";
import type { Json, JsonObject } from "./json.ts";
import { valueAt } from "./path.ts";
import type { Access } from "./weblog.ts";

type Names = readonly string[];

/** A server's JSON access log: the names that give each part, the first that is there; without a status it is none. */
interface Format {
  /** Names that tell the format; all must be there. */
  readonly marks: Names;
  readonly client: Names;
  readonly status: Names;
  readonly user?: Names;
  readonly method?: Names;
  readonly url: Names;
  readonly agent: Names;
  readonly time: Names;
  readonly port?: Names;
}

const TIME = ["time_iso8601", "time_local", "msec", "time", "timestamp", "@timestamp", "ts"];

const FORMATS: readonly Format[] = [
  {
    // Traefik, "Access Logs", JSON.
    marks: ["requestmethod", "downstreamstatus"],
    client: ["clienthost", "clientaddr"],
    status: ["downstreamstatus"],
    user: ["clientusername"],
    method: ["requestmethod"],
    url: ["requestpath"],
    agent: ["request_user-agent"],
    time: ["startutc", "time"],
    port: ["clientport"],
  },
  {
    // Caddy, "log" directive, access logs.
    marks: ["request.uri", "status"],
    client: ["request.client_ip", "request.remote_ip", "request.remote_addr"],
    status: ["status"],
    user: ["user_id"],
    method: ["request.method"],
    url: ["request.uri"],
    agent: ["request.headers.user-agent.0"],
    time: ["ts"],
    port: ["request.remote_port"],
  },
  {
    // nginx, log_format with escape=json and the variables' own names.
    marks: ["remote_addr", "status"],
    client: ["remote_addr"],
    status: ["status"],
    user: ["remote_user"],
    method: ["request_method", "method"],
    url: ["request_uri", "uri", "request"],
    agent: ["http_user_agent", "user_agent"],
    time: TIME,
    port: ["remote_port"],
  },
  {
    // Logstash's and Elasticsearch's COMBINEDAPACHELOG.
    marks: ["clientip", "verb", "response"],
    client: ["clientip"],
    status: ["response"],
    user: ["auth"],
    method: ["verb"],
    url: ["request"],
    agent: ["agent"],
    time: ["timestamp", "@timestamp"],
  },
  {
    // Fluent Bit's and Fluentd's parsers nginx and apache2.
    marks: ["method", "path", "code"],
    client: ["remote", "host"],
    status: ["code"],
    user: ["user"],
    method: ["method"],
    url: ["path"],
    agent: ["agent"],
    time: ["time", "@timestamp"],
  },
];

/** Apache's, HAProxy's and others' own formats, named after the directives: the client, a status and a URL. */
const LOOSE: readonly Format[] = ["remote_ip", "client_ip", "remoteip", "remote_host"].map((client) => ({
  marks: [client],
  client: [client],
  status: ["status", "status_code", "response_code", "http_status"],
  user: ["remote_user", "user", "username"],
  method: ["method", "request_method", "verb", "http_method"],
  url: ["request_uri", "uri", "url", "path", "request", "http_request"],
  agent: ["user_agent", "useragent", "http_user_agent", "agent"],
  time: TIME,
  port: ["remote_port", "client_port"],
}));

/** The first level of what is looked at. */
export const ACCESS_FIELDS: Names = [...FORMATS, ...LOOSE].flatMap((format) =>
  Object.values(format)
    .flat()
    .flatMap((name) => [name, name.split(".", 1)[0] ?? name]),
);

/**
 * Reads an event of one of the formats.
 *
 * @param loose true to count names that many servers share too: no other source knows the event
 */
export function accessFieldsIn(details: JsonObject, loose: boolean): Access | undefined {
  const format = formatIn(details, FORMATS) ?? (loose ? formatIn(details, LOOSE) : undefined);
  if (!format) return undefined;
  const at = (names: Names = []): Json | undefined => firstAt(details, names);
  const url = at(format.url);
  const request = requestIn(typeof url === "string" ? url : undefined);
  return {
    client: at(format.client),
    port: at(format.port),
    user: at(format.user),
    time: at(format.time),
    method: at(format.method) ?? request?.method,
    url: request?.url ?? url,
    status: at(format.status),
    agent: at(format.agent),
  };
}

function formatIn(details: JsonObject, formats: readonly Format[]): Format | undefined {
  for (const format of formats)
    if (hasAll(details, format.marks) && firstAt(details, format.url) !== undefined) return format;
  return undefined;
}

function hasAll(details: JsonObject, names: Names): boolean {
  for (const name of names) if (said(details, name) === undefined) return false;
  return true;
}

function firstAt(details: JsonObject, names: Names): Json | undefined {
  for (const name of names) {
    const value = said(details, name);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** A field by its path or by its dotted name; null is nothing. */
function said(details: JsonObject, name: string): Json | undefined {
  return valueAt(details, name) ?? details[name] ?? undefined;
}
