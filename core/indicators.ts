import { isCommonName, isName } from "./domains.ts";
import { isAddress, isAddressOrNetwork } from "./ip.ts";
import type { Json } from "./json.ts";
import { TEXT_KINDS } from "./scanned.ts";

/** What an analyst looks for across all sources, each once, in the order in which it stands in the event. */
export interface Indicators {
  ipaddresses: Found;
  /** Lower case, without a final dot. */
  domains: Found;
  /** MD5, SHA-1 and SHA-256 in hexadecimal, lower case. */
  hashes: Found;
  emails: Found;
  arns: Found;
}

/** Undefined when there are none, which is the usual case of most kinds. */
export type Found = string[] | undefined;

/** More of a kind than this are not listed: the event is a list itself, and its row must not grow without end. */
export const MAX_OF_A_KIND = 50;

/** How much of a text is searched, in characters; what follows is seldom what the event is about. */
const MAX_TEXT = 8192;

/** Longest name that is no text: a domain name has at most 253 characters, an e-mail address 254. */
const MAX_NAME = 254;

/** Longest time with its date: `2020-09-15T11:40:11.123456789+02:00`. */
const MAX_TIME = 35;

/** As long as they are, digests have digits and letters. */
const HASH = /^(?=\d*[a-f])(?=[a-f]*\d)[\da-f]+$/i;
const EMAIL = /^[\w.%+'-]{1,64}@([a-z\d-]{1,63}(?:\.[a-z\d-]{1,63}){1,8})$/i;
/** What follows `//` in a URL, without the user and the port. */
const HOST = /^(?:[^\s/@]*@)?(\[[\da-f:.]+\]|[^\s/:?#[\]]+)/i;

/** A user agent: a product and its version first. It may hold a URL or an e-mail address, and no other name but a product's. */
const PRODUCT = /^\[?[\w.-]{1,40}\/v?\d/;

/** What stands around names in a text. */
const MARKS = Uint8Array.from({ length: 128 }, (_, code) =>
  /[\s"'`()<>{}[\]|=,;\\]/.test(String.fromCharCode(code)) ? 1 : 0,
);

/** Characters of the names that are looked for in a text. */
const SHORTEST = 6;
const LONGEST = 2048;

/** Adds the domain name that a field names which holds nothing else, whatever its top-level domain. */
export function addNamedDomain(value: Json | undefined, found: Indicators): void {
  if (typeof value === "string" && isName(value)) addDomain(value, found);
}

/** The values of a kind with another, unless it is there or the kind is full. */
export function withOnce(list: Found, value: string): string[] {
  if (list === undefined) return [value];
  if (list.length < MAX_OF_A_KIND && !list.includes(value)) list.push(value);
  return list;
}

/**
 * Finds the indicators in a text. Most texts of an event have neither a dot nor a colon, and are no hash: they cost next to
 * nothing, and the scanner leaves them out.
 *
 * @param kind what the scanner told of it: see `TEXT_KINDS`
 */
export function look(text: string, kind: number, found: Indicators): void {
  if (kind === TEXT_KINDS.arn) addArn(text, found);
  else if (kind === TEXT_KINDS.ipv4) found.ipaddresses = withOnce(found.ipaddresses, text);
  else if (kind === TEXT_KINDS.name) found.domains = withOnce(found.domains, text);
  else if (kind === TEXT_KINDS.words) lookWithin(text, found);
  else lookAny(text, found);
}

function lookAny(text: string, found: Indicators): void {
  const { length } = text;
  if (length < 3) return;
  if (!text.includes(".") && !text.includes(":")) {
    if (isHash(text)) addHash(text, found);
    else if (length > 32 && (text.includes(" ") || text.includes("="))) lookWithin(text, found);
  } else if (length > MAX_NAME || text.includes(" ") || text.includes(",") || text.includes('"')) {
    lookWithin(text, found);
  } else {
    classify(text, found);
  }
}

function isHash(text: string): boolean {
  const { length } = text;
  return (length === 32 || length === 40 || length === 64) && HASH.test(text);
}

function lookWithin(text: string, found: Indicators): void {
  if (PRODUCT.test(text) && !text.includes("://") && !text.includes("@")) return;
  const length = Math.min(text.length, MAX_TEXT);
  for (let start = 0; start < length; ) {
    const end = tokenEnd(text, start, length);
    if (end - start >= SHORTEST) lookAtToken(text, start, end, found);
    start = end === start ? start + 1 : end;
  }
}

/** The end of what has none of the marks that stand around names in prose, JSON, queries and command lines. */
function tokenEnd(text: string, start: number, length: number): number {
  const limit = Math.min(length, start + LONGEST);
  let end = start;
  while (end < limit && !isMark(text.charCodeAt(end))) end++;
  return end;
}

function isMark(code: number): boolean {
  return code < 128 ? MARKS[code] === 1 : /\s/.test(String.fromCharCode(code));
}

function lookAtToken(text: string, start: number, end: number, found: Indicators): void {
  const name = withoutEnd(text.slice(start, end));
  if (isHash(name)) addHash(name, found);
  else if (name.includes(".") || name.includes(":")) classify(name, found);
}

/** @param name without blanks, with a dot or a colon */
function classify(name: string, found: Indicators): void {
  const first = name.charCodeAt(0);
  if (first === 97 && name.startsWith("arn:")) return void addArn(name, found);
  if (isDigit(first)) {
    if (name.charCodeAt(4) === 45 && name.length <= MAX_TIME) return; // 2020-09-15T11:40:11Z
    if (found.ipaddresses?.includes(name)) return;
  }
  if (isLikeAddress(name, first)) return void addAddress(name, found);
  const colon = name.indexOf(":");
  if (colon >= 0 && name.startsWith("//", colon + 1)) return void addHost(HOST.exec(name.slice(colon + 3))?.[1], found);
  if (colon >= 0 && isHash(name.slice(colon + 1))) return void addHash(name.slice(colon + 1), found);
  if (name.includes("@")) return void addEmail(name, found);
  const slash = name.indexOf("/");
  const end = colon < 0 || (slash >= 0 && slash < colon) ? slash : colon;
  const host = end < 0 ? name : name.slice(0, end);
  if (!found.domains?.includes(host) && isCommonName(host)) addDomain(host, found);
}

function addArn(name: string, found: Indicators): void {
  found.arns = withOnce(found.arns, name);
}

function addHash(digest: string, found: Indicators): void {
  found.hashes = withOnce(found.hashes, digest.toLowerCase());
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** True for what begins as an address does: `192.0.2`, or up to four digits and a colon, and two colons at once or seven. */
function isLikeAddress(name: string, first: number): boolean {
  if (isDigit(first) && /^\d{1,3}\.\d{1,3}\.\d/.test(name)) return true;
  const colon = name.indexOf(":");
  if (colon < 0 || colon > 5) return false;
  return name.includes("::") || (name.length >= 15 && /^\[?(?:[\da-f]{1,4}:){7}/i.test(name));
}

function addAddress(name: string, found: Indicators): void {
  if (found.ipaddresses?.includes(name)) return;
  const address = addressIn(name);
  if (address !== undefined) found.ipaddresses = withOnce(found.ipaddresses, address);
}

/** The address of `192.0.2.1`, `192.0.2.1:443`, `192.0.2.0/24`, `2001:db8::1`, `fe80::1%eth0` and `[2001:db8::1]:443`. */
function addressIn(name: string): string | undefined {
  if (isAddressOrNetwork(name)) return name;
  const zone = name.indexOf("%");
  const bare = zone < 0 ? /^(?:\[([\da-f:.]{2,45})\]|([\d.]{7,15}))(?::\d{1,5})?$/i.exec(name) : undefined;
  const text = zone < 0 ? (bare?.[1] ?? bare?.[2]) : name.slice(0, zone);
  return text !== undefined && isAddress(text) ? text : undefined;
}

function addHost(host: string | undefined, found: Indicators): void {
  if (host === undefined) return;
  if (isName(host)) addDomain(host, found);
  else addAddress(host, found);
}

function addEmail(name: string, found: Indicators): void {
  const text = name.startsWith("mailto:") ? name.slice(7) : name;
  const domain = EMAIL.exec(text)?.[1];
  if (domain === undefined || !isName(domain)) return;
  found.emails = withOnce(found.emails, text.toLowerCase());
  addDomain(domain, found);
}

function addDomain(name: string, found: Indicators): void {
  const domain = name.toLowerCase();
  found.domains = withOnce(found.domains, domain.endsWith(".") ? domain.slice(0, -1) : domain);
}

/** A word without the marks that end a sentence. */
function withoutEnd(token: string): string {
  let end = token.length;
  while (end > 0 && ".:!?".includes(token.charAt(end - 1))) end--;
  return end === token.length ? token : token.slice(0, end);
}
