import type { PluginSet } from "../../core/order.ts";
import { writeRegistry } from "../../infra/registry.ts";

/** The plugins of this checkout, with any that was added since the registry was last written. */
export async function loadPlugins(): Promise<PluginSet> {
  writeRegistry();
  const { plugins } = await import("../../plugins/registry.ts");
  return plugins;
}
