import { describe, expect, test } from "vitest";
import s3access from "../../plugins/normalize/s3access.ts";
import { contract, fixture, run } from "../contract.ts";
import { expectFixture } from "../expected.ts";

const LINE = JSON.parse(fixture("s3access")[0] ?? "").message;

const line = (message: string) => run(JSON.stringify({ message }));

describe("s3access", () => {
  contract(s3access, "s3access");
  expectFixture("s3access");

  test("the fields have their documented names; a dash is no value", () => {
    const { details } = line(LINE);
    expect(details).toMatchObject({
      bucket: "example-bucket",
      key: "a/b%20c.json",
      http_status: "200",
      bytes_sent: "2662992",
    });
    expect(details).not.toHaveProperty("error_code");
    expect(details.useragent).toBe('aws-cli/2.15.30 Python/3.11.8 "quoted"');
  });

  test.each([
    ["the first 20 fields, as before 2019", LINE.split(" ").slice(0, 24).join(" "), "s3access"],
    ["a line without an operation", LINE.replace("REST.GET.OBJECT", "GET"), "UNKNOWN"],
    ["a quote that is not closed", LINE.replace('HTTP/1.1"', "HTTP/1.1"), "s3access"],
    ["an owner that is none", `x${LINE.slice(1)}`, "UNKNOWN"],
    ["a digest and words", `${"0".repeat(64)} is the digest of the file`, "UNKNOWN"],
  ])("%s", (_, text, source) => expect(line(text).source).toBe(source));

  test("a field of the producer's stays", () => {
    const { details } = run(JSON.stringify({ message: LINE, key: "mine" }));
    expect(details).toMatchObject({ key: "mine", action: "REST.GET.OBJECT" });
  });
});
