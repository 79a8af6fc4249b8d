import { AthenaClient } from "@aws-sdk/client-athena";
import { Firehose } from "@aws-sdk/client-firehose";
import type { KinesisClient } from "@aws-sdk/client-kinesis";
import type { PluginSet } from "../../core/order.ts";
import type { ConsumerConfig } from "../config.ts";
import { storePayload, type WriteObject } from "../payloads.ts";
import { checkpointFile, openCheckpoint } from "../replay/checkpoint.ts";
import type { Clock } from "../replay/clock.ts";
import { type Collected, createCollector, watchDrops } from "../replay/collect.ts";
import { createDiff, type Difference } from "../replay/diff.ts";
import { createHourly } from "../replay/hourly.ts";
import { batchOf, createLakeSink } from "../replay/lake.ts";
import { lagMs, newState, type ReplayState, replay } from "../replay/replay.ts";
import type { ReplayRequest } from "../replay/request.ts";
import type { Sink } from "../replay/sink.ts";
import { runQuery } from "./athena.ts";
import { countsText, differenceJson, differenceText, diffSummary, hourlyTable, number, span } from "./replay-print.ts";
import type { Target } from "./target.ts";
import { paint, progress, say } from "./terminal.ts";

/** What a shell expects of a command that Ctrl-C ended. */
const INTERRUPTED = 130;

/** How long a call that Firehose keeps refusing is tried again, in milliseconds. */
const PATIENCE_MS = 120_000;

