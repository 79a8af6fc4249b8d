import { expect, test } from "vitest";
import { geoIn } from "../../core/geo.ts";

const CITY = {
  country: { iso_code: "GB", names: { en: "United Kingdom" } },
  city: { names: { en: "London", de: "London" } },
};
const ASN = { autonomous_system_number: 64500, autonomous_system_organization: "Example" };

test.each([
  ["GeoLite2 City and DB-IP City", CITY, { country: "GB", city: "London" }],
  ["GeoLite2 ASN", ASN, { asn: 64500, asorg: "Example" }],
  ["only the country of registration", { registered_country: { iso_code: "US" } }, { country: "US" }],
  ["ip-location-db", { country_code: "gb" }, { country: "GB" }],
  ["IPinfo", { country: "GB", asn: "AS64500", as_name: "Example" }, { country: "GB", asn: 64500, asorg: "Example" }],
  ["a country's name where its code should be", { country: "United Kingdom" }, undefined],
  ["nothing of these", { continent: { code: "EU" } }, undefined],
])("%s", (_, record, geo) => expect(geoIn(record)).toEqual(geo));
