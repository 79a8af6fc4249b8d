import ipaddr from "ipaddr.js";
import { isAddress } from "./ip.ts";
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
const METADATA = new Set(
  [
    ...["169.254.169.254", "169.254.170.2", "169.254.170.23", "fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254"],
    ...["100.100.100.200", "168.63.129.16"],
  ].map((text) => ipaddr.parse(text).toNormalizedString()),
);

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

/** Addresses that are remembered; a scope takes about two microseconds to find. */
const REMEMBERED = 20_000;

/**
 * The scope of an address; IPv4 within IPv6 (mapped, NAT64) has that of the IPv4 address. Networks for documentation are
 * reserved.
 *
 * @returns undefined for what is no address, and for networks
 */
export const scopeOf: (text: string) => Scope | undefined = remember(REMEMBERED, (text) => {
  if (!isAddress(text)) return undefined;
  const address = meant(ipaddr.process(text));
  if (METADATA.has(address.toNormalizedString())) return "metadata";
  return SCOPES.get(address.range()) ?? "reserved";
});

type Address = ReturnType<typeof ipaddr.process>;

function meant(address: Address): Address {
  if (!TRANSLATED.has(address.range())) return address;
  return ipaddr.fromByteArray(address.toByteArray().slice(-4));
}
