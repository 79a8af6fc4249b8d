import { Command, CommanderError } from "commander";
import { backfillCommand } from "./backfill.ts";
import { costCommand } from "./cost.ts";
import { doctorCommand } from "./doctor.ts";
import { dropCommand } from "./drop.ts";
import { normalizeCommand } from "./normalize.ts";
import { planCommand } from "./plan.ts";
import { pluginCommand } from "./plugin.ts";
import { listCommand } from "./plugins.ts";
import { putCommand } from "./put.ts";
import { quarantineCommand } from "./quarantine.ts";
import { queryCommand } from "./query.ts";
import { redriveCommand } from "./redrive.ts";
import { replayCommand } from "./replay.ts";
import { say, UsageError } from "./terminal.ts";
import { upCommand } from "./up.ts";

/** Exit codes: 0 done; 1 it ran and something is wrong (an event unaccounted for, a query that failed); 2 the call is off. */
const EXIT = { failed: 1, usage: 2 };

const program = new Command("lake")
  .description("The defendA data lake: run it here, put events in, ask for them in SQL.")
  .addHelpText(
    "after",
    `
Example:
  lake up                                   # the lake on this machine; leave it running
  lake put events.ndjson                    # in another terminal
  lake query "SELECT source, count(*) FROM events GROUP BY source"

put, query, quarantine, redrive and replay use the lake that runs in this folder when there is one, else AWS; each says which.`,
  )
  .configureOutput({ writeErr: (text) => say(text.trimEnd()) })
  .showHelpAfterError("(lake --help shows every command)")
  .exitOverride();

const commands = [
  upCommand(),
  putCommand(),
  dropCommand(),
  backfillCommand(),
  queryCommand(),
  doctorCommand(),
  quarantineCommand(),
  redriveCommand(),
  replayCommand(),
  normalizeCommand(),
  pluginCommand(),
  listCommand("plugins"),
  costCommand(),
  planCommand(),
];
for (const command of commands) {
  for (const part of [command, ...command.commands]) part.exitOverride().copyInheritedSettings(program);
  program.addCommand(command);
}

/** Runs the command that the process was started with, and ends the process when it fails. */
export async function run(): Promise<void> {
  try {
    await program.parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : EXIT.usage);
    say(`lake: ${error instanceof Error ? error.message : error}`);
    process.exit(error instanceof UsageError ? EXIT.usage : EXIT.failed);
  }
}
