import { type Load, MEMORY_MIB } from "./load.ts";
import { ASSUMED, MEASURED } from "./measured.ts";
import { PRICES, type PriceName, TIERS } from "./prices.ts";
import { type Mode, type Volumes, volumesOf } from "./volumes.ts";

/** Hours of a month, as AWS counts it. */
export const MONTH_HOURS = 730;

const GB = 2 ** 30;

/** Least that a query scans, in bytes (Athena pricing). */
const LEAST_SCAN_BYTES = 10 * 2 ** 20;

export interface Line {
  readonly service: "Kinesis" | "Lambda" | "Firehose" | "S3" | "Athena" | "CloudWatch";
  readonly price: PriceName;
  /** Of the price's units, over the time that is asked about. */
  readonly quantity: number;
  readonly usd: number;
}

/** Every line of the bill for this many hours of a load; storage is a month of what came in. */
export function billOf(load: Load, mode: Mode, hours: number): Line[] {
  const volumes = volumesOf(load, mode);
  const seconds = hours * 3600;
  return [
    ...(mode === "onDemand" ? onDemand(load, volumes, hours) : provisioned(load, volumes, hours)),
    line("Lambda", "lambdaDuration", volumes.invocations * volumes.invocation.seconds * seconds * (MEMORY_MIB / 1024)),
    line("Lambda", "lambdaRequests", (volumes.invocations * seconds) / 1e6),
    ...firehose(load, volumes, seconds),
    ...storage(volumes, seconds),
    ...athena(volumes, hours),
    ...cloudWatch(load, volumes, hours),
  ];
}

export function totalOf(lines: readonly Line[]): number {
  return lines.reduce((sum, { usd }) => sum + usd, 0);
}

function onDemand({ settings }: Load, volumes: Volumes, hours: number): Line[] {
  const keptHours = Math.max(0, settings.retentionHours - 24);
  const kept = (volumes.streamBytes * keptHours * 3600) / GB;
  return [
    line("Kinesis", "onDemandStream", hours),
    line("Kinesis", "onDemandIn", (volumes.streamBilledBytes * hours * 3600) / GB),
    line("Kinesis", "onDemandOut", (volumes.streamBytes * hours * 3600) / GB),
    line("Kinesis", "onDemandRetention", (kept * hours) / MONTH_HOURS),
  ];
}

function provisioned({ settings }: Load, { shards, putUnits }: Volumes, hours: number): Line[] {
  return [
    line("Kinesis", "shard", shards * hours),
    line("Kinesis", "putUnits", (putUnits * hours * 3600) / 1e6),
    line("Kinesis", "shardRetention", settings.retentionHours > 24 ? shards * hours : 0),
  ];
}

function firehose({ settings, eventsPerSecond }: Load, volumes: Volumes, seconds: number): Line[] {
  const ingested = firehoseIn(volumes.billedBytes, seconds);
  if (settings.partitionBy === "arrival") return [ingested];
  return [
    ingested,
    line("Firehose", "partitioned", (volumes.deliveredBytes * seconds) / GB),
    line("Firehose", "partitionedObjects", (volumes.objects * seconds) / 1e3),
    line("Firehose", "jq", (eventsPerSecond * seconds * ASSUMED.jqMs) / 3.6e6),
  ];
}

/** What Firehose bills for bytes a second, as it counts them; a month's further bytes cost less. */
export function firehoseIn(billedBytes: number, seconds: number): Line {
  return line("Firehose", "firehoseIn", (billedBytes * seconds) / GB, seconds);
}

function storage({ objects, deliveredBytes }: Volumes, seconds: number): Line[] {
  return [
    line("S3", "s3Puts", (objects * seconds) / 1e3),
    line("S3", "s3Storage", (deliveredBytes * MEASURED.gzip * seconds) / GB),
  ];
}

function athena({ objects, deliveredBytes }: Volumes, hours: number): Line[] {
  const queries = (ASSUMED.queriesPerDay * hours) / 24;
  const scanned = Math.max(LEAST_SCAN_BYTES, deliveredBytes * MEASURED.gzip * 3600);
  return [
    line("Athena", "athena", (queries * scanned) / 2 ** 40),
    line("S3", "s3Gets", (queries * objects * 3600) / 1e3),
  ];
}

function cloudWatch({ settings }: Load, { invocations }: Volumes, hours: number): Line[] {
  const logs = (invocations * MEASURED.logBytes * hours * 3600) / GB;
  const months = hours / MONTH_HOURS;
  return [
    line("CloudWatch", "logsIn", logs),
    line("CloudWatch", "logsStorage", logs * (settings.logRetentionDays / 30)),
    line("CloudWatch", "metrics", MEASURED.metrics * months),
    line("CloudWatch", "alarms", MEASURED.alarms * months),
    line("CloudWatch", "dashboards", months),
  ];
}

/** @param seconds how long the quantity took, where the price falls with what a month takes */
function line(service: Line["service"], price: PriceName, quantity: number, seconds?: number): Line {
  const tiers = TIERS[price];
  if (!tiers || !seconds) return { service, price, quantity, usd: quantity * PRICES[price].usd };
  const months = seconds / (MONTH_HOURS * 3600);
  let from = 0;
  let usd = 0;
  for (const tier of tiers) {
    usd += Math.max(0, Math.min(quantity / months, tier.upTo) - from) * tier.usd * months;
    from = tier.upTo;
  }
  return { service, price, quantity, usd };
}
