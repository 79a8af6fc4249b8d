import { existsSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { PluginSet } from "../../core/order.ts";
import type { Plugin } from "../../core/plugin.ts";
import { writeRegistry } from "../../infra/registry.ts";
import { UsageError } from "./terminal.ts";

/**
 * The plugins of this checkout, with any that was added since the registry was last written.
 *
 * @param folder those of another folder instead, which is named `plugins` and laid out as the one of this repository
 * @throws {UsageError} when there is no such folder
 */
export async function loadPlugins(folder?: string): Promise<PluginSet> {
  if (folder !== undefined) return loadFrom(resolve(folder));
  writeRegistry();
  const { plugins } = await import("../../plugins/registry.ts");
  return plugins;
}

/** @throws {UsageError} when there is no plugin of that name, or no setting gives what it needs */
export function pluginNamed(set: PluginSet, name: string): Plugin {
  const plugins = [...set.normalize, ...set.enrich];
  const found = plugins.find((plugin) => plugin.name === name);
  if (found) return found;
  throw new UsageError(
    `plugin: there is no plugin ${name}; there are ${plugins.map((plugin) => plugin.name).join(", ")}`,
  );
}

async function loadFrom(folder: string): Promise<PluginSet> {
  const isThere =
    basename(folder) === "plugins" && ["normalize", "enrich"].every((kind) => existsSync(join(folder, kind)));
  if (!isThere) throw new UsageError(`plugins: ${folder} is no folder named plugins with normalize/ and enrich/ in it`);
  writeRegistry(dirname(folder));
  const { plugins }: { plugins: PluginSet } = await import(pathToFileURL(join(folder, "registry.ts")).href);
  return plugins;
}
