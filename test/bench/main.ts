import { parseArgs } from "node:util";
import { differences } from "./check.ts";
import { createCorpus } from "./corpus.ts";
import { measureAllocation } from "./memory.ts";
import { measurePlugins } from "./plugin-times.ts";
import { race } from "./race.ts";
import { reportOf, textOf } from "./report.ts";
import { SETS, type SetName } from "./sets.ts";
import { measureStages } from "./stages.ts";

const HELP = `Usage: npm run bench -- [--seconds N] [--events N] [--plugins SET] [--json]

Times the consumer's whole path, from a Kinesis event to packed Firehose bytes, against the floor: base64, JSON.parse,
JSON.stringify and a Buffer of the same records. Both run in turn, slice by slice, in this one process; a figure is the
best of all passes for each slice. Compare ratios: the seconds of a shared machine say little.

  --seconds N  how long to race, in seconds (default 10); taking the path apart takes half as long again
  --events N   size of the generated corpus (default 20000)
  --plugins S  seed (the original's plugins) or all (every registered one; default)
  --json       one JSON object on standard output instead of tables
  --help       this text

Exit codes: 0 measured; 1 the path loses or changes data, and nothing was timed; 2 wrong usage.

Example:
  taskset -c 1 npm run bench -- --seconds 20     (one core: steadier)`;

class UsageError extends Error {}

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  try {
    const options = optionsIn(args);
    if (options === "help") console.log(HELP);
    return options === "help" ? 0 : await bench(options);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`bench: ${error.message}; npm run bench -- --help shows the options`);
    return 2;
  }
}

interface Options {
  readonly seconds: number;
  readonly events: number;
  readonly plugins: SetName;
  readonly json: boolean;
}

async function bench({ seconds, events, plugins, json }: Options): Promise<number> {
  const corpus = createCorpus(events);
  const differing = await differences(corpus, plugins);
  if (differing.length > 0) {
    console.error(`bench: what comes out is not what went in; nothing was timed\n${differing.join("\n")}`);
    return 1;
  }
  const report = reportOf(corpus, {
    race: await race(corpus, SETS[plugins], seconds),
    allocation: await measureAllocation(corpus, SETS[plugins]),
    stages: measureStages(corpus, SETS[plugins], seconds / 4),
    plugins: measurePlugins(corpus, SETS[plugins], seconds / 4),
  });
  console.log(json ? JSON.stringify(report) : textOf(report));
  return 0;
}

function optionsIn(args: string[]): Options | "help" {
  const { values } = read(args);
  if (values.help) return "help";
  const { plugins, json } = values;
  if (plugins !== "seed" && plugins !== "all") throw new UsageError(`--plugins ${plugins} is neither seed nor all`);
  return { seconds: positive("seconds", values.seconds), events: positive("events", values.events), plugins, json };
}

function read(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        seconds: { type: "string", default: "10" },
        events: { type: "string", default: "20000" },
        plugins: { type: "string", default: "all" },
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function positive(name: string, text: string): number {
  const value = Number(text);
  const isWrong = !(value > 0 && value < 1e7) || (name === "events" && !Number.isInteger(value));
  if (isWrong) throw new UsageError(`--${name} ${text} is no number that can be used`);
  return value;
}
