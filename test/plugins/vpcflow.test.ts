import { describe, expect, test } from "vitest";
import vpcflow from "../../plugins/normalize/vpcflow.ts";
import { contract, fixture, run } from "../contract.ts";
import { expectFixture } from "../expected.ts";

const LINE = "2 123456789012 eni-0a1b2c3d 203.0.113.12 192.0.2.10 20641 22 6 1 40 1600170018 1600170077 REJECT OK";

const line = (message: string) => run(JSON.stringify({ message }));

describe("vpcflow", () => {
  contract(vpcflow, "vpcflow");
  expectFixture("vpcflow");

  test("a line's fields have their documented names, with underscores", () => {
    expect(line(LINE).details).toMatchObject({
      version: "2",
      interface_id: "eni-0a1b2c3d",
      protocol: "6",
      log_status: "OK",
    });
  });

  test.each([
    ["with a newline", `${LINE}\n`, "vpcflow"],
    ["of version 7 with ECS fields at its end", `${LINE.replace("2 ", "7 ")} vpc-0a subnet-0b`, "vpcflow"],
    ["in an order that cannot be told", LINE.split(" ").toReversed().join(" "), "UNKNOWN"],
    ["that is cut", LINE.slice(0, 60), "UNKNOWN"],
    ["of prose", "2 errors were found in 14 words that say nothing of flows at all, not one", "UNKNOWN"],
  ])("a line %s", (_, text, source) => expect(line(text).source).toBe(source));

  const flow = JSON.parse(fixture("vpcflow")[0] ?? "");
  test.each([
    [
      "an unknown protocol",
      { protocol: 99 },
      "ACCEPT protocol 99 from 192.0.2.10:49152 to 198.51.100.20:443 (4249 bytes)",
    ],
    ["no size", { bytes: undefined }, "ACCEPT TCP from 192.0.2.10:49152 to 198.51.100.20:443"],
  ])("summary: %s", (_, changes, summary) =>
    expect(run(JSON.stringify({ ...flow, ...changes })).summary).toBe(summary),
  );

  test("a port of zero is none", () => {
    expect(run(fixture("vpcflow")[2] ?? "").details).not.toHaveProperty("sourceport");
  });
});
