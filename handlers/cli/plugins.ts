import { Command } from "commander";
import { runOrder } from "../../core/order.ts";
import { loadPlugins } from "./registry.ts";
import { table } from "./terminal.ts";

/** `lake plugins`: what is registered, in the order it runs. */
export function pluginsCommand(): Command {
  return new Command("plugins")
    .description("list the registered plugins in the order they run")
    .option("--json", "one JSON object a line")
    .option("--examples", "with what goes in and what comes out")
    .addHelpText("after", "\nExample:\n  lake plugins --examples")
    .action(listPlugins);
}

async function listPlugins(options: { json?: boolean; examples?: boolean }): Promise<void> {
  const order = runOrder(await loadPlugins());
  if (options.json) {
    for (const { plugin, label } of order) {
      const { name, priority, registration, examples } = plugin;
      console.log(JSON.stringify({ name, label, priority, registration, ...(options.examples && { examples }) }));
    }
    return;
  }
  const rows = order.map(({ plugin, label }) => [label, String(plugin.priority), plugin.registration.join(" ")]);
  console.log(table(["plugin", "priority", "registered for"], rows));
  if (!options.examples) return;
  for (const { plugin, label } of order) {
    for (const example of plugin.examples ?? []) {
      console.log(`\n${label}\n  in   ${example.in.replaceAll(/\s+/g, " ")}\n  out  ${JSON.stringify(example.out)}`);
    }
  }
}
