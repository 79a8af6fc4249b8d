import { describe, expect, test } from "vitest";
import ip_addresses from "../../plugins/normalize/ip_addresses.ts";
import { contract, fixture, run } from "../contract.ts";

/** As the seed has them: the first valid one wins in this order. */
const SOURCES = `src srcaddr srcip src_ip source_ip sourceipaddress source_ip_address c-ip clientip remoteip remote_ip
  remoteaddr remote_host_ip_address ipaddress ip_address ipaddr id_orig_h x-forwarded-for http-x-forwarded-for`.split(
  /\s+/,
);
const DESTINATIONS = `dst dstip dst_ip dstaddr dest destaddr dest_ip destination_ip destinationipaddress
  destination_ip_address id_resp_h serverip`.split(/\s+/);

/** An event that has the names nested, last name first, each with an address that ends in its place. */
function eventWith(names: readonly string[]): string {
  const entries = names.map((name, i) => [name, `192.0.2.${i}`]).toReversed();
  return JSON.stringify({ nested: Object.fromEntries(entries) });
}

describe("ip_addresses", () => {
  contract(ip_addresses);

  test("there are 19 names of sources and 12 of destinations", () => {
    expect([SOURCES.length, DESTINATIONS.length]).toEqual([19, 12]);
  });

  test.each(SOURCES.map((name, i) => [name, i] as const))(
    "%s is a source, and loses only to the %i names before it",
    (_, i) => {
      expect(run(eventWith(SOURCES.slice(i))).details.sourceipaddress).toBe("192.0.2.0");
      const invalid = Object.fromEntries(SOURCES.slice(0, i).map((name) => [name, "unknown"]));
      const { details } = run(JSON.stringify({ nested: { ...invalid, [SOURCES[i] ?? ""]: "192.0.2.9" } }));
      expect(details).toMatchObject({ sourceipaddress: "192.0.2.9", _ipaddresses: ["192.0.2.9"] });
    },
  );

  test.each(DESTINATIONS.map((name, i) => [name, i] as const))(
    "%s is a destination, and loses only to the %i names before it",
    (_, i) => {
      expect(run(eventWith(DESTINATIONS.slice(i))).details.destinationipaddress).toBe("192.0.2.0");
      const invalid = Object.fromEntries(DESTINATIONS.slice(0, i).map((name) => [name, 5]));
      const { details } = run(JSON.stringify({ nested: { ...invalid, [DESTINATIONS[i] ?? ""]: "2001:db8::9" } }));
      expect(details).toMatchObject({ destinationipaddress: "2001:db8::9", _ipaddresses: ["2001:db8::9"] });
    },
  );

  test.each([
    ["the first hop of a proxy chain", '{"X-Forwarded-For":"203.0.113.7, 10.0.0.1"}', "203.0.113.7"],
    ["a chain whose first hop is unknown", '{"X-Forwarded-For":"unknown, 10.0.0.1"}', undefined],
    ["a network", '{"src":"192.0.2.0/24"}', "192.0.2.0/24"],
    ["an address with a port, which generic_fields reads", '{"src":"192.0.2.1:443"}', "192.0.2.1"],
    ["an address with blanks", '{"src":" 192.0.2.1\\n"}', "192.0.2.1"],
    ["the first address of a list", '{"src":["-","192.0.2.1","192.0.2.2"]}', "192.0.2.1"],
    ["null, a number, a truth, an object", '{"src":null,"srcip":5,"src_ip":true,"source_ip":{"a":1}}', undefined],
    ["a name beneath a name", '{"src":{"ipaddress":"192.0.2.1"}}', "192.0.2.1"],
    ["the first level before nested objects", '{"a":{"src":"192.0.2.1"},"src":"192.0.2.2"}', "192.0.2.2"],
    [
      "an incoming source that is no address stays",
      '{"sourceIPAddress":"AWS Internal","src":"192.0.2.1"}',
      "AWS Internal",
    ],
    ["an incoming source that is null does not", '{"sourceIPAddress":null,"src":"192.0.2.1"}', "192.0.2.1"],
    [
      "a service that calls itself both",
      '{"sourceIPAddress":"s3.amazonaws.com","userAgent":"s3.amazonaws.com"}',
      undefined,
    ],
    ["a service with another user agent", '{"sourceIPAddress":"s3.amazonaws.com","userAgent":"x"}', "s3.amazonaws.com"],
    ["an address that is the user agent too", '{"src":"192.0.2.1","userAgent":"192.0.2.1"}', "192.0.2.1"],
  ])("source: %s", (_, input, address) => expect(run(input).details.sourceipaddress).toBe(address));

  test.each([
    ["both, source first", '{"dst":"192.0.2.2","src":"192.0.2.1"}', ["192.0.2.1", "192.0.2.2"]],
    ["once when they are the same", '{"dst":"192.0.2.1","src":"192.0.2.1"}', ["192.0.2.1"]],
    ["after those that arrived", '{"_ipaddresses":["192.0.2.9"],"src":"192.0.2.1"}', ["192.0.2.9", "192.0.2.1"]],
    ["a producer's own field of that name stays", '{"_ipaddresses":"mine","src":"192.0.2.1"}', "mine"],
    ["none without an address", '{"src":"nada"}', undefined],
  ])("_ipaddresses: %s", (_, input, list) => expect(run(input).details._ipaddresses).toEqual(list));

  test.each([
    ["cloudtrail", [["203.0.113.7"], ["2001:db8::c0de"], undefined, ["192.0.2.40"]]],
    ["cloudfront", [["203.0.113.7"], ["2001:db8::7"], ["198.51.100.23", "203.0.113.99"]]],
    [
      "vpcflow",
      [["192.0.2.10", "198.51.100.20"], ["203.0.113.12", "192.0.2.10"], ["2001:db8::1", "2001:db8::2"], undefined],
    ],
  ])("the addresses of %s", (source, lists) => {
    const lines = fixture(source).slice(0, lists.length);
    expect(lines.map((line) => run(line).details._ipaddresses)).toEqual(lists);
  });
});
