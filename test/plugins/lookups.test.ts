import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../core/json.ts";
import { createTables } from "../../core/lookup.ts";
import lookups from "../../plugins/enrich/lookups.ts";
import { plugins } from "../../plugins/registry.ts";
import { contract, run } from "../contract.ts";

function looked(event: object, ...rows: readonly JsonObject[]) {
  const { add, tables } = createTables();
  for (const row of rows) add(String(row.from ?? "t"), row);
  return run(JSON.stringify(event), { ...plugins, resources: { lookups: tables } });
}

describe("lookups", () => {
  contract(lookups);

  test.each([
    ["an address anywhere in the event", { a: [{ b: "to 192.0.2.9:443" }] }, "192.0.2.0/24"],
    ["a domain by its suffix", { url: "https://cdn.evil.example/x" }, "evil.example"],
    ["a host by the domain it is in", { hostname: "web1.evil.zip" }, "evil.zip"],
    ["a digest", { md5: "0123456789ABCDEF0123456789ABCDEF" }, "0123456789abcdef0123456789abcdef"],
    ["a user", { user: "Mo" }, "mo"],
    ["an ARN", { role: "arn:aws:iam::123456789012:role/x" }, "arn:aws:iam::123456789012:role/x"],
    ["an account", { account: "123456789012" }, "123456789012"],
  ])("%s is found", (_, event, match) => {
    expect(looked(event, { match, tag: "hit" })).toMatchObject({
      tags: ["hit"],
      details: { _lookups: [{ tag: "hit" }] },
    });
  });

  test("an event that nothing is known of stays as it is", () => {
    const { details, tags } = looked({ user: "jo", src: "192.0.2.1" }, { match: "mo", tag: "hit" });
    expect([details._lookups, tags]).toEqual([undefined, []]);
  });

  test.each([
    ["raised", "INFO", "ERROR", "ERROR"],
    ["never lowered", "CRITICAL", "NOTICE", "CRITICAL"],
    ["raised from a word of the producer's own", "odd", "WARNING", "WARNING"],
    ["not lowered from one", "odd", "DEBUG", "odd"],
  ])("severity is %s", (_, before, severity, after) => {
    expect(looked({ severity: before, user: "mo" }, { match: "mo", severity }).severity).toBe(after);
  });

  test("a row that allows a value keeps every other word about it away, and no word about other values", () => {
    const rows = [
      { match: "192.0.2.0/24", tag: "threat", severity: "CRITICAL", from: "threats" },
      { match: "192.0.2.7", tag: "scanner", severity: "ERROR", allow: true, from: "ours" },
    ];
    expect(looked({ src: "192.0.2.7" }, ...rows)).toMatchObject({ tags: ["scanner"], severity: "INFO" });
    expect(looked({ src: "192.0.2.7", dst: "192.0.2.8" }, ...rows)).toMatchObject({ severity: "CRITICAL" });
  });

  test("at most 20 hits are listed, and all of them count", () => {
    const many = Array.from({ length: 30 }, (_, i) => `192.0.2.${i}`);
    const { details, severity } = looked(
      { many },
      { match: "192.0.2.0/24", tag: "x" },
      { match: "192.0.2.29", severity: "ERROR" },
    );
    expect([Object(details._lookups).length, severity]).toEqual([20, "ERROR"]);
  });

  test("a producer's own field of that name stays", () => {
    expect(looked({ user: "mo", _lookups: "mine" }, { match: "mo", tag: "hit" }).details._lookups).toBe("mine");
  });

  test("without the setting it does not run at all", () => {
    expect(run('{"user":"mo"}').plugins).not.toContain("enrichment_lookups");
  });
});
