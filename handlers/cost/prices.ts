/** What AWS charges in us-east-1, in US dollars without taxes, free tiers and discounts. The one place for prices. */

export interface Price {
  readonly usd: number;
  /** What each of costs that much. */
  readonly unit: string;
  /** AWS's page of it. */
  readonly source: string;
  /** Where and when the number was last seen; AWS's pages fill theirs in by script, so that no copy of them has it. */
  readonly seen: string;
}

/** A price that falls with volume: each tier holds up to a number of units a month. */
export interface Tier {
  readonly upTo: number;
  readonly usd: number;
}

const KINESIS = {
  source: "https://aws.amazon.com/kinesis/data-streams/pricing/",
  seen: "AWS price list of September 2026, as two public guides quote it alike",
};
const FIREHOSE = {
  source: "https://aws.amazon.com/firehose/pricing/",
  seen: "AWS price list API, usage types of AmazonKinesisFirehose, as a public calculator read it in 2026 (us-east-2, which costs the same)",
};
const LAMBDA = { source: "https://aws.amazon.com/lambda/pricing/", seen: "public guide of May 2026" };
const S3 = { source: "https://aws.amazon.com/s3/pricing/", seen: "a bill of August 2026 ($0.023) and a public guide" };
const ATHENA = { source: "https://aws.amazon.com/athena/pricing/", seen: "public guides of 2026" };
const CLOUDWATCH = {
  source: "https://aws.amazon.com/cloudwatch/pricing/",
  seen: "AWS's page of February 2026, as a public guide quotes it",
};

/** GB are 2^30 bytes, as AWS bills them. */
export const PRICES = {
  onDemandStream: { usd: 0.04, unit: "stream-hours", ...KINESIS },
  onDemandIn: { usd: 0.08, unit: "GB in, records rounded up to 1 KB", ...KINESIS },
  onDemandOut: { usd: 0.04, unit: "GB out", ...KINESIS },
  onDemandRetention: { usd: 0.1, unit: "GB-months from 24 hours to 7 days", ...KINESIS },
  shard: { usd: 0.015, unit: "shard-hours", ...KINESIS },
  putUnits: { usd: 0.014, unit: "million units of 25 KB", ...KINESIS },
  shardRetention: { usd: 0.02, unit: "shard-hours kept from 24 hours to 7 days", ...KINESIS },
  lambdaDuration: { usd: 0.0000133334, unit: "GB-seconds, arm64", ...LAMBDA },
  lambdaRequests: { usd: 0.2, unit: "million requests", ...LAMBDA },
  firehoseIn: { usd: 0.029, unit: "GB, records rounded up to 5 KB", ...FIREHOSE },
  partitioned: { usd: 0.02, unit: "GB delivered by dynamic partitioning", ...FIREHOSE },
  partitionedObjects: { usd: 0.005, unit: "thousand objects of dynamic partitioning", ...FIREHOSE },
  jq: { usd: 0.07, unit: "hours of jq", ...FIREHOSE },
  s3Puts: { usd: 0.005, unit: "thousand PUT requests", ...S3 },
  s3Gets: { usd: 0.0004, unit: "thousand GET requests", ...S3 },
  s3Storage: { usd: 0.023, unit: "GB-months, S3 Standard", ...S3 },
  athena: { usd: 5, unit: "TB scanned, compressed, 10 MB at least a query", ...ATHENA },
  logsIn: { usd: 0.5, unit: "GB of logs in", ...CLOUDWATCH },
  logsStorage: { usd: 0.03, unit: "GB-months of logs", ...CLOUDWATCH },
  metrics: { usd: 0.3, unit: "metric-months", ...CLOUDWATCH },
  alarms: { usd: 0.1, unit: "alarm-months", ...CLOUDWATCH },
  dashboards: { usd: 3, unit: "dashboard-months", ...CLOUDWATCH },
} as const satisfies Record<string, Price>;

export type PriceName = keyof typeof PRICES;

/** What a month's further units cost; the first tier is the price itself. */
export const TIERS: Partial<Record<PriceName, readonly Tier[]>> = {
  firehoseIn: [
    { upTo: 500_000, usd: 0.029 },
    { upTo: 2_000_000, usd: 0.025 },
    { upTo: Number.POSITIVE_INFINITY, usd: 0.02 },
  ],
};
