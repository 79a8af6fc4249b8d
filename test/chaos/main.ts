import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { paint, progress, say } from "../../handlers/cli/terminal.ts";
import { chaosAssembly } from "./assembly.ts";
import type { Produced } from "./producer.ts";
import { reportOf, textOf } from "./report.ts";
import { runChaos } from "./run.ts";

const HELP = `Usage: npm run chaos -- [--seed N] [--events N | --minutes M] [--keep] [--json]

Runs the lake on this machine while its AWS calls are throttled, refused in part, cut off and left without an answer, its
consumer and all of it are killed, its stream is resharded, its clock set, and poison of many kinds is put; then holds its
storage against what was put. Each document must be in events, in quarantine, or dropped by a plugin: nothing else.

  --seed N     what happens, and to which request (default 1); the same seed does the same again
  --events N   how many events to put (default 20000)
  --minutes M  put for so long instead, as fast as the lake keeps up with
  --keep       leave the lake's folder, and say where it is
  --json       one JSON object on standard output instead of tables
  --help       this text

Exit codes: 0 nothing lost and nothing unexplained; 1 something is; 2 wrong usage.

Example:
  npm run chaos -- --seed 7 --events 50000`;

/** The lake is killed once for so many events, or seconds. */
const EVENTS_A_KILL = 20_000;
const SECONDS_A_KILL = 20;
const LEAST_KILLS = 2;

/** How long an environment of the consumer lives, in milliseconds. */
const LIVES = [2000, 10_000] as const;

class UsageError extends Error {}

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  try {
    const options = optionsIn(args);
    if (options === "help") console.log(HELP);
    return options === "help" ? 0 : await chaos(options);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`chaos: ${error.message}; npm run chaos -- --help shows the options`);
    return 2;
  }
}

interface Options {
  readonly seed: number;
  readonly events: number;
  /** Undefined: until all events are put. */
  readonly minutes: number | undefined;
  readonly keep: boolean;
  readonly json: boolean;
}

async function chaos(options: Options): Promise<number> {
  const { seed } = options;
  const folder = mkdtempSync(join(tmpdir(), "lake-chaos-"));
  const dir = join(folder, "lake");
  mkdirSync(dir);
  const startMs = Date.now();
  const bar = progress("{bar} {percentage}% | {events} events put | {phase}", 1000, { events: 0, phase: "start" });
  try {
    const assembly = await chaosAssembly(folder, { lives: LIVES });
    const { kills, share } = scheduleOf(options, Date.now());
    const run = await runChaos({
      ...{ seed, startMs, dir, assembly, kills, share },
      onProgress: (phase, now) => bar.update(Math.round(share(now) * 1000), { events: now.documents, phase }),
    });
    bar.stop();
    const report = { ...reportOf(run), seed, seconds: Math.round((Date.now() - startMs) / 1000) };
    const isPassed = report.problems.length === 0;
    console.log(options.json ? JSON.stringify(report) : textOf(report));
    say(`${isPassed ? paint("green", "✓ passed") : paint("red", "✗ failed")} in ${report.seconds} s`);
    if (!isPassed) say(`Again: node test/chaos/main.ts ${args(options)}`);
    return isPassed ? 0 : 1;
  } finally {
    bar.stop();
    if (options.keep) say(`The lake's folder: ${folder}`);
    else rmSync(folder, { recursive: true, force: true });
  }
}

function args({ seed, events, minutes }: Options): string {
  return `--seed ${seed} ${minutes === undefined ? `--events ${events}` : `--minutes ${minutes}`}`;
}

function scheduleOf({ events, minutes }: Options, startMs: number) {
  const seconds = (minutes ?? 0) * 60;
  const kills = Math.max(
    LEAST_KILLS,
    Math.round(minutes === undefined ? events / EVENTS_A_KILL : seconds / SECONDS_A_KILL),
  );
  const share = ({ documents }: Produced) =>
    minutes === undefined ? documents / events : (Date.now() - startMs) / 1000 / seconds;
  return { kills, share: (produced: Produced) => Math.min(1, share(produced)) };
}

function optionsIn(args: string[]): Options | "help" {
  const { values } = read(args);
  if (values.help) return "help";
  if (values.events !== undefined && values.minutes !== undefined)
    throw new UsageError("--events and --minutes exclude each other");
  return {
    seed: whole("seed", values.seed),
    events: whole("events", values.events ?? "20000"),
    minutes: values.minutes === undefined ? undefined : whole("minutes", values.minutes),
    keep: values.keep,
    json: values.json,
  };
}

function read(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        seed: { type: "string", default: "1" },
        events: { type: "string" },
        minutes: { type: "string" },
        keep: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function whole(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0 && value < 1e8) return value;
  throw new UsageError(`--${name} ${text} is no whole number from 1`);
}
