import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { AthenaClient } from "@aws-sdk/client-athena";
import { KinesisClient } from "@aws-sdk/client-kinesis";
import { Command } from "commander";
import { type Lake, startLake } from "../../infra/local/lake.ts";
import { type Account, accountFor, putSamples } from "./account.ts";
import { runQuery } from "./athena.ts";
import { tableOf } from "./query.ts";
import { type Context, contextHere, contextOption } from "./settings.ts";
import { DEFAULT_DIR, findTarget, LAKE_FILE, type LakeFile, runningLake } from "./target.ts";
import { paint, say, UsageError } from "./terminal.ts";

/** Seconds that events wait in the local Firehose; in AWS the template says 60 or more. */
const DEFAULT_BUFFER_SECONDS = "5";

const DEFAULT_PORT = "4566";

/** What a shell expects of a command that Ctrl-C ended. */
const INTERRUPTED = 130;

/** How long the samples may take beyond the buffer before they count as lost, in milliseconds. */
const PATIENCE_MS = 60_000;

const PARTITIONS = `SELECT year, month, day, hour, count(*) AS events FROM events
GROUP BY year, month, day, hour ORDER BY year, month, day, hour`;

const SAMPLE_QUERY = `SELECT utctimestamp,
       json_extract_scalar(details, '$.useridentity.username') AS user,
       json_extract_scalar(details, '$.sourceipaddress') AS address,
       json_extract_scalar(details, '$.responseelements.consolelogin') AS outcome
FROM defenda_data_lake.events
WHERE json_extract_scalar(details, '$.eventname') = 'ConsoleLogin'
ORDER BY utctimestamp
LIMIT 20`;

interface UpOptions {
  readonly dir: string;
  readonly port: string;
  readonly bulkPort?: string;
  readonly console: boolean;
  readonly consolePort?: string;
  readonly bufferSeconds: string;
  readonly context?: Context;
  readonly fresh?: boolean;
  readonly once?: boolean;
}

/** `lake up`: the lake on this machine. */
export function upCommand(): Command {
  return new Command("up")
    .description("run the lake on this machine until Ctrl-C; the first time with sample events")
    .option("--once", "exit when the samples are in: 0 only if each is accounted for exactly once")
    .option("--fresh", "empty the lake's folder first")
    .option("--dir <folder>", "where the lake keeps its state", DEFAULT_DIR)
    .option("--port <number>", "port of the AWS endpoint, on 127.0.0.1 only; 0 takes any", DEFAULT_PORT)
    .option(
      "--bulk-port <number>",
      "port that agents ship to as if it were Elasticsearch (default: 9200 if it is free)",
    )
    .option("--console-port <number>", "port of the console (default: 4580 or the next free one)")
    .option("--no-console", "do not serve the console")
    .option("--buffer-seconds <number>", "how long Firehose gathers events before it writes", DEFAULT_BUFFER_SECONDS)
    .addOption(contextOption())
    .addHelpText("after", "\nExample:\n  lake up --fresh --buffer-seconds 2")
    .action(up);
}

async function up(options: UpOptions): Promise<void> {
  const { dir } = options;
  const running = runningLake(dir);
  if (running) {
    const next = `use it, stop it (kill ${running.pid}), or choose another folder with --dir`;
    const where = running.console === undefined ? running.endpoint : `${running.endpoint}, console ${running.console}`;
    throw new UsageError(`up: a lake runs in ${dir} already, at ${where}; ${next}`);
  }
  if (options.fresh) empty(dir);
  const lake = await startLake({
    dir,
    port: wholeNumber("--port", options.port, 65_535),
    settings: contextHere(options.context),
    ...(options.bulkPort !== undefined && { bulkPort: wholeNumber("--bulk-port", options.bulkPort, 65_535) }),
    bufferSeconds: wholeNumber("--buffer-seconds", options.bufferSeconds, 900),
    ...(options.console && { console: consoleOf(options.consolePort) }),
  });
  const stopped = stopSignal();
  try {
    const file = announce(lake, dir);
    const done = await Promise.race([showSamples(lake, file, options), stopped]);
    if (options.once || done === undefined) {
      process.exitCode = exitCode(done, options.once === true);
      return;
    }
    say(thingsToTry(file));
    await stopped;
  } finally {
    await lake.close();
    rmSync(join(dir, LAKE_FILE), { force: true });
  }
}

/** Ctrl-C is how a lake ends, but not how `--once` does. */
function exitCode(done: boolean | undefined, once: boolean): number {
  if (done !== undefined) return Number(!done);
  return once ? INTERRUPTED : 0;
}

