/** Limits of AWS that a large lake meets, as an account in us-east-1 has them at first. */

export interface Quota {
  readonly value: number;
  readonly unit: string;
  readonly source: string;
  /** What to ask for, or to do instead, given what is needed. */
  ask(needed: string): string;
}

const KINESIS = 'Kinesis Data Streams Developer Guide, "Quotas and limits"';
const FIREHOSE = 'Amazon Data Firehose Developer Guide, "Quota"; API Reference, PutRecordBatch';
const PARTITIONING = 'Amazon Data Firehose Developer Guide, "Buffer data for dynamic partitioning" and "Quota"';
const LAMBDA = 'Lambda Developer Guide, "Lambda quotas" and "Lambda scaling behavior"';

export const QUOTAS = {
  newStream: {
    value: 4e6,
    unit: "B/s into a new on-demand stream",
    source: KINESIS,
    ask: (needed) =>
      `on the first day, create the stream provisioned with the shards for ${needed} and switch it to on demand; it grows to twice its highest rate by itself`,
  },
  onDemandStream: {
    value: 10e9,
    unit: "B/s into one on-demand stream",
    source: KINESIS,
    ask: (needed) => `no increase exists for ${needed}: share the load among several lakes, or use provisioned shards`,
  },
  shards: {
    value: 20_000,
    unit: "provisioned shards in an account and region",
    source: KINESIS,
    ask: (needed) => `Service Quotas, Kinesis Data Streams, "Shards per Region": ${needed}`,
  },
  concurrency: {
    value: 1_000,
    unit: "concurrent executions in an account and region",
    source: LAMBDA,
    ask: (needed) => `Service Quotas, Lambda, "Concurrent executions": ${needed}, beside what else runs there`,
  },
  firehoseBytes: {
    value: 5 * 2 ** 20,
    unit: "B/s of direct puts to a delivery stream",
    source: FIREHOSE,
    ask: (needed) =>
      `the Firehose limits form: ${needed} for each delivery stream; until then it throttles, and the stream waits`,
  },
  firehoseCalls: {
    value: 2_000,
    unit: "PutRecordBatch calls a second to a delivery stream",
    source: FIREHOSE,
    ask: (needed) =>
      `the Firehose limits form: ${needed} for each; or a longer lake:batchWindowSeconds, which makes fewer and larger calls`,
  },
  partitionBytes: {
    value: 1e9,
    unit: "B/s into one active partition",
    source: PARTITIONING,
    ask: (needed) => `${needed} go into one hour: share the load among as many lakes, or use lake:partitionBy=arrival`,
  },
  partitions: {
    value: 500,
    unit: "active partitions of a delivery stream",
    source: PARTITIONING,
    ask: (needed) => `the Firehose limits form: ${needed} (5,000 at most); or smaller lake:lateHours`,
  },
  scan: {
    value: 100 * 2 ** 30,
    unit: "B that a query may scan (lake:scanLimitGiB)",
    source: "infra/settings.ts",
    ask: (needed) => `an hour holds ${needed} compressed: raise lake:scanLimitGiB, or let queries name a source`,
  },
} as const satisfies Record<string, Quota>;

export type QuotaName = keyof typeof QUOTAS;
