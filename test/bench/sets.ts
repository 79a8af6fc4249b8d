import type { PluginSet } from "../../core/order.ts";
import { plugins } from "../../plugins/registry.ts";

/** The plugins of the original data lake. */
const SEED = ["ensure_eventid", "event_shell", "gsuite_login", "ip_addresses", "lowercase_keys", "timestamps"];

const isSeed = ({ name }: { readonly name: string }) => SEED.includes(name);

/** What an event may be run through: the original's plugins, and all that are registered. */
export const SETS: Readonly<Record<"seed" | "all", PluginSet>> = {
  seed: { ...plugins, normalize: plugins.normalize.filter(isSeed), enrich: plugins.enrich.filter(isSeed) },
  all: plugins,
};

export type SetName = keyof typeof SETS;
