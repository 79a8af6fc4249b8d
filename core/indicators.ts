import { isCommonName, isName } from "./domains.ts";
import { isAddress, isAddressOrNetwork } from "./ip.ts";
import type { Json } from "./json.ts";

/** What an analyst looks for across all sources, each once, in the order in which it stands in the event. */
export interface Indicators {
  readonly ipaddresses: string[];
  /** Lower case, without a final dot. */
  readonly domains: string[];
  /** MD5, SHA-1 and SHA-256 in hexadecimal, lower case. */
  readonly hashes: string[];
  readonly emails: string[];
  readonly arns: string[];
}

/** More of a kind than this are not listed: the event is a list itself, and its row must not grow without end. */
export const MAX_OF_A_KIND = 50;

/** How much of a text is searched, in characters; what follows is seldom what the event is about. */
const MAX_TEXT = 8192;

/** Longest name that is no text: a domain name is at most 253, an e-mail address 254 characters. */
const MAX_NAME = 254;

/** As long as they are, digests have digits and letters. */
const HASH = /^(?=\d*[a-f])(?=[a-f]*\d)[\da-f]+$/i;
const EMAIL = /^[\w.%+'-]{1,64}@([a-z\d-]{1,63}(?:\.[a-z\d-]{1,63}){1,8})$/i;
const HOST_OF_URL = /^[a-z][a-z\d+.-]{1,15}:\/\/(?:[^\s/@]*@)?(\[[\da-f:.]+\]|[^\s/:?#[\]]+)/i;

const IPV6_START = /^\[?(?:[\da-f]{1,4}:){7}[\da-f]|^\[?[\da-f]{0,4}(?::[\da-f]{1,4}){0,6}::/i;

const DOT_OR_COLON = /[.:]/;
const SEPARATOR = /[\s"'`()<>{}[\]|=,;\\]/;

/** What some indicator has in it: an IPv4 or IPv6 address, a name with letters after its last dot, an ARN or a digest. */
const PROMISING = /\d\.\d{1,3}\.\d{1,3}\.\d|\.[a-z]{2}|::|(?:[\da-f]{1,4}:){7}|arn:|[\da-f]{32}/i;

/** Text between the marks that stand around names in prose, JSON, URLs' queries and command lines. */
const TOKEN = /[^\s"'`()<>{}[\]|=,;\\]{6,2048}/g;

export function noIndicators(): Indicators {
  return { ipaddresses: [], domains: [], hashes: [], emails: [], arns: [] };
}

/** Finds the indicators in every text of a JSON value, at any depth. */
export function collect(node: Json, found: Indicators): void {
  if (typeof node === "string") {
    look(node, found);
  } else if (Array.isArray(node)) {
    for (let i = 0; i < node.length; i++) collect(node[i] ?? null, found);
  } else if (typeof node === "object" && node !== null) {
    for (const key in node) {
      const value = node[key];
      if (typeof value === "string") look(value, found);
      else if (typeof value === "object" && value !== null) collect(value, found);
    }
  }
}

/** Adds the domain name that a field names which holds nothing else, whatever its top-level domain. */
export function addNamedDomain(value: Json | undefined, found: Indicators): void {
  if (typeof value === "string" && isName(value) && !isAddress(value)) addDomain(value, found);
}

/** Adds a value of a kind, unless it is there or the kind is full. */
export function addOnce(list: string[], value: string): void {
  if (list.length < MAX_OF_A_KIND && !list.includes(value)) list.push(value);
}

/** Most texts of an event hold neither dot nor colon, and are no hash: they cost next to nothing. */
function look(text: string, found: Indicators): void {
  const { length } = text;
  if (length < 3) return;
  if (!DOT_OR_COLON.test(text)) {
    if (length >= 32) lookForHashes(text, found);
  } else if (length <= MAX_NAME && !SEPARATOR.test(text)) {
    classify(text, found);
  } else {
    lookWithin(text, found);
  }
}

function lookForHashes(text: string, found: Indicators): void {
  if (isHash(text)) addOnce(found.hashes, text.toLowerCase());
  else if (SEPARATOR.test(text)) lookWithin(text, found);
}

function isHash(text: string): boolean {
  const { length } = text;
  return (length === 32 || length === 40 || length === 64) && HASH.test(text);
}

function lookWithin(long: string, found: Indicators): void {
  const text = long.length > MAX_TEXT ? long.slice(0, MAX_TEXT) : long;
  if (!PROMISING.test(text)) return;
  for (const token of text.match(TOKEN) ?? []) {
    if (!PROMISING.test(token)) continue;
    const name = withoutEnd(token);
    if (isHash(name)) addOnce(found.hashes, name.toLowerCase());
    else classify(name, found);
  }
}

function classify(name: string, found: Indicators): void {
  if (isDated(name)) return;
  if (name.startsWith("arn:")) {
    addOnce(found.arns, name);
  } else if (isLikeAddress(name)) {
    const address = addressOf(name);
    if (address !== undefined) addOnce(found.ipaddresses, address);
  } else if (name.includes("://")) {
    addHost(HOST_OF_URL.exec(name)?.[1], found);
  } else if (name.includes("@")) {
    addEmail(name, found);
  } else {
    const end = name.search(/[/:]/);
    const host = end < 0 ? name : name.slice(0, end);
    if (isCommonName(host)) addDomain(host, found);
  }
}

/** True for `2020-09-15T11:40:11Z` and the like, which most events have a few of. */
function isDated(name: string): boolean {
  return name.charCodeAt(4) === 45 && name.charCodeAt(7) === 45 && name.charCodeAt(0) <= 57;
}

/** True for what begins as an address does. IPv6 has two colons at once or seven; a time of day has neither. */
function isLikeAddress(name: string): boolean {
  const first = name.charCodeAt(0);
  const isDigit = first >= 48 && first <= 57;
  if (isDigit && /^\d{1,3}\.\d{1,3}\.\d/.test(name)) return true;
  const mayBeIPv6 =
    isDigit || first === 58 || first === 91 || (first >= 65 && first <= 70) || (first >= 97 && first <= 102);
  return mayBeIPv6 && (name.includes("::") || name.length >= 15) && IPV6_START.test(name);
}

/** The address of `192.0.2.1`, `192.0.2.1:443`, `192.0.2.0/24`, `2001:db8::1`, `fe80::1%eth0` and `[2001:db8::1]:443`. */
function addressOf(name: string): string | undefined {
  const bare = /^\[([\da-f:.]{2,45})\](?::\d{1,5})?$/i.exec(name)?.[1] ?? /^([\d.]{7,15}):\d{1,5}$/.exec(name)?.[1];
  if (bare !== undefined) return isAddress(bare) ? bare : undefined;
  const text = name.includes("%") ? name.slice(0, name.indexOf("%")) : name;
  return isAddressOrNetwork(text) ? text : undefined;
}

function addHost(host: string | undefined, found: Indicators): void {
  if (host === undefined) return;
  const address = addressOf(host);
  if (address !== undefined) addOnce(found.ipaddresses, address);
  else if (isName(host)) addDomain(host, found);
}

function addEmail(name: string, found: Indicators): void {
  const text = name.startsWith("mailto:") ? name.slice(7) : name;
  const domain = EMAIL.exec(text)?.[1];
  if (domain === undefined || !isName(domain)) return;
  addOnce(found.emails, text.toLowerCase());
  addDomain(domain, found);
}

function addDomain(name: string, found: Indicators): void {
  const domain = name.toLowerCase();
  addOnce(found.domains, domain.endsWith(".") ? domain.slice(0, -1) : domain);
}

/** A word without the marks that end a sentence. */
function withoutEnd(token: string): string {
  let end = token.length;
  while (end > 0 && ".:!?".includes(token.charAt(end - 1))) end--;
  return end === token.length ? token : token.slice(0, end);
}
