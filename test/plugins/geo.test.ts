import { createReadStream, statSync } from "node:fs";
import { createRequire } from "node:module";
import { beforeAll, describe, expect, test } from "vitest";
import type { Resources } from "../../core/resources.ts";
import { joined, openDatabase } from "../../handlers/geo.ts";
import geo from "../../plugins/enrich/geo.ts";
import { plugins } from "../../plugins/registry.ts";
import { contract, outcomesOf, run } from "../contract.ts";

/** Which country each IPv4 network is registered in. */
const FILE = createRequire(import.meta.url).resolve(
  "@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country-ipv4.mmdb",
);

const open = (bytes = statSync(FILE).size) => openDatabase(createReadStream(FILE), bytes);

describe("geo", () => {
  contract(geo);

  let resources: Resources;
  beforeAll(async () => {
    resources = { geo: joined([await open()]) };
  });

  test("source and destination are located in a real database", () => {
    const { details, plugins: ran } = run('{"src":"8.8.8.8","dst":"81.2.69.142"}', { ...plugins, resources });
    expect(details).toMatchObject({ sourcegeo: { country: "US" }, destinationgeo: { country: "GB" } });
    expect(ran).toContain("enrichment_geo");
  });

  test.each([
    ["a private address", "10.0.0.1"],
    ["an IPv6 address in a database of IPv4", "2001:4860:4860::8888"],
    ["a network", "8.8.8.0/24"],
    ["no address", "autoscaling.amazonaws.com"],
  ])("%s has no place", (_, address) => expect(resources.geo?.(address)).toBeUndefined());

  test("without the setting it does not run at all", () => {
    expect(run('{"src":"8.8.8.8"}').plugins).not.toContain("enrichment_geo");
  });

  test("a producer's own field stays", () => {
    const { details } = run('{"src":"8.8.8.8","sourceGeo":"here"}', { ...plugins, resources });
    expect(details.sourcegeo).toBe("here");
  });

  test("a database that could not be loaded costs the events only this, and they say so", () => {
    const broken = () => {
      throw new Error("enrich: city.mmdb cannot be used");
    };
    const [outcome] = outcomesOf('{"src":"8.8.8.8"}', { ...plugins, resources: { geo: broken } });
    const failed = [{ plugin: "enrichment_geo", error: "Error: enrich: city.mmdb cannot be used" }];
    expect(outcome).toMatchObject({ kind: "event", failed });
  });

  test("a file that is cut off is refused", async () => {
    await expect(open(statSync(FILE).size + 1)).rejects.toThrow(/ended after 3038613 of 3038614 bytes/);
  });
});
