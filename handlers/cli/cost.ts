import { Command, Option } from "commander";
import { MONTH_HOURS } from "../cost/bill.ts";
import { loadOf } from "../cost/compare.ts";
import { DEFAULT_PEAK, DEFAULTS, type Load } from "../cost/load.ts";
import { costOf, costTable, costText, pricesText } from "../cost/print.ts";
import { UsageError } from "./terminal.ts";

/** Options of `lake cost` and `lake plan` that describe a load, as commander reads them. */
export interface LoadOptions {
  readonly eventsPerSecond?: string;
  readonly bytes: string;
  readonly peak: string;
  readonly usPerEvent?: string;
  readonly partitionBy: string;
  readonly json?: boolean;
}

interface CostOptions extends LoadOptions {
  readonly hours: string;
  readonly mode: string;
  readonly prices?: boolean;
  readonly table?: boolean;
}

/** `lake cost`: the bill of a load before there is one. Asks nothing of AWS. */
export function costCommand(): Command {
  return withLoad(new Command("cost"))
    .description("what a load would cost in AWS, line by line")
    .option("--hours <number>", "how long it goes on; storage is for a month", String(MONTH_HOURS))
    .addOption(
      new Option("--mode <mode>", "how Kinesis is paid for").choices(["on-demand", "provisioned"]).default("on-demand"),
    )
    .option("--prices", "list every unit price with AWS's page and where it was last seen")
    .option("--table", "a month at rates from 10 to a million events a second, in Markdown")
    .addHelpText("after", "\nExample:\n  lake cost --events-per-second 1000 --bytes 1200")
    .action((options: CostOptions) => {
      if (options.prices || options.table) {
        console.log(options.prices ? pricesText() : costTable(positive("cost", "--bytes", options.bytes)));
        return;
      }
      const mode = options.mode === "provisioned" ? "provisioned" : "onDemand";
      const cost = costOf(readLoad("cost", options), mode, positive("cost", "--hours", options.hours));
      console.log(options.json ? JSON.stringify(cost) : costText(cost));
    });
}

/** Adds the options that {@link readLoad} reads. */
export function withLoad(command: Command): Command {
  return command
    .option("--events-per-second <number>", "events a second, on average")
    .option("--bytes <number>", "bytes of an event", "1000")
    .option("--peak <number>", "the busiest minute over the average", String(DEFAULT_PEAK))
    .option("--us-per-event <number>", "microseconds an event, from npm run bench (default: measured, by size)")
    .addOption(
      new Option("--partition-by <time>", "lake:partitionBy")
        .choices(["event", "arrival"])
        .default(DEFAULTS.partitionBy),
    )
    .option("--json", "one JSON object");
}

/** @throws {UsageError} naming the option that is missing or no number */
export function readLoad(command: string, options: LoadOptions): Load {
  if (options.eventsPerSecond === undefined)
    throw new UsageError(`${command}: --events-per-second is not given; say how many, e.g. --events-per-second 1000`);
  const read = (option: string, text: string) => positive(command, option, text);
  const partitionBy = options.partitionBy === "arrival" ? "arrival" : "event";
  return loadOf({
    eventsPerSecond: read("--events-per-second", options.eventsPerSecond),
    bytes: read("--bytes", options.bytes),
    peak: Math.max(1, read("--peak", options.peak)),
    ...(options.usPerEvent !== undefined && { usPerEvent: read("--us-per-event", options.usPerEvent) }),
    settings: { ...DEFAULTS, partitionBy },
  });
}

export function positive(command: string, option: string, text: string): number {
  const value = Number(text.replaceAll(",", ""));
  if (value > 0 && value <= 1e12) return value;
  throw new UsageError(`${command}: ${option} ${text} is no number above zero; nothing was reckoned`);
}
