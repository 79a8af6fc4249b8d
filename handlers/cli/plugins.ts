import { Command } from "commander";
import { runOrder } from "../../core/order.ts";
import { loadPlugins } from "./registry.ts";
import { type Context, contextOption, equipped, settingsHere } from "./settings.ts";
import { table } from "./terminal.ts";

interface ListOptions {
  readonly json?: boolean;
  readonly examples?: boolean;
  readonly context?: Context;
}

/** `lake plugin list`, and `lake plugins` for short: what runs, in its order. */
export function listCommand(name: "list" | "plugins"): Command {
  return new Command(name)
    .description("list the plugins that run, in their order")
    .option("--json", "one JSON object a line")
    .option("--examples", "with what goes in and what comes out")
    .addOption(contextOption())
    .addHelpText("after", "\nExample:\n  lake plugins --examples")
    .action(listPlugins);
}

async function listPlugins({ json, examples: isWithExamples, context }: ListOptions): Promise<void> {
  const order = runOrder(await equipped(await loadPlugins(), settingsHere(context)));
  if (json) {
    for (const { plugin, label } of order) {
      const { name, priority, registration, examples } = plugin;
      console.log(JSON.stringify({ name, label, priority, registration, ...(isWithExamples && { examples }) }));
    }
    return;
  }
  const rows = order.map(({ plugin, label }) => [label, String(plugin.priority), plugin.registration.join(" ")]);
  console.log(table(["plugin", "priority", "registered for"], rows));
  if (!isWithExamples) return;
  for (const { plugin, label } of order) {
    for (const example of plugin.examples ?? []) {
      console.log(`\n${label}\n  in   ${example.in.replaceAll(/\s+/g, " ")}\n  out  ${JSON.stringify(example.out)}`);
    }
  }
}
