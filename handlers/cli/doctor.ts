import { createInterface } from "node:readline/promises";
import { AthenaClient } from "@aws-sdk/client-athena";
import { FirehoseClient } from "@aws-sdk/client-firehose";
import { GlueClient } from "@aws-sdk/client-glue";
import { KinesisClient } from "@aws-sdk/client-kinesis";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { S3Client } from "@aws-sdk/client-s3";
import { Command } from "commander";
import { config } from "../config.ts";
import { examine } from "../doctor/examine.ts";
import type { Finding, Severity } from "../doctor/finding.ts";
import { type Repair, repairsOf } from "../doctor/fix.ts";
import type { Lake } from "../doctor/lake.ts";
import { mappingsOf } from "../doctor/mappings.ts";
import { openReaders } from "../doctor/readers.ts";
import { runQuery } from "./athena.ts";
import { escapeBytes } from "./escape.ts";
import { DEFAULT_DIR, findTarget, type Target, type TargetOptions } from "./target.ts";
import { paint, say, UsageError } from "./terminal.ts";

interface DoctorOptions extends TargetOptions {
  readonly json?: boolean;
  readonly fix?: boolean;
  readonly yes?: boolean;
  readonly stream?: string;
  readonly settings?: string;
}

/** `lake doctor`: why does my query return nothing? */
export function doctorCommand(): Command {
  return new Command("doctor")
    .description("find out why a query returns nothing: one line for each thing that is wrong, and what puts it right")
    .option("--json", "one JSON object a finding")
    .option("--fix", "update the Glue tables to what the code writes, after showing the difference and asking")
    .option("--yes", "with --fix: do not ask")
    .option("--dir <folder>", "folder of the local lake", DEFAULT_DIR)
    .option("--stream <name>", "Kinesis stream (LAKE_STREAM; the stack's output StreamName)")
    .option("--settings <json>", "the stack's output ConsumerSettings (LAKE_SETTINGS)")
    .option("--aws", "examine AWS even when a local lake is up")
    .addHelpText(
      "after",
      `
It only reads, but for --fix: the tables, the streams, the event source mapping, the newest objects, what was refused.
Exit code 0: no problem (warnings are none); 1: a problem.

Example:
  lake doctor
  lake doctor --fix`,
    )
    .action(doctor);
}

async function doctor(options: DoctorOptions): Promise<void> {
  if (options.yes && !options.fix) throw new UsageError("doctor: --yes answers --fix; give both");
  const target = findTarget(options);
  const glue = new GlueClient(target.client);
  const lake = lakeOf(target, glue, options);
  if (options.fix) await repair(lake, glue, options);
  const findings = await examine({ ...lake, now: Date.now() });
  for (const finding of findings) console.log(options.json ? JSON.stringify(finding) : lineOf(finding));
  const count = (severity: Severity) => findings.filter((finding) => finding.severity === severity).length;
  const [problems, warnings, unchecked] = [count("problem"), count("warning"), count("unchecked")];
  const mark = problems === 0 ? paint("green", "✓") : paint("red", "✗");
  say(`${mark} ${problems} problems, ${warnings} warnings, ${unchecked} not checked`);
  if (problems > 0) process.exitCode = 1;
}

function lakeOf(target: Target, glue: GlueClient, options: DoctorOptions): Lake {
  const { name, client, outputs } = target;
  const stream = options.stream ?? outputs.StreamName ?? process.env.LAKE_STREAM;
  const settings = options.settings ?? outputs.ConsumerSettings ?? process.env.LAKE_SETTINGS;
  if (stream === undefined || settings === undefined)
    throw new UsageError(
      `doctor: ${name} does not say which lake; give --stream with StreamName and --settings with ConsumerSettings, from the stack's outputs`,
    );
  const athena = new AthenaClient(client);
  const place = { stream, settings: consumerOf(settings) };
  const read = openReaders(
    {
      ...{ athena, glue },
      firehose: new FirehoseClient(client),
      kinesis: new KinesisClient(client),
      s3: new S3Client({ ...client, followRegionRedirects: true }),
      mappings: (arn) => mappingsOf(new LambdaClient(client), arn),
      query: async (sql) => (await runQuery(athena, sql)).rows,
    },
    place,
  );
  return { ...place, now: Date.now(), read };
}

function consumerOf(settings: string): Lake["settings"] {
  try {
    return config(JSON.parse(settings));
  } catch (error) {
    const why = error instanceof Error ? error.message : error;
    throw new UsageError(`doctor: --settings is not what the stack's output ConsumerSettings says (${why})`);
  }
}

function lineOf({ severity, check, what, where, fix }: Finding): string {
  const styles = { problem: "red", warning: "yellow", unchecked: "dim" } as const;
  const word = paint(styles[severity], severity, process.stdout);
  // What was refused is quoted in it, and could be meant for the terminal.
  return `${word}  ${where}: ${escapeBytes(Buffer.from(what))} (${check})  →  ${fix}`;
}

/** Shows what would change in the tables, and changes it when that is wanted. */
async function repair(lake: Lake, glue: GlueClient, { yes }: DoctorOptions): Promise<void> {
  const repairs = await repairsOf(lake);
  if (repairs.length === 0) return say("lake: the tables are as the code writes; nothing to update");
  for (const { table, patch } of repairs) say([`table ${table}:`, ...patch.map(painted)].join("\n"));
  if (!yes && !(await agreed(repairs))) return say("lake: nothing was updated");
  for (const { table, apply } of repairs) {
    await apply(glue);
    say(`${paint("green", "✓")} table ${table} is updated; Glue keeps its version before`);
  }
}

function painted(line: string): string {
  return `  ${paint(line.startsWith("-") ? "red" : "green", line)}`;
}

async function agreed(repairs: readonly Repair[]): Promise<boolean> {
  if (!process.stdin.isTTY) throw new UsageError("doctor: there is no one to ask here; --fix --yes updates without");
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`Update ${repairs.map(({ table }) => table).join(" and ")}? [y/N] `);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}
