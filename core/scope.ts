import ipaddr from "ipaddr.js";
import { ipv4In, isAddress } from "./ip.ts";
import { remember } from "./memo.ts";

/** Where an address can be reached from. */
export type Scope =
  | "public"
  | "private"
  | "shared"
  | "loopback"
  | "link_local"
  | "multicast"
  | "broadcast"
  | "unspecified"
  | "reserved"
  | "metadata";

/**
 * Addresses at which a cloud gives machines and containers their credentials: the first thing that a forged request
 * (SSRF) asks for. EC2, GCP and Azure; ECS tasks; EKS Pod Identity; EC2, EKS and GCP over IPv6; Alibaba; Azure's WireServer.
 */
const METADATA_IPV4 = ["169.254.169.254", "169.254.170.2", "169.254.170.23", "100.100.100.200", "168.63.129.16"];
const METADATA = new Set(
  [...METADATA_IPV4, "fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254"].map((text) =>
    ipaddr.parse(text).toNormalizedString(),
  ),
);

/** First three bytes of IPv4 addresses of which not all have one scope: those of single addresses, and the broadcast. */
const MIXED = new Set([...METADATA_IPV4, "255.255.255.255"].map((text) => ipv4In(text) >>> 8));

/** ipaddr.js's names of ranges (IANA's special-purpose registries); one that is not here is reserved. */
const SCOPES = new Map<string, Scope>([
  ["unicast", "public"],
  ["private", "private"],
  ["uniqueLocal", "private"],
  ["deprecatedSiteLocal", "private"],
  ["carrierGradeNat", "shared"],
  ["loopback", "loopback"],
  ["linkLocal", "link_local"],
  ["multicast", "multicast"],
  ["broadcast", "broadcast"],
  ["unspecified", "unspecified"],
  // Anycast services and tunnels of the public internet.
  ["as112", "public"],
  ["as112v6", "public"],
  ["amt", "public"],
  ["6to4", "public"],
  ["teredo", "public"],
]);

/** Ranges of IPv6 whose last four bytes are the IPv4 address that is meant: translated by NAT64 and SIIT. */
const TRANSLATED = new Set(["rfc6052", "rfc6145"]);

/** Addresses and networks that are remembered; a scope takes about two microseconds to find. */
const REMEMBERED = 20_000;

/**
 * The scope of an address; IPv4 within IPv6 (mapped, NAT64) has that of the IPv4 address. Networks for documentation are
 * reserved.
 *
 * @returns undefined for what is no address, and for networks
 */
export function scopeOf(text: string): Scope | undefined {
  const number = ipv4In(text);
  return number < 0 || MIXED.has(number >>> 8) ? scopeOfText(text) : scopeOfNetwork(number >>> 8);
}

const scopeOfText = remember(REMEMBERED, (text): Scope | undefined => {
  if (!isAddress(text)) return undefined;
  const address = meant(ipaddr.process(text));
  return METADATA.has(address.toNormalizedString()) ? "metadata" : rangeOf(address);
});

/** By the first three bytes of an IPv4 address: but for the mixed ones, no range of IANA's is smaller. */
const scopeOfNetwork = remember(
  REMEMBERED,
  (network: number): Scope => rangeOf(new ipaddr.IPv4([network >>> 16, (network >>> 8) & 255, network & 255, 0])),
);

type Address = ReturnType<typeof ipaddr.process>;

function rangeOf(address: Address): Scope {
  return SCOPES.get(address.range()) ?? "reserved";
}

function meant(address: Address): Address {
  if (!TRANSLATED.has(address.range())) return address;
  return ipaddr.fromByteArray(address.toByteArray().slice(-4));
}
