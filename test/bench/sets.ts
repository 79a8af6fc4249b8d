import type { PluginSet } from "../../core/order.ts";
import { definePlugin } from "../../core/plugin.ts";
import { plugins } from "../../plugins/registry.ts";

/** The plugins of the original data lake. */
const SEED = ["ensure_eventid", "event_shell", "gsuite_login", "ip_addresses", "lowercase_keys", "timestamps"];

const isSeed = ({ name }: { readonly name: string }) => SEED.includes(name);

const seed = { ...plugins, normalize: plugins.normalize.filter(isSeed), enrich: plugins.enrich.filter(isSeed) };

/** A plugin as its author writes it first: for every event, and it says nothing of what it looks at. */
const own = definePlugin({
  name: "own",
  registration: ["*"],
  priority: 50,
  onMessage(event) {
    if (JSON.isRawJSON(event.details.useridentity)) event.tags.push("never");
    if (Object.keys(event.details).length > 100) event.tags.push("large");
    return event;
  },
});

/**
 * What an event may be run through: the original's plugins, all that are registered, and the original's with one of one's own
 * that wants the whole object.
 */
export const SETS: Readonly<Record<"seed" | "all" | "own", PluginSet>> = {
  seed,
  all: plugins,
  own: { ...seed, enrich: [...seed.enrich, own] },
};

export type SetName = keyof typeof SETS;
