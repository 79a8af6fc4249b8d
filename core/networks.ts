import ipaddr from "ipaddr.js";
import { isAddressOrNetwork } from "./ip.ts";

/** Networks and what is said of them. */
export interface Networks<T> {
  /**
   * @param network an address or a network in CIDR form, `10.0.0.0/8`; bits beyond its length do not matter
   * @returns false when it is neither
   */
  add(network: string, said: readonly T[]): boolean;
  /** What is said of the networks that an address is in, the smallest first. */
  find(address: string): readonly T[];
}

/** One map for each length that occurs: finding takes as many steps as there are lengths, however many networks there are. */
type ByLength<T> = Map<number, Map<number | string, readonly T[]>>;

const NONE: readonly never[] = [];

export function createNetworks<T>(): Networks<T> {
  const maps: Record<Family, ByLength<T>> = { ipv4: new Map(), ipv6: new Map() };
  const lengths: Record<Family, number[]> = { ipv4: [], ipv6: [] };
  return {
    add(network, said) {
      if (!isAddressOrNetwork(network)) return false;
      const [address, length] = network.includes("/") ? ipaddr.parseCIDR(network) : [ipaddr.parse(network), 128];
      const { bits, family, shift } = bitsOf(address);
      const own = Math.min(length - shift, family === "ipv4" ? 32 : 128);
      if (own < 0) return false; // it reaches beyond the IPv4 addresses that are mapped into IPv6
      const map = maps[family].get(own) ?? new Map();
      if (map.size === 0) lengths[family] = [...lengths[family], own].sort((a, b) => b - a);
      maps[family].set(own, map);
      const key = keyOf(bits, own);
      map.set(key, [...(map.get(key) ?? NONE), ...said]);
      return true;
    },
    find(text) {
      if (!isAddressOrNetwork(text) || text.includes("/")) return NONE;
      const { bits, family } = bitsOf(ipaddr.parse(text));
      const found: T[] = [];
      for (const length of lengths[family]) found.push(...(maps[family].get(length)?.get(keyOf(bits, length)) ?? NONE));
      return found;
    },
  };
}

type Family = "ipv4" | "ipv6";

interface Bits {
  readonly family: Family;
  /** The 32 bits of IPv4 as one number, or the eight parts of IPv6. */
  readonly bits: number | readonly number[];
  /** By how much a length is shorter than it was written: IPv4 within IPv6 stands behind 96 bits. */
  readonly shift: number;
}

function bitsOf(address: ReturnType<typeof ipaddr.parse>): Bits {
  const isMapped = address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress();
  const own = address instanceof ipaddr.IPv6 && isMapped ? address.toIPv4Address() : address;
  if (own instanceof ipaddr.IPv6) return { family: "ipv6", bits: own.parts, shift: 0 };
  return { family: "ipv4", bits: own.octets.reduce((sum, octet) => sum * 256 + octet, 0), shift: isMapped ? 96 : 0 };
}

/** The first bits of an address as a map's key. */
function keyOf(bits: number | readonly number[], length: number): number | string {
  if (typeof bits === "number") return length === 0 ? 0 : (bits & (-1 << (32 - length))) >>> 0;
  const whole = length >> 4;
  const rest = length & 15;
  const last = rest === 0 ? 0 : (bits[whole] ?? 0) & (0xffff << (16 - rest));
  return `${bits.slice(0, whole).join(":")}/${last}`;
}
