import { describe, expect, test } from "vitest";
import indicators from "../../plugins/enrich/indicators.ts";
import { contract, run } from "../contract.ts";

const listOf = (value: unknown, list: string) => run(JSON.stringify({ x: { deep: [value] } })).details[list];

const MD5 = "0123456789abcdef0123456789abcdef";

describe("indicators", () => {
  contract(indicators);

  test.each([
    ["IPv4", "192.0.2.1", ["192.0.2.1"]],
    ["with a port", "192.0.2.1:443", ["192.0.2.1"]],
    ["a network", "192.0.2.0/24", ["192.0.2.0/24"]],
    ["IPv6", "2001:db8::1", ["2001:db8::1"]],
    ["IPv6 at full length", "2001:db8:0:0:0:0:0:1", ["2001:db8:0:0:0:0:0:1"]],
    ["in brackets with a port", "[2001:db8::1]:443", ["2001:db8::1"]],
    ["with a zone", "fe80::1%eth0", ["fe80::1"]],
    ["in prose", "from 192.0.2.1, to [2001:db8::2] and (192.0.2.3).", ["192.0.2.1", "2001:db8::2", "192.0.2.3"]],
    ["in a URL", "https://192.0.2.1:8443/a", ["192.0.2.1"]],
    ["in JSON within a text", '{"a":"192.0.2.1","b":["192.0.2.2"]}', ["192.0.2.1", "192.0.2.2"]],
    ["a time of day", "11:48:18", undefined],
    ["a version", "1.2.3", undefined],
    ["a product's version", "Chrome/80.0.1.149", undefined],
    ["a line that begins with its time", "2020-09-15 11:00:00 from 192.0.2.1", ["192.0.2.1"]],
  ])("_ipaddresses: %s", (_, value, list) => expect(listOf(value, "_ipaddresses")).toEqual(list));

  test.each([
    ["a name", "www.Example.com.", ["www.example.com"]],
    ["with a path", "example.com/a.html", ["example.com"]],
    ["of a URL, whatever its top-level domain", "http://user@a.example:80/", ["a.example"]],
    ["of an e-mail address", "mo@mail.example", ["mail.example"]],
    ["in a command line", "curl -s https://dl.example.net/x.sh|sh", ["dl.example.net"]],
    ["a crawler's user agent", "Mozilla/5.0 (compatible; +http://bot.example/b.html)", ["bot.example"]],
    ["a file", "report.final.docx", undefined],
    ["a script", "install.sh", undefined],
    ["a class", "com.example.app.Main", undefined],
    ["a package", "com.example.tv", undefined],
    ["a field's name", "user.id", undefined],
    ["a name space", "Microsoft.Network/networkSecurityGroups", undefined],
    ["a user agent", "aws-cli/2.15.30 Python/3.11.8 Linux/5.10.209 exe/x86_64.amzn.2", undefined],
  ])("_domains: %s", (_, value, list) => expect(listOf(value, "_domains")).toEqual(list));

  test("a field that names a domain may have any top-level domain", () => {
    expect(run('{"query_name":"evil.zip."}').details._domains).toEqual(["evil.zip"]);
  });

  test.each([
    ["MD5", MD5.toUpperCase(), [MD5]],
    ["SHA-1", `${MD5}01234567`, [`${MD5}01234567`]],
    ["SHA-256 in prose", `SHA256=${MD5}${MD5},MD5=${MD5}`, [MD5 + MD5, MD5]],
    ["an image's digest", `example/app@sha256:${MD5}${MD5}`, [MD5 + MD5]],
    ["a UUID", "01234567-89ab-cdef-0123-456789abcdef", undefined],
    ["digits alone", "0".repeat(32), undefined],
    ["another length", `${MD5}0`, undefined],
  ])("_hashes: %s", (_, value, list) => expect(listOf(value, "_hashes")).toEqual(list));

  test.each([
    ["_emails", "Mo@Example.com", ["mo@example.com"]],
    ["_emails", "to <mo@example.com>;jo@example.com", ["mo@example.com", "jo@example.com"]],
    ["_emails", "mailto:mo@example.com", ["mo@example.com"]],
    ["_emails", "@example.com", undefined],
    ["_arns", "arn:aws:s3:::bucket/*", ["arn:aws:s3:::bucket/*"]],
    ["_arns", '{"Resource":["arn:aws-cn:iam::123456789012:role/a"]}', ["arn:aws-cn:iam::123456789012:role/a"]],
  ])("%s of %s", (list, value, expected) => expect(listOf(value, list)).toEqual(expected));

  test("_users: of the common fields and of the usual names at any depth", () => {
    const event = '{"user":"mo","a":[{"userName":"jo"},{"userName":"jo"},{"username":"a sentence, no name"}]}';
    expect(run(event).details._users).toEqual(["mo", "jo"]);
  });

  test("at most 50 of a kind are listed, and source and destination come first", () => {
    const many = Array.from({ length: 80 }, (_, i) => `192.0.2.${i}`);
    const { details } = run(JSON.stringify({ many, src: "198.51.100.1", dst: "198.51.100.2" }));
    expect(details._ipaddresses).toHaveLength(50);
    expect(details._ipaddresses).toEqual(["198.51.100.1", "198.51.100.2", ...many.slice(0, 48)]);
  });

  test("a producer's own field of such a name stays", () => {
    const own = { _domains: "mine", _ipaddresses: "mine", _users: 5 };
    expect(run(JSON.stringify({ ...own, a: "www.example.com", b: "192.0.2.1", user: "mo" })).details).toMatchObject(
      own,
    );
  });

  test("a text of 300 KB costs no more than its first 8 KB", () => {
    const text = `192.0.2.1 ${"a.b:c@d/".repeat(40_000)} 192.0.2.2`;
    const start = performance.now();
    expect(listOf(text, "_ipaddresses")).toEqual(["192.0.2.1"]);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
