import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../core/json.ts";
import { createTables, type Entry } from "../../core/lookup.ts";
import { createNetworks } from "../../core/networks.ts";

function tablesOf(...rows: readonly JsonObject[]) {
  const { add, tables } = createTables();
  for (const row of rows) add("t", row);
  return tables;
}

const tags = (entries: readonly Entry[]) => entries.map(({ tag }) => tag);

describe("addresses", () => {
  const tables = tablesOf(
    { match: "10.0.0.0/8", tag: "ours" },
    { match: "10.1.2.3", tag: "host" },
    { match: "10.1.0.0/16", tag: "office" },
    { match: "2001:db8::/32", tag: "six" },
    { match: "2001:db8::7/128", tag: "seven" },
    { match: "::ffff:192.0.2.0/120", tag: "mapped" },
  );

  test.each([
    ["10.1.2.3", ["host", "office", "ours"]],
    ["10.1.2.4", ["office", "ours"]],
    ["10.2.0.0", ["ours"]],
    ["::ffff:10.2.0.0", ["ours"]],
    ["11.0.0.0", []],
    ["2001:db8::7", ["seven", "six"]],
    ["2001:DB8:0::8", ["six"]],
    ["192.0.2.9", ["mapped"]],
    ["10.0.0.0/8", []],
    ["nonsense", []],
  ])("%s is in %j, the smallest network first", (address, expected) => {
    expect(tags(tables.address(address))).toEqual(expected);
  });

  test("0.0.0.0/0 is every IPv4 address and no other", () => {
    const all = tablesOf({ match: "0.0.0.0/0", tag: "all" });
    expect([all.address("255.1.2.3").length, all.address("::1").length]).toEqual([1, 0]);
  });

  test("as ipaddr.js finds by trying each network", () => {
    const octets = fc.tuple(...[0, 1, 2, 3].map(() => fc.integer({ min: 0, max: 255 })));
    const networks = fc.array(fc.tuple(octets, fc.integer({ min: 0, max: 32 })), { maxLength: 20 });
    const holds = fc.property(networks, octets, (list, address) => {
      const index = createNetworks<number>();
      for (const [i, [base, length]] of list.entries()) index.add(`${base.join(".")}/${length}`, [i]);
      const parsed = new ipaddr.IPv4([...address]);
      const one = ([base, length]: (typeof list)[number]) => parsed.match(new ipaddr.IPv4([...base]), length);
      const expected = list.flatMap((network, i) => (one(network) ? [i] : []));
      expect([...index.find(address.join("."))].sort((a, b) => a - b)).toEqual(expected);
    });
    fc.assert(holds);
  });
});

describe("domains", () => {
  const tables = tablesOf(
    { match: "evil.example", tag: "domain" },
    { match: "*.bad.example.", tag: "star" },
    { match: "www.evil.example", tag: "host" },
    { match: "example.zip", type: "value", tag: "only this" },
  );

  test.each([
    ["evil.example", ["domain"]],
    ["WWW.Evil.Example", ["host", "domain"]],
    ["a.b.evil.example", ["domain"]],
    ["notevil.example", []],
    ["example", []],
    ["x.bad.example", ["star"]],
    ["sub.example.zip", []],
    ["", []],
  ])("%s is in %j, the name itself first", (name, expected) => expect(tags(tables.domain(name))).toEqual(expected));

  test("a name of a million labels is looked at as far as names go", () => {
    expect(tables.domain(`${"a.".repeat(1_000_000)}evil.example`)).toEqual([]);
  });
});

describe("values", () => {
  const md5 = "0123456789ABCDEF0123456789abcdef";
  const tables = tablesOf({ match: md5, type: "hash", tag: "bad" }, { match: "Mo@Example.com", tag: "vip" });

  test("are the same in upper and lower case", () => {
    expect(tags(tables.value(md5.toLowerCase()))).toEqual(["bad"]);
    expect(tags(tables.value("mo@example.com"))).toEqual(["vip"]);
    expect(tables.value("__proto__")).toEqual([]);
  });
});

describe("a row", () => {
  test("may hold anything besides, in any case of the names; what is empty is left out", () => {
    const { add, tables } = createTables();
    const row = { Match: "mo", Type: "value", TAG: "vip", severity: "warning", Owner: "payments", note: "", floor: 3 };
    add("people", row);
    const facts = { owner: "payments", floor: "3" };
    expect(tables.value("mo")).toEqual([{ table: "people", tag: "vip", severity: "WARNING", allow: false, facts }]);
  });

  test.each([
    ["no match", {}, /match is ""/],
    ["no such network", { match: "10.0.0.0/33" }, /"10.0.0.0\/33" is no address or network/],
    ["no address where one is said to be", { match: "web1", type: "cidr" }, /no address or network/],
    ["no digest", { match: "abc", type: "hash" }, /no MD5/],
    ["no name", { match: "a b", type: "domain" }, /no domain name/],
    ["an unknown type", { match: "a", type: "regex" }, /"regex", and none of cidr, domain, hash, value/],
    ["an unknown severity", { match: "a", severity: "high" }, /"HIGH", and none of DEBUG/],
    ["a long tag", { match: "a", tag: "x".repeat(65) }, /longer than 64/],
  ])("with %s is refused", (_, row, message) => expect(() => createTables().add("t", row)).toThrow(message));

  test("rows that say the same share what they say", () => {
    const tables = tablesOf({ match: "a", tag: "x" }, { match: "b", tag: "x" });
    expect(tables.value("a")).toBe(tables.value("b"));
  });
});
