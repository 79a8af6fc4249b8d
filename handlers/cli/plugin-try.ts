import { existsSync, readFileSync, watch } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Command } from "commander";
import { readBack } from "../../core/example.ts";
import type { PluginSet } from "../../core/order.ts";
import { DEFAULT_WINDOW } from "../../core/partition.ts";
import type { Outcome, SourceRecord } from "../../core/pipeline.ts";
import type { Plugin } from "../../core/plugin.ts";
import { type Step, tracePipeline } from "../../core/trace.ts";
import { runRecord } from "../events.ts";
import { beforeAndAfter, indented, oneLine } from "./plugin-show.ts";
import { shortest } from "./plugin-time.ts";
import { loadPlugins, pluginNamed } from "./registry.ts";
import { type Context, contextOption, equipped, settingsHere } from "./settings.ts";
import { paint, say, table, UsageError } from "./terminal.ts";

/** Editors write a file in several steps: how long it must be quiet before it is read, in milliseconds. */
const QUIET_MS = 100;

interface TryOptions {
  readonly watch?: boolean;
  readonly limit: string;
  readonly context?: Context;
}

/** `lake plugin try`: one's own events through a plugin, with all the others around it. */
export function pluginTryCommand(): Command {
  return new Command("try")
    .description(
      "run your own events through a plugin and the others around it; show what changed and how long it took",
    )
    .argument("<name>", "the plugin")
    .argument("[file]", "NDJSON, one event a line; - is standard input", "-")
    .option("--watch", "run them again whenever the plugin's file changes, until Ctrl-C")
    .option("--limit <number>", "events to show", "10")
    .addOption(contextOption())
    .addHelpText("after", "\nExample:\n  lake plugin try badge events.ndjson --watch")
    .action(tryPlugin);
}

async function tryPlugin(name: string, file: string, options: TryOptions): Promise<void> {
  if (!/^[1-9]\d{0,6}$/.test(options.limit)) throw new UsageError(`plugin try: --limit ${options.limit} is no number`);
  const settings = settingsHere(options.context);
  const set = await equipped(await loadPlugins(), settings);
  const plugin = pluginNamed(set, name);
  const events = eventsIn(file).slice(0, Number(options.limit));
  tryEvents(set, plugin, events, settings);
  if (options.watch) await watchPlugin(set, name, (changed, plugin) => tryEvents(changed, plugin, events, settings));
}

function eventsIn(file: string): string[] {
  if (file !== "-" && !existsSync(file)) throw new UsageError(`plugin try: there is no file ${file}`);
  const lines = readFileSync(file === "-" ? 0 : file, "utf8").split("\n");
  const events = lines.filter((line) => line.trim() !== "");
  if (events.length === 0) throw new UsageError(`plugin try: ${file} has no events in it; write one a line`);
  return events;
}

type Options = Parameters<typeof tracePipeline>[2];

function tryEvents(set: PluginSet, plugin: Plugin, events: readonly string[], options: Options): void {
  const { pipeline, stepsOf } = tracePipeline(set, DEFAULT_WINDOW, options, () => performance.now());
  const now = Date.now();
  let ran = 0;
  for (const [i, raw] of events.entries()) {
    const record = recordOf(raw, i, now);
    const outcomes = runRecord(pipeline, record, now);
    console.log(`${paint("bold", `event ${i + 1}`, process.stdout)}  ${oneLine(raw)}`);
    for (const [place, outcome] of outcomes.entries()) {
      const steps = stepsOf(place);
      if (steps.some((step) => isOf(plugin, step))) ran++;
      const isAlone = outcomes.length === 1;
      const isWell = outcome.kind !== "quarantined" && outcome.failed.length === 0;
      const timed = isAlone && isWell ? shortest(set, raw, now) : steps;
      console.log(`${indented(`${shown(outcome, raw, isAlone)}\n${stepsText(plugin, steps, timed)}`)}\n`);
    }
  }
  console.log(
    `${plugin.name} ran on ${ran} of ${events.length} events; it is registered for ${plugin.registration.join(", ")}`,
  );
}

function recordOf(raw: string, i: number, arrivalMs: number): SourceRecord {
  return { stream: "try", shard: "0", sequence: String(i), partitionKey: "", arrivalMs, payload: Buffer.from(raw) };
}

function isOf({ name }: Plugin, step: Step): boolean {
  return step.plugin === `normalization_${name}` || step.plugin === `enrichment_${name}`;
}

/** @param isAlone whether the line is the event; of a line that holds several, what each one was is not told */
function shown(outcome: Outcome, raw: string, isAlone: boolean): string {
  if (outcome.kind === "quarantined") return `quarantined (${outcome.entry.code}): ${outcome.entry.message}`;
  if (outcome.kind === "dropped") return `dropped by ${outcome.plugin}`;
  const notes = [
    ...outcome.failed.map(({ plugin, error }) => `${plugin} failed: ${error}; the event goes on without its changes`),
    ...(outcome.wouldDrop ?? []).map((plugin) => `${plugin} would drop it (COUNT mode)`),
  ];
  return [beforeAndAfter(isAlone ? raw : "{}", readBack(outcome)), ...notes].join("\n");
}

/** Which plugins ran, what they set and how long they took. */
function stepsText(plugin: Plugin, steps: readonly Step[], timed: readonly Step[]): string {
  const rows = steps.map((step) => {
    const { microseconds } = timed.find((other) => other.plugin === step.plugin) ?? step;
    const mark = isOf(plugin, step) ? "→" : "";
    return [mark, step.plugin, microseconds.toFixed(1), step.error ?? step.set.join(" ")];
  });
  return table(["", "plugin", "µs", "set"], rows);
}

/** Reads the plugin anew whenever its file changes; what it imports is read once. Ctrl-C ends it. */
async function watchPlugin(
  set: PluginSet,
  name: string,
  again: (set: PluginSet, plugin: Plugin) => void,
): Promise<void> {
  const kind = set.normalize.some((plugin) => plugin.name === name) ? "normalize" : "enrich";
  const url = new URL(`../../plugins/${kind}/${name}.ts`, import.meta.url);
  let timer: NodeJS.Timeout | undefined;
  const reload = async () => {
    try {
      const { default: plugin }: { default: Plugin } = await import(
        `${pathToFileURL(fileURLToPath(url))}?${Date.now()}`
      );
      const others = set[kind].filter((other) => other.name !== name);
      again({ ...set, [kind]: [...others, plugin] }, plugin);
    } catch (error) {
      say(`${paint("red", "✗")} ${error instanceof Error ? error.message : error}`);
    }
    say(waiting);
  };
  const waiting = paint("dim", `watching plugins/${kind}/${name}.ts; Ctrl-C ends it`);
  const watcher = watch(new URL(".", url), (_event, file) => {
    if (file !== null && file !== `${name}.ts`) return;
    clearTimeout(timer);
    timer = setTimeout(reload, QUIET_MS);
  });
  say(waiting);
  await new Promise<void>((resolve) => process.once("SIGINT", resolve));
  watcher.close();
  clearTimeout(timer);
}
