import { Command } from "commander";
import { type Tried, tryExample } from "../../core/example.ts";
import type { PluginSet } from "../../core/order.ts";
import type { Example, Plugin } from "../../core/plugin.ts";
import { within } from "../watchdog.ts";
import { beforeAndAfter, differencesText, indented, oneLine } from "./plugin-show.ts";
import { timesOf } from "./plugin-time.ts";
import { loadPlugins, pluginNamed } from "./registry.ts";
import { paint } from "./terminal.ts";

/** When examples arrive: some of them have times, and a fixed clock makes them the same every day. */
const ARRIVAL_MS = Date.UTC(2020, 8, 15, 12, 34, 56, 789);

/** For one example, in milliseconds: far more than any takes that ends. */
const PATIENCE_MS = 5000;

/** `lake plugin test`: do the examples hold? */
export function pluginTestCommand(): Command {
  return new Command("test")
    .description("run the examples of one plugin, or of all, and compare what comes out; exit code 1 on a difference")
    .argument("[name]", "with a name, what goes in and what comes out is shown, and how long the plugin takes")
    .addHelpText("after", "\nExample:\n  lake plugin test badge")
    .action(testPlugins);
}

async function testPlugins(name: string | undefined): Promise<void> {
  const set = await loadPlugins();
  const plugins = name === undefined ? [...set.normalize, ...set.enrich] : [pluginNamed(set, name)];
  const failed = plugins.filter((plugin) => !test(set, plugin, name !== undefined));
  const examples = plugins.reduce((sum, plugin) => sum + (plugin.examples?.length ?? 0), 0);
  const verdict = failed.length === 0 ? "all hold" : `not those of ${failed.map((plugin) => plugin.name).join(", ")}`;
  console.log(`${examples} examples of ${name ?? `${plugins.length} plugins`}: ${verdict}`);
  if (failed.length > 0) process.exitCode = 1;
}

function tried(set: PluginSet, plugin: Plugin, example: Example): Tried {
  let result: Tried = {
    event: undefined,
    differences: [{ field: "event", expected: "an end", got: "none in its time" }],
  };
  within(PATIENCE_MS, () => {
    result = tryExample(set, plugin, example, ARRIVAL_MS);
  });
  return result;
}

/** @returns whether all examples hold */
function test(set: PluginSet, plugin: Plugin, isShown: boolean): boolean {
  let holds = true;
  for (const [i, example] of (plugin.examples ?? []).entries()) {
    const { event, differences } = tried(set, plugin, example);
    const isGood = differences.length === 0;
    holds &&= isGood;
    if (isGood && !isShown) continue;
    const mark = isGood ? paint("green", "✓", process.stdout) : paint("red", "✗", process.stdout);
    console.log(`${mark} ${plugin.name}, example ${i + 1}\n  ${oneLine(example.in)}`);
    if (!isGood) console.log(indented(differencesText(differences)));
    if (isShown) console.log(indented(event ? beforeAndAfter(example.in, event) : "(no event)"));
  }
  if (isShown) console.log(`${timesOf(set, plugin, ARRIVAL_MS)}`);
  return holds;
}
