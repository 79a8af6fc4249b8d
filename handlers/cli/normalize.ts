import { createInterface } from "node:readline";
import { Command } from "commander";
import { DEFAULT_WINDOW } from "../../core/partition.ts";
import { createPipeline, type Outcome, type Pipeline } from "../../core/pipeline.ts";
import { lineOf } from "../../core/row.ts";
import { toUTC } from "../../core/time.ts";
import type { Settings } from "../../infra/settings.ts";
import { loadPlugins } from "./registry.ts";
import { type Context, contextOption, equipped, settingsHere } from "./settings.ts";
import { UsageError } from "./terminal.ts";

/** Lines written at once: fewer system calls, and standard output pushes back between them. */
const LINES_AT_ONCE = 256;

/** `lake normalize`: what the lake would store, without a lake. */
export function normalizeCommand(): Command {
  return new Command("normalize")
    .description("read NDJSON on standard input and write the stored event of each line")
    .addOption(contextOption())
    .option("--accept-text", "make an event of each line that is no JSON, as lake:acceptText does")
    .option("--arrival <time>", "fix the clock: when the events arrive and are processed (ISO 8601, UTC)")
    .addHelpText(
      "after",
      `
One line out for each line in: the event as the table stores it; null where a plugin dropped it;
{"quarantined":"<code>","message":...} where it would be quarantined; a list of these where one line holds several.

Example:
  echo '{"eventTime":"2020-06-19T00:40:11Z","sourceIPAddress":"192.0.2.7"}' | lake normalize`,
    )
    .action(({ arrival, acceptText, context }: { arrival?: string; acceptText?: boolean; context?: Context }) =>
      normalize(fixedClock(arrival), { ...settingsHere(context), ...(acceptText && { acceptText }) }),
    );
}

function fixedClock(arrival: string | undefined): () => number {
  if (arrival === undefined) return () => Date.now();
  const time = toUTC(arrival, Date.now());
  if (time === undefined)
    throw new UsageError(`normalize: --arrival ${arrival} is no time; write it as 2020-09-15T12:34:56Z`);
  const milliseconds = Date.parse(time);
  return () => milliseconds;
}

async function normalize(clock: () => number, settings: Settings): Promise<void> {
  const pipeline = createPipeline(await equipped(await loadPlugins(), settings), DEFAULT_WINDOW, settings);
  let lines: string[] = [];
  let number = 0;
  for await (const line of bytesByLine()) {
    lines.push(answer(pipeline, line, ++number, clock()));
    if (lines.length < LINES_AT_ONCE) continue;
    await write(lines);
    lines = [];
  }
  await write(lines);
}

/** Lines of standard input as their bytes: latin1 keeps each byte one character, so broken UTF-8 arrives as it is. */
async function* bytesByLine(): AsyncGenerator<Buffer> {
  process.stdin.setEncoding("latin1");
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    yield Buffer.from(line, "latin1");
  }
}

function answer(pipeline: Pipeline, payload: Buffer, number: number, now: number): string {
  const place = { stream: "stdin", shard: "lines", sequence: String(number), partitionKey: "" };
  const answers = pipeline.process({ ...place, payload, arrivalMs: now }, now).map(textOf);
  return answers.length === 1 ? (answers[0] ?? "null") : `[${answers.join(",")}]`;
}

function textOf(outcome: Outcome): string {
  if (outcome.kind === "event") return lineOf(outcome.row);
  if (outcome.kind === "dropped") return "null";
  return JSON.stringify({ quarantined: outcome.entry.code, message: outcome.entry.message });
}

async function write(lines: readonly string[]): Promise<void> {
  if (lines.length === 0) return;
  const flushed = process.stdout.write(`${lines.join("\n")}\n`);
  if (!flushed) await new Promise((resolve) => process.stdout.once("drain", resolve));
}
