import { setTimeout as sleep } from "node:timers/promises";
import { type _Object as ListedObject, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { GetQueueAttributesCommand, ListQueuesCommand, SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import { Command } from "commander";
import { dropsIn, messageOf } from "../s3-drop/notification.ts";
import { type Checkpoint, openCheckpoint } from "./checkpoint.ts";
import { TIME_HELP, type TimeRange, timeRange } from "./hours.ts";
import { DEFAULT_DIR, findTarget, type Target, type TargetOptions } from "./target.ts";
import { paint, progress, say, UsageError } from "./terminal.ts";

/** The most messages a call of SendMessageBatch takes (Amazon SQS API Reference). */
const BATCH = 10;

/** How often a deep queue is looked at again. */
const LOOK_AGAIN_MS = 1000;

/** Before any object of S3's. */
const BEGINNING = "2000-01-01T00:00:00Z";

/** AWS's logs say in their keys which day they are of; when they were written is another matter for copies. */
const DAY_IN_KEY = /(?:^|\/)AWSLogs\/.*\/(\d{4})\/(\d{2})\/(\d{2})\//;
const DAY_MS = 86_400_000;

interface BackfillOptions extends TargetOptions {
  readonly from?: string;
  readonly to?: string;
  readonly concurrency: string;
  readonly queue?: string;
  readonly dryRun?: boolean;
  readonly restart?: boolean;
  readonly json?: boolean;
}

/** `lake backfill`: objects that are there already become events, as if they had just been dropped. */
export function backfillCommand(): Command {
  return new Command("backfill")
    .description("feed objects that are already in a bucket to the lake, in key order and at a bounded pace")
    .argument("<source>", "s3://bucket/prefix")
    .option(
      "--from <time>",
      `objects of then and later (${TIME_HELP}): the day in keys of AWSLogs/, else when it was written`,
    )
    .option("--to <time>", "objects of before then")
    .option("--concurrency <n>", "objects that wait or are worked on at a time", "100")
    .option("--queue <url>", "drop queue; found by itself when there is only one lake")
    .option("--dry-run", "only count")
    .option("--restart", "begin anew, also when this backfill was interrupted")
    .option("--json", "print the counts as JSON")
    .option("--dir <folder>", "folder of the local lake, and of the checkpoint", DEFAULT_DIR)
    .option("--aws", "feed AWS even when a local lake is up")
    .addHelpText(
      "after",
      `
A backfill that was interrupted goes on where it was when the same command is given again. An object that is fed twice, or
was dropped before, gives the same events with the same ids. In AWS the lake may read the drop bucket and those named in the
setting lake:sourceBuckets; objects elsewhere go to quarantine.

Example:
  lake backfill s3://my-trail/AWSLogs/123456789012/CloudTrail/ --from 2026-11-01 --to 2026-11-08 --dry-run`,
    )
    .action(backfill);
}

async function backfill(source: string, options: BackfillOptions): Promise<void> {
  const { bucket, prefix } = sourceOf(source);
  const { from = BEGINNING, to } = options;
  const range = timeRange({ from, ...(to !== undefined && { to }) }, Date.now());
  const concurrency = Number(options.concurrency);
  if (!Number.isInteger(concurrency) || concurrency < 1)
    throw new UsageError(`backfill: --concurrency ${options.concurrency} is no whole number from 1; nothing was fed`);
  const target = findTarget(options);
  const sqs = new SQSClient({ ...target.client, useQueueUrlAsEndpoint: false });
  const queue = options.dryRun ? "" : await queueOf(sqs, target, options);
  const job = JSON.stringify([target.client.endpoint ?? "AWS", source, options.from, options.to]);
  const checkpoint = openCheckpoint(options.dir, job, options.restart === true || options.dryRun === true);
  if (checkpoint.after !== "") say(`going on after ${checkpoint.after} (--restart begins anew)`);

  const bar = progress("{objects} objects fed | {key}", 0, { objects: 0, key: "" });
  const stopping = stopSignal();
  const s3 = new S3Client(target.client);
  for await (const batch of batchesOf(listed(s3, bucket, prefix, checkpoint.after, range))) {
    if (!options.dryRun) await untilShallow(sqs, queue, concurrency, stopping);
    if (stopping.aborted) break;
    if (!options.dryRun) await feed(sqs, queue, bucket, batch);
    checkpoint.advance(batch, !options.dryRun);
    bar.update(0, { objects: checkpoint.objects, key: checkpoint.after });
  }
  bar.stop();
  report(checkpoint, stopping.aborted, options);
}

function report(checkpoint: Checkpoint, isStopped: boolean, { dryRun, json }: BackfillOptions): void {
  const { objects, bytes, after } = checkpoint;
  if (isStopped)
    process.exitCode = 130; // what a shell expects of a command that Ctrl-C ended
  else checkpoint.finish();
  const did = `${objects} objects ${dryRun ? "would be fed" : "fed"}`;
  if (json) console.log(JSON.stringify({ objects, bytes, finished: !isStopped, ...(isStopped && { after }) }));
  else if (isStopped) say(`${did}, up to ${after}; the same command goes on from there`);
  else say(`${paint("green", "✓")} ${did}, ${bytes} bytes`);
}

function sourceOf(source: string): { bucket: string; prefix: string } {
  const [, bucket, prefix = ""] = /^s3:\/\/([^/]+)(?:\/(.*))?$/s.exec(source) ?? [];
  if (bucket !== undefined) return { bucket, prefix };
  throw new UsageError(`backfill: ${source} is no place in S3; write it as s3://bucket/prefix. Nothing was fed`);
}

/** The first Ctrl-C ends the backfill after the batch that is under way, the second one at once. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  return stop.signal;
}

/** Objects in the order of their keys that hold events and are of the time. */
async function* listed(s3: S3Client, Bucket: string, Prefix: string, after: string, range: TimeRange) {
  let StartAfter = after;
  for (;;) {
    const page = await s3.send(new ListObjectsV2Command({ Bucket, Prefix, ...(StartAfter !== "" && { StartAfter }) }));
    const { Contents = [], IsTruncated } = page;
    for (const object of Contents) if (isWanted(Bucket, object, range)) yield object;
    StartAfter = Contents.at(-1)?.Key ?? "";
    if (!IsTruncated || StartAfter === "") return;
  }
}

function isWanted(
  bucket: string,
  { Key = "", Size = 0, LastModified }: ListedObject,
  { from, to }: TimeRange,
): boolean {
  if (Size === 0 || dropsIn(messageOf({ bucket, key: Key })).length === 0) return false;
  const [, year, month, day] = DAY_IN_KEY.exec(Key) ?? [];
  if (year === undefined) return Number(LastModified) >= from && Number(LastModified) < to;
  const start = Date.UTC(Number(year), Number(month) - 1, Number(day));
  return start < to && start + DAY_MS > from;
}

async function* batchesOf(objects: AsyncIterable<ListedObject>): AsyncGenerator<ListedObject[]> {
  let batch: ListedObject[] = [];
  for await (const object of objects) {
    batch.push(object);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function untilShallow(sqs: SQSClient, QueueUrl: string, most: number, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl,
        AttributeNames: ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
      }),
    );
    const depth = Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0);
    if (depth < most) return;
    await sleep(LOOK_AGAIN_MS);
  }
}

async function feed(sqs: SQSClient, QueueUrl: string, bucket: string, objects: readonly ListedObject[]): Promise<void> {
  const Entries = objects.map(({ Key: key = "" }, i) => ({ Id: String(i), MessageBody: messageOf({ bucket, key }) }));
  const { Failed = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  const [first] = Failed;
  if (first)
    throw new Error(
      `backfill: the queue refused ${Failed.length} messages (${first.Code}: ${first.Message}); give the command again`,
    );
}

/** The drop queue of the lake; in AWS, of the one lake there is. */
async function queueOf(sqs: SQSClient, target: Target, options: BackfillOptions): Promise<string> {
  const known = options.queue ?? target.outputs.DropQueueUrl ?? process.env.LAKE_DROP_QUEUE;
  if (known !== undefined) return known;
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
  const [only, ...others] = QueueUrls.filter((url) => /defenda.*DropQueue/i.test(url));
  if (only !== undefined && others.length === 0) return only;
  const found = only === undefined ? "has no drop queue" : `has several drop queues (${[only, ...others].join(", ")})`;
  throw new UsageError(`backfill: ${target.name} ${found}; name one with --queue or LAKE_DROP_QUEUE. Nothing was fed`);
}
