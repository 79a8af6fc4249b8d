import { isIP } from "node:net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addAddresses, addressIn, firstHopIn, isAddress, isAddressOrNetwork } from "../../core/ip.ts";

describe("an address", () => {
  test.each(["192.0.2.1", "0.0.0.0", "255.255.255.255", "::", "::1", "2001:db8::c0de", "::ffff:192.0.2.1", "FE80::1"])(
    "%s is one",
    (text) => expect(isAddress(text)).toBe(true),
  );

  test.each([
    ...["", "-", "nada", "1.2", "1.2.3", "1.2.3.4.5", "256.1.1.1", "010.001.001.001", "01.2.3.4", "1.2.3.4:443"],
    ...["[::1]", "fe80::1%eth0", ":", ":::", "12:34", "1::2::3", "12345::", "0x7f.0.0.1", "2130706433", "+1.2.3.4"],
    ...["1_0.0.0.1", "٣.1.1.1", "1.2.3.*", "192.0.2.1 ", "1.2.3.4-1.2.3.9", "::ffff:010.001.001.001", "192.0.2.0/24"],
  ])("%s is none", (text) => expect(isAddress(text)).toBe(false));

  test("Node agrees on any text without a zone", () => {
    const octet = fc.oneof(fc.nat(300).map(String), fc.constantFrom("", "00", "01", "1e1", "-1"));
    const quad = fc.array(octet, { minLength: 3, maxLength: 5 }).map((parts) => parts.join("."));
    const group = fc.oneof(fc.stringMatching(/^[0-9a-fA-F]{0,5}$/), fc.constantFrom("", ""), quad);
    const groups = fc.array(group, { minLength: 2, maxLength: 9 }).map((parts) => parts.join(":"));
    const texts = fc.oneof(fc.ipV4(), fc.ipV6(), quad, groups);
    const property = fc.property(texts, (text) => {
      expect([text, isAddress(text)]).toEqual([text, isIP(text) !== 0]);
    });
    fc.assert(property, { numRuns: 1000 });
  });
});

describe("a network", () => {
  test.each(["192.0.2.0/24", "10.0.0.0/0", "192.0.2.1/32", "fe80::/10", "::/0", "2001:db8::1/128", "192.0.2.1"])(
    "%s is an address or network",
    (text) => expect(isAddressOrNetwork(text)).toBe(true),
  );

  test.each([
    "192.0.2.0/33",
    "::/129",
    "192.0.2.0/",
    "/24",
    "192.0.2.0/24/8",
    "10.0/8",
    "192.0.2.0/-1",
    "192.0.2.0/2 ",
  ])("%s is none", (text) => expect(isAddressOrNetwork(text)).toBe(false));

  test("a netmask is no prefix length", () => expect(isAddressOrNetwork("192.0.2.0/255.255.255.0")).toBe(false));
});

describe("a field's value", () => {
  test.each([
    ["192.0.2.1", "192.0.2.1"],
    [" 192.0.2.1\n", "192.0.2.1"],
    [["-", null, ["192.0.2.1"]], "192.0.2.1"],
    ["192.0.2.1, 192.0.2.2", undefined],
    [{ ip: "192.0.2.1" }, undefined],
    [null, undefined],
    [5, undefined],
    [`192.0.2.1${" ".repeat(60)}`, undefined],
  ])("%j names the address %s", (value, address) => expect(addressIn(value)).toBe(address));

  test.each([
    ["203.0.113.7, 10.0.0.1", "203.0.113.7"],
    ["203.0.113.7,", "203.0.113.7"],
    [`203.0.113.7${", 10.0.0.1".repeat(20)}`, "203.0.113.7"],
    ["unknown, 203.0.113.7", undefined],
    [",203.0.113.7", undefined],
    [["203.0.113.7"], "203.0.113.7"],
  ])("%j has the first hop %s", (value, address) => expect(firstHopIn(value)).toBe(address));
});

test("addAddresses lists each once, and leaves a field alone that is no list", () => {
  const details = {};
  addAddresses(details, []);
  expect(details).toEqual({});
  addAddresses(details, ["192.0.2.1", "192.0.2.1"]);
  addAddresses(details, ["192.0.2.2", "192.0.2.1"]);
  expect(details).toEqual({ _ipaddresses: ["192.0.2.1", "192.0.2.2"] });
  const own = { _ipaddresses: "mine" };
  addAddresses(own, ["192.0.2.1"]);
  expect(own).toEqual({ _ipaddresses: "mine" });
});
