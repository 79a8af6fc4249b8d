import { addressIn, isIPv4 } from "./ip.ts";

/** An address, and the port that was written with it. */
export interface Endpoint {
  readonly address: string;
  readonly port?: number;
}

/** Longest `[IPv6]:port` there is, with room for a zone. */
const LONGEST = 80;

/** IPv4 within IPv6 (RFC 4291, 2.5.5.2), as dual-stack sockets print it: the address is the IPv4 one. */
const MAPPED = /^(\[?)::ffff:(?=\d{1,3}\.)/i;

/** `[IPv6]:port`, `IPv4:port`, and an IPv6 address of eight groups with the port as a ninth. */
const WITH_PORT = [
  /^\[([^\]]*)\](?::(\d{1,5}))?$/,
  /^([\d.]{7,15}):(\d{1,5})$/,
  /^((?:[\da-f]{1,4}:){7}[\da-f]{1,4}):(\d{1,5})$/i,
];

/**
 * Reads an address that may have a port: `192.0.2.1`, `192.0.2.1:443`, `2001:db8::1`, `[2001:db8::1]:443`.
 * `::ffff:192.0.2.1` is 192.0.2.1.
 *
 * @returns undefined for anything else, host names among it; an impossible port is left out
 */
export function endpointIn(value: unknown): Endpoint | undefined {
  if (typeof value !== "string" || value.length > LONGEST) return undefined;
  if (isIPv4(value)) return { address: value };
  const text = value.trim().replace(MAPPED, "$1");
  const plain = addressIn(text);
  if (plain !== undefined) return { address: plain };
  const written = WITH_PORT.map((form) => form.exec(text)).find((match) => match !== null);
  const address = addressIn(written?.[1]);
  if (address === undefined) return undefined;
  const port = portIn(written?.[2]);
  return port === undefined ? { address } : { address, port };
}

/** A port as a number or its digits; undefined for zero, which no connection has, and beyond 65,535. */
export function portIn(value: unknown): number | undefined {
  const port = typeof value === "string" && /^\d{1,5}$/.test(value) ? Number(value) : value;
  return typeof port === "number" && Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
}
