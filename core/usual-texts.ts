/**
 * Addresses and e-mail addresses by what the words in their field's name tell, for names that no list has: `clickIP`,
 * `ip_source`, `clt_sip`, `Client Public IP`. Names are in lower case, so words may run together.
 */

import { nameOf, type Place, type Visit } from "./changes.ts";
import { endpointIn } from "./endpoint.ts";
import { TEXT_KINDS } from "./scanned.ts";

const words = (text: string) => text.split(/\s+/);

/** Longer words that have others of these lists in them. */
const TAKEN_APART = /resource|observer|serverless|destination/g;

/** Whoever began it. */
const SOURCE = words("source src client clt remote peer");

/** The same, where the event names nobody so. */
const BEGINNER = [
  ...words(
    `caller requester requestor visitor attacker offender origin. request_ip requestip logged_from loggedfrom connecting
    workstation terminal cliip cli_ip cliaddr cli_addr`,
  ),
  ...words("user actor login logon access click from initiator operator sender").flatMap((who) =>
    ["ip", "addr", "host", "_ip", "_addr", "_host", ".ip", " ip"].map((end) => who + end),
  ),
];

/** Whom it reached. */
const DESTINATION = words("dest dst target server srv responder");
const TO = /^to[._ -]?(?:ip|addr)/;

/** Machines on the way, what was found or changed, and other times. */
const OTHER = words(
  `nat_ _nat .nat nat. natip natsource natsrc natdest natdst trans agent sensor collect observ gateway proxy dns resol answer connector
  broker router switch firewall container node interface allow white black deny range subnet mask version indicator threat new old
  prev last first location description accesspoint access_point zen`,
);

/** The event's one address, where it is named as no more than that. */
const PLAIN = /^(?:ip(?:v[46])?|(?:ip[._ -]?)?addr(?:ess)?)(?:es)?$/;

/** An address of whoever it is about, seen from inside or outside. */
const OWN = /^(?:internal|external|public|private|wan)[._ -]?(?:ip|addr)/;

/** Somebody. */
const PERSON = words(
  "user login logon mail upn actor principal owner author admin member person employee operator account identity",
);

/** Somebody whom it was done to, or who was told. */
const OTHER_PERSON = words(
  `target recipient send dest dst reply manager contact support notif assign approv invit new old prev message affected service
  toemail tomail toaddr to_ _to to. cc bcc from rcpt`,
);

const EMAIL = /^[a-z][^\s@<>",:]{0,63}@[^\s@<>",.]{1,64}\.[^\s@<>",]{1,64}$/i;

/** Longest address or e-mail address, and shortest. */
const LONGEST = 128;
const SHORTEST = 5;

export interface NamedTexts {
  source: string | undefined;
  destination: string | undefined;
  email: string | undefined;
}

/** @param eachText see `Metadata`: what it leaves out is no address, and no e-mail address with a dot */
export function namedTexts(eachText: (visit: Visit) => void): NamedTexts {
  const found: NamedTexts = { source: undefined, destination: undefined, email: undefined };
  const others: Others = { beginner: undefined, own: undefined, plain: new Set() };
  eachText((text, kind, place) => {
    if (kind !== TEXT_KINDS.any && kind !== TEXT_KINDS.ipv4) return;
    if (text.length > LONGEST || text.length < SHORTEST) return;
    if (text.includes("@")) noteEmail(text, place, found);
    else if (isOneAddress(text)) noteAddress(text, nameOf(place), found, others);
  });
  const [one, ...more] = others.plain;
  found.source ??= others.beginner ?? others.own ?? (more.length === 0 ? one : undefined);
  return found;
}

interface Others {
  beginner: string | undefined;
  own: string | undefined;
  readonly plain: Set<string>;
}

function noteAddress(text: string, name: string | undefined, found: NamedTexts, others: Others): void {
  if (name === undefined || name.startsWith("_")) return;
  const told = name.replace(TAKEN_APART, (word) => (word === "destination" ? "dest" : ""));
  if (hasAny(told, OTHER)) return;
  if (hasAny(told, DESTINATION) || TO.test(told)) found.destination ??= text;
  else if (hasAny(told, SOURCE)) found.source ??= text;
  else if (hasAny(told, BEGINNER)) others.beginner ??= text;
  else if (OWN.test(told)) others.own ??= text;
  else if (PLAIN.test(told)) others.plain.add(text);
}

function noteEmail(text: string, place: Place, found: NamedTexts): void {
  if (found.email !== undefined || !EMAIL.test(text)) return;
  const name = nameOf(place);
  if (name === undefined || name.startsWith("_") || !hasAny(name, PERSON) || hasAny(name, OTHER_PERSON)) return;
  found.email = text;
}

function hasAny(name: string, parts: readonly string[]): boolean {
  return parts.some((part) => name.includes(part));
}

/** An address with or without a port, in a form that the scanner tells; no network, and no list. */
function isOneAddress(text: string): boolean {
  if (!/^[\d[:a-f][^\s/,]+$/i.test(text)) return false;
  const colons = text.split(":").length - 1;
  if (colons > 1 && colons < 7 && !text.includes("::")) return false;
  return endpointIn(text) !== undefined;
}
