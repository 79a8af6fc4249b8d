import { describe, expect, test } from "vitest";
import addressScope from "../../plugins/enrich/address_scope.ts";
import { contract, run } from "../contract.ts";

describe("address_scope", () => {
  contract(addressScope);

  test("an address that a source plugin found has its scope too", () => {
    const { details } = run('{"eventVersion":"1.08","eventName":"X","sourceIPAddress":"10.0.0.1"}');
    expect(details).toMatchObject({ sourceipaddress: "10.0.0.1", sourcescope: "private" });
    expect(details).not.toHaveProperty("destinationscope");
  });

  test("a producer's own field stays", () => {
    expect(run('{"src":"10.0.0.1","sourceScope":{"vpc":"v"}}').details.sourcescope).toEqual({ vpc: "v" });
  });
});