/** All that a replay from here works with. */
export interface Job {
  readonly target: Target;
  readonly kinesis: KinesisClient;
  readonly request: ReplayRequest;
  readonly consumer: ConsumerConfig;
  readonly plugins: PluginSet;
  readonly rate: number;
  readonly dir: string;
  readonly checkpoint?: string;
  readonly json?: boolean;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/** Writes the period to the lake again. */
export async function forward(job: Job): Promise<void> {
  const { target, request, consumer, plugins, clock } = job;
  const identity = { ...request, pluginSet: plugins.version };
  const file = job.checkpoint ?? checkpointFile(job.dir, identity);
  const checkpoint = openCheckpoint(file, identity);
  const { state } = checkpoint;
  if (checkpoint.isResumed) say(`lake: going on from ${file}, ${span(lagMs(state, request))} before the end`);
  const bar = createBar(job, state);
  const sink = await createLakeSink({
    firehose: new Firehose({ ...target.client, maxAttempts: 1 }),
    settings: consumer,
    batch: batchOf(plugins, consumer, (entry) => storePayload(writerTo(target), consumer.lakeBucket, entry)),
    source: request.source,
    clock,
    openHours: state.openHours,
    giveUpAt: () => clock.now() + PATIENCE_MS,
    onWait: bar.waiting,
  });
  const isDone = await read(job, { sink, state, bar, save: checkpoint.save });
  if (isDone) checkpoint.remove();
  if (job.json) console.log(JSON.stringify({ done: isDone, ...state.counts }));
  else if (isDone) say(`${paint("green", "✓")} replayed ${countsText(state.counts)}; ${bar.rate()} records/s`);
  if (!isDone) stopped(`; ${countsText(state.counts)}. The same command goes on:\n  ${commandOf(request, file)}`);
}

/** Counts what would be written. */
export async function dryRun(job: Job): Promise<void> {
  const hourly = createHourly();
  const { state, isDone } = await collect(job, hourly.add);
  if (job.json) {
    for (const row of hourly.rows()) console.log(JSON.stringify(row));
  } else {
    console.log(hourlyTable(hourly.rows()));
    for (const [reason, count] of hourly.reasons()) say(`  ${reason}: ${number(count)}`);
  }
  say(`${paint("green", "✓")} would be written, of ${countsText(state.counts)}`);
  if (!isDone) stopped("; these are the counts up to there");
}

/** Shows which events would change, and how. */
export async function showDiff(job: Job, limit: number): Promise<void> {
  const athena = new AthenaClient(job.target.client);
  let printed = 0;
  const print = (difference: Difference) => {
    if (printed >= limit) return;
    printed++;
    console.log(job.json ? differenceJson(difference) : differenceText(difference));
  };
  const diff = createDiff({
    query: (sql) => runQuery(athena, sql, job.signal),
    window: job.consumer.window,
    byHour: job.consumer.partitionBy === "event",
    source: job.request.source,
    now: job.clock.now,
    print,
  });
  const { isDone } = await collect(job, diff.add);
  if (isDone) await diff.finish();
  if (job.json) console.log(JSON.stringify({ total: diff.counts }));
  say(`${paint("green", "✓")} ${diffSummary(diff.counts, printed)}`);
  if (!isDone) stopped("; these are the differences up to there");
}

/** Reads the period into a sink that writes nothing. */
async function collect(job: Job, take: (page: Collected) => void | Promise<void>) {
  const { consumer, request } = job;
  const drops = watchDrops(job.plugins);
  // No payload is stored: only the length of a location matters to the row that holds it, and none is too long.
  const batch = batchOf(drops.plugins, consumer, async () => `s3://${consumer.lakeBucket}/`);
  const sink = createCollector(batch, request.source, drops, take);
  const state = newState();
  const isDone = await read(job, { sink, state, bar: createBar(job, state), save() {} });
  return { state, isDone };
}

interface Reading {
  readonly sink: Sink;
  readonly state: ReplayState;
  readonly bar: ReturnType<typeof createBar>;
  readonly save: () => void;
}

async function read(job: Job, { sink, state, bar, save }: Reading): Promise<boolean> {
  const onSettled = () => {
    save();
    bar.update();
  };
  try {
    return await replay({ ...job, sink, state, recordsPerSecond: job.rate, onSettled });
  } finally {
    bar.stop();
  }
}

/** The progress line: how far the slowest shard is, how fast it goes, and what it waits for. */
function createBar({ request }: Job, state: ReplayState) {
  const started = performance.now();
  const before = state.counts.records;
  const total = request.toMs - request.fromMs;
  let note = "";
  const rate = () => number(Math.round((state.counts.records - before) / ((performance.now() - started) / 1000)));
  const lag = () => lagMs(state, request);
  const facts = () => ({ records: number(state.counts.records), lag: span(lag()), rate: rate(), note });
  const bar = progress(
    "{bar} {percentage}% | {records} records | {lag} to go | {rate} records/s{note}",
    total,
    facts(),
  );
  const update = () => bar.update(total - lag(), facts());
  return {
    rate,
    update,
    waiting(openHours: number): void {
      note = openHours > 0 ? ` | waiting: ${openHours} hours are open in Firehose` : "";
      update();
      if (note && !process.stderr.isTTY) say(`lake:${note.slice(2)}; it writes them before it takes new ones`);
    },
    stop: bar.stop,
  };
}

function stopped(what: string): void {
  say(`lake: stopped${what}`);
  process.exitCode = INTERRUPTED;
}

/** The times are written out: `2h` will mean another time when the command is given again. */
function commandOf({ fromMs, toMs, shard, source }: ReplayRequest, file: string): string {
  const times = `--from ${new Date(fromMs).toISOString()} --to ${new Date(toMs).toISOString()}`;
  const only = [shard && ` --shard ${shard}`, source && ` --source ${source}`].filter(Boolean).join("");
  return `lake replay ${times}${only} --checkpoint ${file}`;
}

/** Loads the S3 client only when there is something to write: most replays never need it. */
function writerTo({ client }: Target): WriteObject {
  return async (Bucket, Key, Body) => {
    const { PutObjectCommand, S3Client } = await import("@aws-sdk/client-s3");
    const s3 = new S3Client({ ...client, ...(client.endpoint !== undefined && { forcePathStyle: true }) });
    await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
  };
}
