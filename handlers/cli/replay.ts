import { join } from "node:path";
import { DescribeStreamSummaryCommand, KinesisClient } from "@aws-sdk/client-kinesis";
import { Command } from "commander";
import type { PluginSet } from "../../core/order.ts";
import { type ConsumerConfig, config } from "../config.ts";
import { systemClock } from "../replay/clock.ts";
import { DEFAULT_RATE } from "../replay/replay.ts";
import { checkPast, type ReplayRequest, RequestError } from "../replay/request.ts";
import type { Places } from "../resources.ts";
import { TIME_HELP, timeRange } from "./hours.ts";
import { loadPlugins } from "./registry.ts";
import { dryRun, forward, type Job, showDiff } from "./replay-modes.ts";
import { equipped, placesHere } from "./settings.ts";
import { DEFAULT_DIR, findTarget, type Target, type TargetOptions } from "./target.ts";
import { paint, say, UsageError } from "./terminal.ts";

/** Differences that are printed for people; a program gets them all. */
const DEFAULT_LIMIT = 20;

const HOUR_MS = 3_600_000;

interface ReplayOptions extends TargetOptions {
  readonly from: string;
  readonly to: string;
  readonly shard?: string;
  readonly source?: string;
  readonly dryRun?: boolean;
  readonly diff?: boolean;
  readonly limit?: number;
  readonly rate: number;
  readonly checkpoint?: string;
  readonly plugins?: string;
  readonly stream?: string;
  readonly settings?: string;
  readonly json?: boolean;
}

/** `lake replay`: what the stream still holds, through today's plugins, to the lake again. */
export function replayCommand(): Command {
  return new Command("replay")
    .description("run a stretch of the stream through today's plugins and write it again, under the same ids")
    .requiredOption("--from <time>", `arrived from then on (${TIME_HELP})`)
    .requiredOption("--to <time>", "arrived before then")
    .option("--diff", "write nothing; show which events would change, and how")
    .option("--limit <number>", `differences to print; ${DEFAULT_LIMIT} unless said, with --json all`, wholeNumber)
    .option("--dry-run", "write nothing; count what would be written, by hour and source")
    .option("--source <name>", "only events that get this source")
    .option("--shard <id>", "only this shard")
    .option("--plugins <folder>", "another plugins/ folder than this one's, e.g. of a branch checked out beside it")
    .option("--rate <number>", "records a second, so that live events have precedence", wholeNumber, DEFAULT_RATE)
    .option("--checkpoint <file>", "where to keep how far it came; a file in the lake's folder unless said")
    .option("--json", "print JSON")
    .option("--dir <folder>", "folder of the local lake", DEFAULT_DIR)
    .option("--stream <name>", "Kinesis stream (LAKE_STREAM; the stack's output StreamName)")
    .option("--settings <json>", "the stack's output ConsumerSettings (LAKE_SETTINGS)")
    .option("--aws", "replay in AWS even when a local lake is up")
    .addHelpText(
      "after",
      `
Ctrl-C stops it; the same command goes on where it was.

Example:
  lake replay --from 7d --to 6d --diff                                       # what would a changed plugin do?
  lake replay --from 2026-11-24T05:00:00Z --to 2026-11-24T06:00:00Z          # do it`,
    )
    .action(run);
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UsageError(`replay: ${text} is no whole number above 0; nothing was replayed`);
}

async function run(options: ReplayOptions): Promise<void> {
  const now = Date.now();
  const { from, to } = timeRange(options, now);
  const target = findTarget(options);
  const lake = lakeOf(target, options);
  const plugins = await equippedFor(target, lake.consumer.places, options);
  const kinesis = new KinesisClient(target.client);
  const request: ReplayRequest = {
    stream: lake.stream,
    ...{ fromMs: from, toMs: to },
    ...(options.shard !== undefined && { shard: options.shard }),
    ...(options.source !== undefined && { source: options.source }),
  };
  const signal = interruption();
  const job: Job = { ...options, ...lake, target, kinesis, plugins, request, signal, clock: systemClock(signal) };
  try {
    checkPast(request, now);
    await warnOfRetention(kinesis, request, now);
    await modeOf(options)(job);
  } catch (error) {
    throw error instanceof RequestError ? new UsageError(error.message) : error;
  }
}

function modeOf({ diff, dryRun: isDry, json, limit }: ReplayOptions): (job: Job) => Promise<void> {
  if (diff) return (job) => showDiff(job, limit ?? (json ? Number.POSITIVE_INFINITY : DEFAULT_LIMIT));
  return isDry ? dryRun : forward;
}

/** The stream, and what the deployed consumer has in its environment: a replay must write what the consumer would. */
function lakeOf({ name, outputs }: Target, options: ReplayOptions): { stream: string; consumer: ConsumerConfig } {
  const stream = options.stream ?? outputs.StreamName ?? process.env.LAKE_STREAM;
  const settings = options.settings ?? outputs.ConsumerSettings ?? process.env.LAKE_SETTINGS;
  if (stream === undefined || settings === undefined) {
    const missing = [stream ?? "--stream with StreamName", settings ?? "--settings with ConsumerSettings"];
    const wanted = missing.filter((text) => text.startsWith("--")).join(" and ");
    throw new UsageError(`replay: ${name} does not say which lake; give ${wanted}, from the stack's outputs`);
  }
  try {
    return { stream, consumer: config(JSON.parse(settings)) };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : cause;
    throw new UsageError(`replay: --settings is not what the stack's output ConsumerSettings says (${why})`);
  }
}

/**
 * The plugins with what the consumer gives them. What is in its bundle is, of the local lake, there still; of a lake in AWS it
 * is what the settings of this checkout name, as the plugins are those of this checkout.
 */
async function equippedFor(target: Target, places: Places, { plugins, dir }: ReplayOptions): Promise<PluginSet> {
  const set = await loadPlugins(plugins);
  const { client } = target;
  if (target.name === "AWS") return equipped(set, placesHere(places), { client });
  return equipped(set, places, { client, folder: join(dir, "cdk.out", "bundles", "consumer") });
}

/** Aborted by the first Ctrl-C; the second one ends the process at once. */
function interruption(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      say("lake: stopping when what is in hand is delivered; once more stops at once");
      stop.abort();
    });
  }
  return stop.signal;
}

async function warnOfRetention(kinesis: KinesisClient, { stream, fromMs }: ReplayRequest, now: number): Promise<void> {
  const answer = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName: stream }));
  const hours = answer.StreamDescriptionSummary?.RetentionPeriodHours ?? 0;
  if (fromMs >= now - hours * HOUR_MS) return;
  const oldest = new Date(now - hours * HOUR_MS).toISOString();
  say(paint("yellow", `lake: ${stream} keeps ${hours} hours; what arrived before ${oldest} is not there any more`));
}
