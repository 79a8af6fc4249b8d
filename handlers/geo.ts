import type { Readable } from "node:stream";
import { type Geo, geoIn } from "../core/geo.ts";
import { isAddress } from "../core/ip.ts";
import { isObject, type Json } from "../core/json.ts";
import { remember } from "../core/memo.ts";

/** Largest database, in bytes: the function has 1,769 MB for everything. MaxMind's largest is a fifth of this. */
const MAX_BYTES = 600_000_000;

/** Addresses whose answer is remembered, at about 200 bytes each. */
const REMEMBERED = 20_000;

type Locate = (address: string) => Geo | undefined;

/**
 * Opens an MMDB database, which stays as the bytes it is: looking an address up walks a tree in them.
 *
 * @param bytes the length of the stream
 * @throws {Error} for what is no such database
 */
export async function openDatabase(stream: Readable, bytes: number): Promise<Locate> {
  if (bytes > MAX_BYTES) throw new Error(`it has ${bytes} bytes, more than ${MAX_BYTES}`);
  const { Reader } = await import("maxmind");
  const reader = new Reader(await readAll(stream, bytes));
  const isIPv4 = reader.metadata.ipVersion === 4;
  return (address) => {
    // A database of IPv4 answers for an IPv6 address what its first bits happen to lead to.
    if (!isAddress(address) || (isIPv4 && address.includes(":"))) return undefined;
    const record: unknown = reader.get(address);
    return isObject(record) ? geoIn(plain(record)) : undefined;
  };
}

/** What the databases say together; the first that says something has the word. */
export function joined(databases: readonly Locate[]): Locate {
  return remember(REMEMBERED, (address) => {
    const found = databases.flatMap((locate) => locate(address) ?? []);
    return found.length === 0 ? undefined : Object.assign({}, ...found.toReversed());
  });
}

/** Databases may hold 64-bit numbers, which come as bigint; JSON has none. */
function plain(record: object): { [key: string]: Json } {
  return JSON.parse(JSON.stringify(record, (_, value) => (typeof value === "bigint" ? String(value) : value)));
}

/** Into one buffer: the stream and a copy of it would be twice the size. */
async function readAll(stream: Readable, bytes: number): Promise<Buffer> {
  const all = Buffer.allocUnsafeSlow(bytes);
  let end = 0;
  for await (const piece of stream) end += piece.copy(all, end);
  if (end !== bytes) throw new Error(`it ended after ${end} of ${bytes} bytes`);
  return all;
}
