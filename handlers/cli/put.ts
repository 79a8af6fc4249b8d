import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createInterface } from "node:readline";
import { KinesisClient, ListStreamsCommand } from "@aws-sdk/client-kinesis";
import { Command } from "commander";
import { batchesOf, putBatch } from "../records.ts";
import { DEFAULT_DIR, findTarget, type Target, type TargetOptions } from "./target.ts";
import { paint, progress, say, UsageError } from "./terminal.ts";

interface PutOptions extends TargetOptions {
  readonly stream?: string;
  readonly json?: boolean;
}

/** `lake put`: each line of a file becomes a record of the stream. */
export function putCommand(): Command {
  return new Command("put")
    .description("put each line of a file on the stream (- is standard input)")
    .argument("<file>", "NDJSON; any other text is put as it is and quarantined by the lake")
    .option("--stream <name>", "Kinesis stream; found by itself when there is only one lake")
    .option("--json", "print the counts as JSON")
    .option("--dir <folder>", "folder of the local lake", DEFAULT_DIR)
    .option("--aws", "put to AWS even when a local lake is up")
    .addHelpText("after", "\nExample:\n  lake put events.ndjson\n  tail -f app.log | lake put -")
    .action(put);
}

async function put(file: string, options: PutOptions): Promise<void> {
  const bytes = await sizeOf(file);
  const target = findTarget(options);
  const kinesis = new KinesisClient(target.client);
  const stream =
    options.stream ?? target.outputs.StreamName ?? process.env.LAKE_STREAM ?? (await onlyLake(kinesis, target));
  const counts = { records: 0, bytes: 0, retries: 0 };
  const bar = progress("{bar} {percentage}% | {records} records | {rate}/s", bytes);
  const started = performance.now();
  for await (const batch of batchesOf(linesOf(file))) {
    counts.retries += await putBatch(kinesis, stream, batch);
    counts.records += batch.length;
    for (const { Data } of batch) counts.bytes += Data.length + 1;
    const rate = Math.round(counts.records / ((performance.now() - started) / 1000));
    bar.update(Math.min(counts.bytes, bytes), { records: counts.records, rate });
  }
  bar.stop();
  if (options.json) console.log(JSON.stringify({ stream, ...counts }));
  else say(`${paint("green", "✓")} ${counts.records} records put on ${stream}, ${counts.retries} sent again`);
}

async function sizeOf(file: string): Promise<number> {
  if (file === "-") return 0;
  try {
    const found = await stat(file);
    if (found.isFile()) return found.size;
  } catch {}
  throw new UsageError(`put: ${file} is no file that can be read; nothing was put. Use - for standard input`);
}

/** Lines as their bytes, blank ones left out: an empty record would only be quarantined. */
async function* linesOf(file: string): AsyncGenerator<Buffer> {
  const input = file === "-" ? process.stdin : createReadStream(file);
  input.setEncoding("latin1");
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() !== "") yield Buffer.from(line, "latin1");
  }
}

/** In AWS, the one stream that a lake's stack made. */
async function onlyLake(kinesis: KinesisClient, target: Target): Promise<string> {
  const { StreamNames = [] } = await kinesis.send(new ListStreamsCommand({}));
  const lakes = StreamNames.filter((name) => /defenda/i.test(name));
  if (lakes.length === 1 && lakes[0]) return lakes[0];
  const found = lakes.length === 0 ? "has no stream of a lake" : `has several (${lakes.join(", ")})`;
  throw new UsageError(`put: ${target.name} ${found}; name one with --stream or LAKE_STREAM. Nothing was put`);
}