function wholeNumber(option: string, text: string, most: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number <= most) return number;
  throw new UsageError(`up: ${option} ${text} is no whole number from 0 to ${most}; nothing was started`);
}

function consoleOf(port: string | undefined): { port?: number } {
  return port === undefined ? {} : { port: wholeNumber("--console-port", port, 65_535) };
}

/** Deletes a lake's folder, and refuses to delete anything else. */
function empty(dir: string): void {
  const isLake = !existsSync(dir) || readdirSync(dir).length === 0 || existsSync(join(dir, "kinesis.sqlite"));
  if (!isLake) throw new UsageError(`up: ${dir} holds no lake; --fresh deletes only folders that a lake made`);
  rmSync(dir, { recursive: true, force: true });
}

/** Resolves to undefined on Ctrl-C or a polite kill; the second one ends the process at once. */
function stopSignal(): Promise<undefined> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve(undefined));
  });
}

function announce(lake: Lake, dir: string): LakeFile {
  const { url: endpoint, consoleUrl: console, outputs } = lake;
  const file = { endpoint, ...(console !== undefined && { console }), pid: process.pid, outputs };
  rmSync(join(dir, LAKE_FILE), { force: true }); // one that is there would keep its mode, and the token is in it
  writeFileSync(join(dir, LAKE_FILE), JSON.stringify(file), { mode: 0o600 });
  say(`${paint("green", "✓")} the lake is up: ${paint("bold", endpoint)}`);
  if (console !== undefined) say(`Console ${paint("bold", console)}`);
  return file;
}

/** @returns whether every sample is accounted for */
async function showSamples(lake: Lake, { outputs }: LakeFile, options: UpOptions): Promise<boolean> {
  const { client } = findTarget({ dir: options.dir });
  const athena = new AthenaClient(client);
  const { documents, isNew } = await putSamples(new KinesisClient(client), outputs.StreamName ?? "", options.dir);
  const placed = isNew
    ? "put on the stream; waiting until they are delivered"
    : "were put before; nothing is sent again";
  say(`${paint("green", "✓")} ${documents.length} sample events ${placed}`);

  if (!isNew && !options.once) return true; // they were accounted for then, and a lake may be large by now

  const deadline = Date.now() + Number(options.bufferSeconds) * 1000 + PATIENCE_MS;
  let account = await accountFor(athena, documents);
  while (account.missing.length > lake.ledger.dropped && Date.now() < deadline) {
    await sleep(250);
    account = await accountFor(athena, documents);
  }
  const isComplete = report(account, lake.ledger.dropped);
  say(`\nHour partitions:\n${await partitions(athena)}`);
  say(`\n${SAMPLE_QUERY};\n`);
  console.log(tableOf(await runQuery(athena, SAMPLE_QUERY)));
  return isComplete;
}

function report({ expected, delivered, quarantined, missing, repeated }: Account, dropped: number): boolean {
  const isComplete = missing.length <= dropped && repeated.length === 0;
  const mark = isComplete ? paint("green", "✓") : paint("red", "✗");
  say(
    `${mark} ${expected} events = ${delivered} delivered + ${quarantined} quarantined + ${missing.length} dropped by a plugin`,
  );
  if (missing.length > dropped)
    say(`  in no row: ${missing.join(", ")}; the function's log is in logs/ of the lake's folder`);
  if (repeated.length > 0) say(`  in several rows: ${repeated.join(", ")}`);
  return isComplete;
}

async function partitions(athena: AthenaClient): Promise<string> {
  const { rows } = await runQuery(athena, PARTITIONS);
  const line = ([year, month, day, hour, events]: readonly (string | null)[]) =>
    `  events/year=${year}/month=${month}/day=${day}/hour=${hour}/  ${events} events`;
  return rows.map(line).join("\n");
}

function thingsToTry({ endpoint, console, outputs }: LakeFile): string {
  return `${console === undefined ? "" : `\nConsole       ${console}`}
AWS endpoint  ${endpoint}   (Kinesis, Firehose, S3, Athena; any credentials, region us-east-1)
Stream        ${outputs.StreamName}
Lake bucket   ${outputs.LakeBucket}
Elasticsearch ${outputs.BulkUrl}   (_bulk; the credentials are in the secret ${outputs.BulkSecret})

Three things to try, in another terminal:
  echo '{"eventName":"Hello","sourceIPAddress":"192.0.2.7"}' | npx lake put -
  npx lake query "SELECT source, count(*) AS events FROM events GROUP BY source"
  aws --endpoint-url ${endpoint} kinesis list-streams

Ctrl-C stops the lake; what is in it stays in its folder.`;
}
