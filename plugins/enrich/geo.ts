import type { JsonObject } from "../../core/json.ts";
import { definePlugin } from "../../core/plugin.ts";

/**
 * Where the addresses of an event are and whose networks they are in, by the databases that the setting `lake:geo` names;
 * without it the plugin does not run.
 *
 * Sets details.sourcegeo and details.destinationgeo, objects of `country` (ISO 3166-1), `city`, `asn` and `asorg`, for
 * details.sourceipaddress and details.destinationipaddress; a producer's own field of such a name stays.
 */
export default definePlugin({
  name: "geo",
  registration: ["sourceipaddress", "destinationipaddress"],
  priority: 20,
  needs: "geo",
  adds: ["sourcegeo", "destinationgeo"],
  shallow: true,
  fields: ["sourceipaddress", "destinationipaddress", "sourcegeo", "destinationgeo"],
  onMessage(event, { resources: { geo } }) {
    const { details } = event;
    const locate = (address: unknown): JsonObject | undefined => {
      const found = typeof address === "string" ? geo?.(address) : undefined;
      return found && { ...found };
    };
    const source = locate(details.sourceipaddress);
    const destination = locate(details.destinationipaddress);
    if (source) details.sourcegeo ??= source;
    if (destination) details.destinationgeo ??= destination;
    return event;
  },
  examples: [
    {
      in: '{"src":"198.51.100.7","dst":"10.1.2.3"}',
      resources: {
        geo: (address) => (address === "198.51.100.7" ? { country: "GB", asn: 64500, asorg: "Example" } : undefined),
      },
      out: { sourcegeo: { country: "GB", asn: 64500, asorg: "Example" }, destinationgeo: undefined },
    },
  ],
});
