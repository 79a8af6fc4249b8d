import type { JsonObject } from "./json.ts";
import { numberAt, textAt } from "./path.ts";

/** Where an address is and whose network it is in; what the database does not say is not there. */
export interface Geo {
  /** ISO 3166-1, two letters. */
  country?: string;
  /** In English. */
  city?: string;
  /** Number of the autonomous system: the network as the internet's routing knows it. */
  asn?: number;
  /** Who runs it. */
  asorg?: string;
}

/**
 * What a record of an MMDB database says, by the names that MaxMind, DB-IP, IPinfo and ip-location-db give their fields.
 *
 * @returns undefined when it says nothing of these
 */
export function geoIn(record: JsonObject): Geo | undefined {
  const first = (...paths: string[]) => paths.map((path) => textAt(record, path)).find((text) => text !== undefined);
  const country = first("country.iso_code", "registered_country.iso_code", "country_code", "country");
  const city = first("city.names.en", "city");
  const asn = asnIn(record);
  const asorg = first("autonomous_system_organization", "as_name", "as_organization", "asorg");
  const geo: Geo = {
    ...(country !== undefined && /^[a-z]{2}$/i.test(country) && { country: country.toUpperCase() }),
    ...(city !== undefined && { city }),
    ...(asn !== undefined && { asn }),
    ...(asorg !== undefined && { asorg }),
  };
  return Object.keys(geo).length > 0 ? geo : undefined;
}

/** A number, or IPinfo's `AS64500`. */
function asnIn(record: JsonObject): number | undefined {
  const number = numberAt(record, "autonomous_system_number") ?? numberAt(record, "asn");
  if (number !== undefined) return number;
  const digits = /^AS(\d{1,10})$/.exec(textAt(record, "asn") ?? "")?.[1];
  return digits === undefined ? undefined : Number(digits);
}
