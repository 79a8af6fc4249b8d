import { definePlugin } from "../../core/plugin.ts";
import { scopeOf } from "../../core/scope.ts";

/**
 * Where the addresses of an event can be reached from: `public`, `private`, `shared` (carrier-grade NAT), `loopback`,
 * `link_local`, `multicast`, `broadcast`, `unspecified`, `reserved`, or `metadata`: where a cloud gives its machines their
 * credentials.
 *
 * Sets details.sourcescope and details.destinationscope for details.sourceipaddress and details.destinationipaddress;
 * a producer's own field of such a name stays.
 */
export default definePlugin({
  name: "address_scope",
  registration: ["sourceipaddress", "destinationipaddress"],
  priority: 20,
  adds: ["sourcescope", "destinationscope"],
  shallow: true,
  fields: ["sourceipaddress", "destinationipaddress", "sourcescope", "destinationscope"],
  onMessage(event) {
    const { details } = event;
    const { sourceipaddress, destinationipaddress } = details;
    const source = typeof sourceipaddress === "string" ? scopeOf(sourceipaddress) : undefined;
    const destination = typeof destinationipaddress === "string" ? scopeOf(destinationipaddress) : undefined;
    if (source !== undefined) details.sourcescope ??= source;
    if (destination !== undefined) details.destinationscope ??= destination;
    return event;
  },
  examples: [
    {
      in: '{"src":"10.1.2.3","dst":"169.254.169.254"}',
      out: { sourceipaddress: "10.1.2.3", sourcescope: "private", destinationscope: "metadata" },
    },
    { in: '{"sourceIPAddress":"autoscaling.amazonaws.com"}', out: { sourcescope: undefined } },
  ],
});
