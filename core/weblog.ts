/** Access logs of web servers, as text. */

import { endpointIn } from "./endpoint.ts";
import { fieldsOf, requestIn } from "./fields.ts";
import type { Json } from "./json.ts";
import { scopeOf } from "./scope.ts";

/** What an access log says of one request. */
export interface Access {
  readonly client: Json | undefined;
  readonly port?: Json | undefined;
  readonly user?: Json | undefined;
  readonly time: Json | undefined;
  readonly method?: Json | undefined;
  readonly url?: Json | undefined;
  readonly status: Json | undefined;
  readonly bytes?: Json | undefined;
  readonly referrer?: Json | undefined;
  readonly agent?: Json | undefined;
  /** The server's own end, where the line has it. */
  readonly server?: Json | undefined;
  readonly serverPort?: Json | undefined;
  /** True for a log of connections or of TLS, which has no status. */
  readonly isConnection?: boolean;
}

/** `15/Sep/2020:13:00:00 +0200`; HAProxy has milliseconds and no zone. */
const TIME = /^\d{1,2}\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d(?:\.\d{1,6})?(?: [+-]\d{4})?$/;

/** A time anywhere: without one a line is none, and need not be split. */
const SOME_TIME = /\/[A-Z][a-z]{2}\/\d{4}:/;

/** HAProxy's timers, five of HTTP and three of TCP, of which -1 is one that never ended: `10/0/30/69/109`. */
const TIMERS = /^-?\d{1,10}(?:\/[+-]?\d{1,10}){4}$/;
const TCP_TIMERS = /^-?\d{1,10}(?:\/[+-]?\d{1,10}){2}$/;

/** HAProxy's default format, of a connection that has only begun: `Connect from A:1 to B:2 (frontend/HTTP)`. */
const CONNECT = /^Connect from (\S{3,60}) to (\S{3,60}) \(\S{1,120}\/(?:HTTP|TCP)\)$/;

/** HAProxy's tag, of a line without the header before it. */
const HAPROXY_TAG = /^haproxy\[\d{1,10}\]: /;

/** Fields before the time: a virtual host or a few forwarding addresses, the client, identd's answer, and the user. */
const MOST_BEFORE = 12;

/** Reads a line of the common, the combined, HAProxy's or mod_ssl's format; undefined for any other text. */
export function accessLineIn(text: string): Access | undefined {
  if (text.startsWith("Connect from ")) return connectLine(text);
  if (!text.slice(0, 1000).includes("[") || !SOME_TIME.test(text)) return undefined;
  const fields = fieldsOf(text.trimEnd().replace(HAPROXY_TAG, ""));
  if (!fields) return undefined;
  const at = fields.slice(0, MOST_BEFORE).findIndex((field) => TIME.test(field));
  if (at === 1) return haproxyLine(fields);
  if (at === 0) return tlsRequestLine(fields);
  const status = fields[at + 2];
  if (at < 3 || status === undefined) return undefined;
  const request = requestIn(fields[at + 1]);
  // Of a client that went away first there is no status.
  if (!/^\d{3}$/.test(status) && !(status === "-" && request)) return undefined;
  return {
    ...clientIn(fields.slice(0, at)),
    time: fields[at],
    method: request?.method,
    url: request?.url ?? said(fields[at + 1]),
    status: said(status),
    bytes: said(fields[at + 3]),
    referrer: said(fields[at + 4]),
    agent: said(fields[at + 5]),
  };
}

/**
 * The client and the user: the last two fields are identd's answer and the user, whose name may have blanks. Of more
 * than one field before them the first is the virtual host, unless a comma says that the client's addresses begin there.
 */
function clientIn(before: readonly string[]): { client: string | undefined; user: string | undefined } {
  const [first = "", second = ""] = before;
  const hasHost = before.length > 3 && second !== "-" && !first.endsWith(",");
  const from = hasHost ? 1 : 0;
  const hops = hopsIn(before.slice(from, -2));
  const isPlain = hops.length === 1 && before[from + 1] === "-"; // not a list, of which the user is what is left
  return { client: clientOf(hops), user: said(isPlain ? before.slice(from + 2).join(" ") : before.at(-1)) };
}

/** The addresses at the beginning of the fields; commas, blanks or quotes part them. */
function hopsIn(fields: readonly string[]): string[] {
  const hops = fields.flatMap((field) => field.split(",")).map((hop) => endpointIn(hop.trim())?.address);
  return hops.filter((address) => address !== undefined);
}

/** Of several the first that is not a network's own: a proxy within writes down where it got the request from. */
function clientOf(hops: readonly string[]): string | undefined {
  if (hops.length < 2) return hops[0];
  return hops.find((hop) => !LOCAL.has(scopeOf(hop) ?? "")) ?? hops[0];
}

const LOCAL: ReadonlySet<string> = new Set(["private", "shared", "loopback", "link_local"]);

/** HAProxy's `address:port`, in which an IPv6 address has no brackets. */
function endIn(text = ""): { address: string; port: string } {
  const colon = Math.max(text.lastIndexOf(":"), 0);
  return { address: text.slice(0, colon), port: text.slice(colon + 1) };
}

function connectLine(text: string): Access | undefined {
  const [, from, to] = CONNECT.exec(text.slice(0, 300).trimEnd()) ?? [];
  if (from === undefined) return undefined;
  const [client, server] = [endIn(from), endIn(to)];
  const ends = { client: client.address, port: client.port, server: server.address, serverPort: server.port };
  return { ...ends, time: undefined, status: undefined, isConnection: true };
}

/** `192.0.2.7:33317 [time] frontend backend/server`, a field of the frontend's own in some, the timers, and the rest. */
function haproxyLine(fields: readonly string[]): Access | undefined {
  const { address: client, port } = endIn(fields[0]);
  const at = [4, 5].find((i) => TIMERS.test(fields[i] ?? "") || TCP_TIMERS.test(fields[i] ?? ""));
  if (at === undefined || client === "") return undefined;
  const ends = { client, port, time: fields[1] };
  if (!TIMERS.test(fields[at] ?? "")) {
    const bytes = said(fields[at + 1]);
    return { ...ends, status: undefined, bytes, isConnection: true };
  }
  const request = requestIn(fields.findLast((field) => requestIn(field) !== undefined));
  return {
    ...ends,
    method: request?.method,
    url: request?.url,
    status: fields[at + 1],
    bytes: said(fields[at + 2]),
  };
}

/** `[time] client TLSv1.2 cipher "GET / HTTP/1.1" bytes`, which mod_ssl's documentation has for ssl_request_log. */
function tlsRequestLine(fields: readonly string[]): Access | undefined {
  const [time, client, protocol = "", , line, bytes] = fields;
  const request = requestIn(line);
  if (!request || !/^(?:TLS|SSL)v[\d.]{1,3}$/.test(protocol)) return undefined;
  return { client, time, ...request, status: undefined, bytes: said(bytes), isConnection: true };
}

function said(field: string | undefined): string | undefined {
  return field === "-" || field === "" ? undefined : field;
}
