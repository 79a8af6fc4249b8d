import { KinesisClient } from "@aws-sdk/client-kinesis";
import { S3Client } from "@aws-sdk/client-s3";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { Command, Option } from "commander";
import { formatUTC } from "../../core/time.ts";
import { openManifest, redrivenSince } from "../redrive/manifest.ts";
import { type Redriven, redrive } from "../redrive/run.ts";
import { searchFor } from "../redrive/search.ts";
import { type Drop, messageOf } from "../s3-drop/notification.ts";
import { TIME_HELP, timeRange } from "./hours.ts";
import { checkedCode, DEFAULT_FROM } from "./quarantine.ts";
import { DEFAULT_DIR, findTarget, type Target, type TargetOptions } from "./target.ts";
import { paint, progress, say, UsageError } from "./terminal.ts";

/** What a shell expects of a command that Ctrl-C ended. */
const INTERRUPTED = 130;

/** Problems that are said one by one; the others are counted. */
const SAID_PROBLEMS = 20;

interface RedriveOptions extends TargetOptions {
  readonly code?: string;
  readonly from: string;
  readonly to?: string;
  readonly only?: "quarantine" | "failures";
  readonly again?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly stream?: string;
  readonly bucket?: string;
  readonly queue?: string;
}

/** `lake redrive`: what was quarantined or given up goes back on the stream. */
export function redriveCommand(): Command {
  return new Command("redrive")
    .description("put quarantined payloads, and records that Lambda gave up, back on the stream, each once")
    .option("--code <code>", "only quarantined for this reason, e.g. invalid_json", checkedCode)
    .option("--from <time>", `arrived, or given up, from then on (${TIME_HELP})`, DEFAULT_FROM)
    .option("--to <time>", "before then; now unless said")
    .addOption(new Option("--only <kind>", "one kind instead of both").choices(["quarantine", "failures"]))
    .option("--again", "put what was redriven before as well")
    .option("--dry-run", "count, and put nothing")
    .option("--json", "print the counts as JSON")
    .option("--stream <name>", "Kinesis stream; the local lake's, or LAKE_STREAM")
    .option("--bucket <name>", "the lake bucket; the local lake's, or LAKE_BUCKET")
    .option(
      "--queue <url>",
      "queue of S3 drops, for objects that could not be read; the local lake's, or LAKE_DROP_QUEUE",
    )
    .option("--dir <folder>", "folder of the local lake", DEFAULT_DIR)
    .option("--aws", "go to AWS even when a local lake is up")
    .addHelpText(
      "after",
      `
Events keep the ids of their first arrival: what is put twice is still one event.
Exit code 0: all was put; 1: something failed, and comes again the next time; 130: Ctrl-C.

Example:
  lake redrive --dry-run --from 7d
  lake redrive --code invalid_json --from 2026-11-24T07:00:00Z --to 2026-11-24T09:00:00Z`,
    )
    .action(run);
}

async function run(options: RedriveOptions): Promise<void> {
  const wanted = { ...timeRange(options, Date.now()), code: options.code };
  if (options.code !== undefined && options.only === "failures")
    throw new UsageError("redrive: --code is about quarantined payloads, --only failures leaves them out; drop one");
  const target = findTarget(options);
  const place = placeOf(options, target);
  const clients = { s3: new S3Client(target.client), kinesis: new KinesisClient(target.client) };
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());

  const search = await searchFor({ ...clients, ...place }, wanted, options.only);
  const bar = progress("{bar} {percentage}% | {found} found", search.total);
  const candidates = search.candidates((bytes, found) => bar.update(bytes, { found }));
  const result = await redrive(candidates, {
    kinesis: clients.kinesis,
    stream: place.stream,
    done: options.again ? new Set() : await redrivenSince(clients.s3, place.bucket, wanted.from),
    manifest: openManifest(clients.s3, place.bucket, place.stream, Date.now),
    requeue: requeueTo(place.queue, target),
    dryRun: options.dryRun === true,
    signal: stop.signal,
  });
  bar.stop();
  report(result, place.stream, options);
  say(paint("dim", `from ${formatUTC(wanted.from)} to ${formatUTC(wanted.to)}`));
  if (stop.signal.aborted) process.exitCode = INTERRUPTED;
  else if (result.problems.length > 0) process.exitCode = 1;
}

interface Place {
  readonly stream: string;
  readonly bucket: string;
  readonly queue: string | undefined;
}

function placeOf({ stream, bucket, queue }: RedriveOptions, { name, outputs }: Target): Place {
  const place = {
    stream: stream ?? outputs.StreamName ?? process.env.LAKE_STREAM,
    bucket: bucket ?? outputs.LakeBucket ?? process.env.LAKE_BUCKET,
    queue: queue ?? outputs.DropQueueUrl ?? process.env.LAKE_DROP_QUEUE,
  };
  if (place.stream && place.bucket) return { ...place, stream: place.stream, bucket: place.bucket };
  const missing = [...(place.stream ? [] : ["--stream"]), ...(place.bucket ? [] : ["--bucket"])].join(" and ");
  throw new UsageError(`redrive: ${name} does not say which lake; name it with ${missing}, from the stack's outputs`);
}

function requeueTo(queue: string | undefined, target: Target): (drop: Drop) => Promise<void> {
  const sqs = new SQSClient(target.client);
  return async (drop) => {
    if (queue === undefined)
      throw new Error(`s3://${drop.bucket}/${drop.key} is to be read again; name the queue with --queue`);
    await sqs.send(new SendMessageCommand({ QueueUrl: queue, MessageBody: messageOf(drop) }));
  };
}

function report({ counts, problems }: Redriven, stream: string, { dryRun = false, json }: RedriveOptions): void {
  for (const problem of problems.slice(0, SAID_PROBLEMS)) say(`${paint("red", "✗")} ${problem}`);
  if (problems.length > SAID_PROBLEMS) say(`  and ${problems.length - SAID_PROBLEMS} more`);
  if (json) console.log(JSON.stringify({ stream, dryRun, ...counts }));
  const { found, put, skipped, failed, records } = counts;
  const done = dryRun ? `${put} would be put` : `${put} put (${records} records on ${stream})`;
  const mark = problems.length === 0 ? paint("green", "✓") : paint("red", "✗");
  say(`${mark} ${found} found = ${done} + ${skipped} redriven before + ${failed} failed`);
}
