import { Command, Option } from "commander";
import { planOf } from "../plan/plan.ts";
import { planText } from "../plan/print.ts";
import { type LoadOptions, readLoad, withLoad } from "./cost.ts";

/** `lake plan`: what a load needs in AWS. Asks nothing of AWS. */
export function planCommand(): Command {
  return withLoad(new Command("plan"))
    .description("what a load needs: shards, consumers, Firehose, objects, and every AWS quota it crosses")
    .addOption(new Option("--mode <mode>", "the stream's").choices(["on-demand", "provisioned"]).default("on-demand"))
    .addHelpText("after", "\nExample:\n  lake plan --events-per-second 100000 --bytes 1200")
    .action((options: LoadOptions & { readonly mode: string }) => {
      const load = readLoad("plan", options);
      const plan = planOf(load, options.mode === "provisioned" ? "provisioned" : "onDemand");
      console.log(options.json ? JSON.stringify({ load, ...plan }) : planText(load, plan));
    });
}
