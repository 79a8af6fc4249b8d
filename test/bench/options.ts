import { parseArgs } from "node:util";
import { FORMATS, type FormatName } from "./formats.ts";
import { SETS, type SetName } from "./sets.ts";

export const HELP = `Usage: npm run bench -- [--plugins SET] [--format FORMAT] [--compare REV] [--seconds N] [--events N] [--json]

Times the consumer's whole path, from a Kinesis event to packed Firehose bytes, against the floor: base64, decompression,
JSON.parse, JSON.stringify and a Buffer of the same records. All run in turn, slice by slice, in this one process; a
figure is the best of all passes for each slice. Compare ratios: the seconds of a shared machine say little. The heap is set
as that of the deployed functions is.

  --plugins S  seed (the original's plugins), all (every registered one; default), or own (the original's and one of
               one's own that wants the whole event)
  --format F   plain (default), gzip, kpl, cloudwatch: how events come in a record; each one after another with "every"
  --compare R  races another revision too, e.g. main or HEAD~1: its files from git, the dependencies that are installed
  --seconds N  how long to race, in seconds (default 10); taking the path apart takes half as long again
  --events N   size of the generated corpus (default 20000)
  --json       one JSON object on standard output instead of tables; a line each with "every"
  --help       this text

Exit codes: 0 measured; 1 the path loses or changes data, and nothing was timed; 2 wrong usage.

Example:
  taskset -c 1 npm run bench -- --seconds 20     (one core: steadier)`;

export class UsageError extends Error {}

export interface Options {
  readonly seconds: number;
  readonly events: number;
  readonly plugins: SetName;
  readonly formats: readonly FormatName[];
  readonly compare: string | undefined;
  readonly json: boolean;
}

/** @throws {UsageError} which says what is wrong */
export function optionsIn(args: string[]): Options | "help" {
  const { values } = read(args);
  if (values.help) return "help";
  const { plugins, format, json, compare } = values;
  if (!isKey(plugins, SETS)) throw new UsageError(`--plugins ${plugins} is none of ${Object.keys(SETS).join(", ")}`);
  const names = Object.keys(FORMATS).filter((name) => isKey(name, FORMATS));
  const formats = names.filter((name) => format === "every" || format === name);
  if (formats.length === 0) throw new UsageError(`--format ${format} is none of ${names.join(", ")}, every`);
  const numbers = { seconds: positive("seconds", values.seconds), events: positive("events", values.events) };
  return { ...numbers, plugins, formats, compare, json };
}

function isKey<T extends object>(name: string, object: T): name is keyof T & string {
  return Object.hasOwn(object, name);
}

function read(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        seconds: { type: "string", default: "10" },
        events: { type: "string", default: "20000" },
        plugins: { type: "string", default: "all" },
        format: { type: "string", default: "plain" },
        compare: { type: "string" },
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
