import { Command } from "commander";
import { pluginNewCommand } from "./plugin-new.ts";
import { pluginTestCommand } from "./plugin-test.ts";
import { pluginTryCommand } from "./plugin-try.ts";
import { listCommand } from "./plugins.ts";

/** `lake plugin`: what who writes a plugin works with. */
export function pluginCommand(): Command {
  return new Command("plugin")
    .description("write, test and try plugins")
    .addCommand(pluginNewCommand())
    .addCommand(pluginTestCommand())
    .addCommand(pluginTryCommand())
    .addCommand(listCommand("list"))
    .addHelpText(
      "after",
      `
Example:
  lake plugin new badge                   # a plugin, its fixture and its test, which pass
  lake plugin try badge events.ndjson     # your own events through it, with the time it takes
  lake plugin test badge                  # do its examples hold?`,
    );
}
