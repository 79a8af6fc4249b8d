import ipaddr from "ipaddr.js";
import type { JsonObject } from "./json.ts";
import { remember } from "./memo.ts";

const DOT = 0x2e;
const ZERO = 0x30;

/** True for four decimal numbers up to 255 without leading zeros, which some readers take for octal. */
export function isIPv4(text: string): boolean {
  return ipv4In(text) >= 0;
}

/** The 32 bits of an IPv4 address as a number; -1 for any other text. */
export function ipv4In(text: string): number {
  const { length } = text;
  if (length < 7 || length > 15) return -1;
  let address = 0;
  let number = 0;
  let digits = 0;
  let dots = 0;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code === DOT) {
      if (digits === 0) return -1;
      address = address * 256 + number;
      number = 0;
      dots++;
      digits = 0;
      continue;
    }
    if (code < ZERO || code > 0x39 || (digits > 0 && number === 0)) return -1;
    number = (digits++ === 0 ? 0 : number * 10) + code - ZERO;
    if (number > 255) return -1;
  }
  return dots === 3 && digits > 0 ? address * 256 + number : -1;
}

/** What an IPv6 address is made of; ipaddr.js, which throws inside, is asked only about these. */
const IPV6_SHAPE = /^(?=.*:.*:)[0-9a-fA-F:.]{2,45}$/;

/** True for an IPv4 or IPv6 address in its usual text form: no port, zone, brackets or blanks. */
export function isAddress(text: string): boolean {
  if (isIPv4(text)) return true;
  return IPV6_SHAPE.test(text) && isIPv6(text);
}

/** Several plugins ask about an address, and it takes more than a microsecond. */
const isIPv6 = remember(
  10_000,
  (text) => ipaddr.IPv6.isValid(text) && (!text.includes(".") || isIPv4(text.slice(text.lastIndexOf(":") + 1))),
);

/** True for an address or a network in CIDR form, `10.0.0.0/8` or `fe80::/10`. */
export function isAddressOrNetwork(text: string): boolean {
  const slash = text.indexOf("/");
  if (slash < 0) return isAddress(text);
  const address = text.slice(0, slash);
  const prefix = text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(prefix) || !isAddress(address)) return false;
  return Number(prefix) <= (address.includes(":") ? 128 : 32);
}

/**
 * The address that a field's value names: the value itself, or the first address of a list.
 *
 * @returns undefined when there is none; blanks around an address are dropped
 */
export function addressIn(value: unknown): string | undefined {
  if (Array.isArray(value)) return value.map(addressIn).find((address) => address !== undefined);
  if (typeof value !== "string" || value.length > 64) return undefined;
  const text = value.trim();
  return isAddressOrNetwork(text) ? text : undefined;
}

/** As {@link addressIn}; of a comma list, as X-Forwarded-For has it, the first hop: the client, before its proxies. */
export function firstHopIn(value: unknown): string | undefined {
  const comma = typeof value === "string" ? value.indexOf(",") : -1;
  return addressIn(typeof value === "string" && comma >= 0 ? value.slice(0, comma) : value);
}

const NONE: string[] = [];

/** Adds addresses to `details._ipaddresses`, once each; a field of that name that is no list is the producer's own. */
export function addAddresses(details: JsonObject, addresses: readonly string[]): void {
  const known = details._ipaddresses || NONE;
  if (!Array.isArray(known)) return;
  let list = known;
  for (const address of addresses) {
    if (list.length === 0) list = [address];
    else if (!list.includes(address)) list = [...list, address];
  }
  if (list !== known) details._ipaddresses = list;
}
