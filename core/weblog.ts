/** Access logs of web servers, as text. */

import { fieldsOf, requestIn } from "./fields.ts";
import { isAddress } from "./ip.ts";
import type { Json } from "./json.ts";

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
}

/** `15/Sep/2020:13:00:00 +0200`; HAProxy has milliseconds and no zone. */
const TIME = /^\d{1,2}\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d(?:\.\d{1,6})?(?: [+-]\d{4})?$/;

/** HAProxy's five timers, of which -1 is one that never ended: `10/0/30/69/109`. */
const TIMERS = /^-?\d{1,10}(?:\/[+-]?\d{1,10}){4}$/;

/** Fields before the time: a virtual host or a few forwarding addresses, the client, identd's answer, and the user. */
const MOST_BEFORE = 12;

/** Reads a line of the common, the combined or HAProxy's HTTP format; undefined for any other text. */
export function accessLineIn(line: string): Access | undefined {
  if (!line.slice(0, 1000).includes("[")) return undefined;
  const fields = fieldsOf(line);
  if (!fields) return undefined;
  const at = fields.slice(0, MOST_BEFORE).findIndex((field) => TIME.test(field));
  if (at === 1 && TIMERS.test(fields[4] ?? "")) return haproxyLine(fields);
  const status = fields[at + 2];
  if (at < 3 || status === undefined || !/^\d{3}$/.test(status)) return undefined;
  const request = requestIn(fields[at + 1]);
  return {
    ...clientIn(fields.slice(0, at)),
    time: fields[at],
    method: request?.method,
    url: request?.url ?? said(fields[at + 1]),
    status,
    bytes: said(fields[at + 3]),
    referrer: said(fields[at + 4]),
    agent: said(fields[at + 5]),
  };
}

/** The client is the first address; after it stand identd's answer and the user, whose name may have blanks. */
function clientIn(before: readonly string[]): { client: string | undefined; user: string | undefined } {
  const words = before.map((word) => word.replace(/,$/, ""));
  const client = words.find(isAddress);
  const isFirst = words[0] === client && before[0] === client; // no virtual host, no list of addresses
  const user = isFirst ? before.slice(2).join(" ") : before.at(-1);
  return { client, user: said(user) };
}

function haproxyLine(fields: readonly string[]): Access | undefined {
  const request = requestIn(fields.at(-1));
  return {
    client: fields[0],
    time: fields[1],
    method: request?.method,
    url: request?.url,
    status: fields[5],
    bytes: said(fields[6]),
  };
}

function said(field: string | undefined): string | undefined {
  return field === "-" || field === "" ? undefined : field;
}
