import { addFields, isSuccess } from "../../core/fields.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { endsOf, isUnclaimed, summaryLine, takeOver } from "../../core/layer.ts";
import { definePlugin } from "../../core/plugin.ts";
import { lineOf, syslogIn } from "../../core/syslog.ts";
import { toUTC } from "../../core/time.ts";
import { COMMON_NAMES, setCommon } from "../../core/vendor.ts";
import { accessLineIn } from "../../core/weblog.ts";
import { ACCESS_FIELDS, accessFieldsIn } from "../../core/weblog-formats.ts";

/**
 * Web servers' access logs: lines of the common and the combined format (with a virtual host or forwarding addresses before
 * them), of HAProxy (HTTP, TCP and default) and of mod_ssl in `message` (or `log`), after a syslog header or not; and JSON
 * of nginx, Apache, Caddy, Traefik, HAProxy, Logstash and Fluent Bit.
 *
 * Sets source, category, summary, utctimestamp, the client's address and port, user, useragent, action (the method) and
 * success (a status below 400); from a line details.method, url, status, bytes and referrer too. Of several addresses of
 * a client the first that is not private counts.
 *
 * @see Apache HTTP Server, "Log Files", mod_ssl; nginx, ngx_http_log_module; HAProxy Configuration Manual, "Log formats"
 */
export default definePlugin({
  name: "weblog",
  registration: [
    "message",
    "log",
    "remote_addr",
    "clientip",
    "clienthost",
    "remote_ip",
    "client_ip",
    "remoteip",
  ].concat(["remote_host", "downstreamstatus", "referer", "code"]),
  priority: 22, // after what may carry its lines: beats (20) and syslog (21)
  adds: [...COMMON_NAMES, "method", "url", "status", "bytes", "referrer"],
  shallow: true,
  fields: [...COMMON_NAMES, ...ACCESS_FIELDS, "message", "log"],
  onMessage(event, metadata) {
    const { details } = event;
    const text = lineOf(details);
    const line = text === undefined ? undefined : accessLineIn(syslogIn(text)?.text ?? text);
    const access = line ?? accessFieldsIn(details, isUnclaimed(event, "weblog"));
    const success = isSuccess(access?.status);
    if (access === undefined || (success === undefined && !access.isConnection && !line)) return event;
    takeOver(event, "weblog");
    const { method, url, status, bytes, referrer } = access;
    event.utctimestamp = toUTC(access.time, metadata.arrivalMs) ?? event.utctimestamp;
    event.category = access.isConnection && url === undefined ? "network" : "web";
    setCommon(details, {
      sourceipaddress: access.client,
      sourceport: access.port,
      destinationipaddress: access.server,
      destinationport: access.serverPort,
      user: access.user,
      useragent: access.agent,
      action: method,
      success,
    });
    if (line) addFields(details, given({ method, url, status, bytes, referrer }));
    const request = summaryLine([method, url, status].filter((word) => word !== undefined).join(" "));
    event.summary = `${request ?? (access.isConnection ? "a connection" : "a request")}${endsOf(details)}`;
    return event;
  },
  examples: [
    {
      in: `{"message":"203.0.113.7 - mo [15/Sep/2020:13:00:00 +0200] \\"GET /admin HTTP/1.1\\" 403 199 \\"-\\" \\"curl/7.68.0\\""}`,
      out: {
        source: "weblog",
        category: "web",
        utctimestamp: "2020-09-15T11:00:00+00:00",
        summary: "GET /admin 403 from 203.0.113.7",
        user: "mo",
        useragent: "curl/7.68.0",
        success: false,
        sourceipaddress: "203.0.113.7",
        status: "403",
      },
    },
  ],
});

function given(fields: Readonly<Record<string, Json | undefined>>): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
