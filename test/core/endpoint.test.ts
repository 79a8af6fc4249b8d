import { describe, expect, test } from "vitest";
import { endpointIn, portIn } from "../../core/endpoint.ts";

describe("endpointIn", () => {
  test.each([
    ["192.0.2.1", { address: "192.0.2.1" }],
    [" 192.0.2.1 ", { address: "192.0.2.1" }],
    ["192.0.2.1:443", { address: "192.0.2.1", port: 443 }],
    ["192.0.2.1:0", { address: "192.0.2.1" }],
    ["192.0.2.1:99999", { address: "192.0.2.1" }],
    ["2001:db8::1", { address: "2001:db8::1" }],
    ["[2001:db8::1]", { address: "2001:db8::1" }],
    ["[2001:db8::1]:443", { address: "2001:db8::1", port: 443 }],
    ["2001:db8:0:0:0:0:0:1:443", { address: "2001:db8:0:0:0:0:0:1", port: 443 }],
    ["::ffff:192.0.2.1", { address: "192.0.2.1" }],
    ["[::ffff:192.0.2.1]:443", { address: "192.0.2.1", port: 443 }],
    ["192.0.2.0/24", { address: "192.0.2.0/24" }],
  ])("%j is an endpoint", (text, endpoint) => expect(endpointIn(text)).toEqual(endpoint));

  test.each([["www.example.com:443"], ["00:00:5E:00:53:01"], ["[192.0.2.1"], [""], [5], [null], ["1".repeat(100)]])(
    "%j is none",
    (value) => expect(endpointIn(value)).toBeUndefined(),
  );
});

test.each([
  [443, 443],
  ["443", 443],
  ["0", undefined],
  [65_536, undefined],
  [1.5, undefined],
  ["-", undefined],
  [{}, undefined],
])("a port: %j is %s", (value, port) => expect(portIn(value)).toBe(port));
