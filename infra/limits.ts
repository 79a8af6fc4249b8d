/**
 * What AWS allows, in the unit each name says. Settings are checked against these before a template exists, and the
 * template tests check the finished template against them again.
 */

/** Lowest and highest value that AWS accepts, both included. */
export type Range = readonly [min: number, max: number];

/** Kinesis API Reference, IncreaseStreamRetentionPeriod. */
export const STREAM = { retentionHours: [24, 8_760] } as const satisfies Record<string, Range>;

/** Lambda API Reference, CreateEventSourceMapping, for a Kinesis source. Record age also allows -1, which never gives up. */
export const MAPPING = {
  batchSize: [1, 10_000],
  batchWindowSeconds: [0, 300],
  parallelizationFactor: [1, 10],
  retryAttempts: [0, 10_000],
  recordAgeSeconds: [60, 604_800],
} as const satisfies Record<string, Range>;

/** Lambda API Reference, ScalingConfig, for a queue as the source. */
export const QUEUE_MAPPING = { maxConcurrency: [2, 1_000] } as const satisfies Record<string, Range>;

/** Lambda quotas. One full vCPU comes with 1,769 MB (Lambda Developer Guide, "Configure function memory"). */
export const FUNCTION = {
  memoryMiB: [128, 10_240],
  timeoutSeconds: [1, 900],
  oneCpuMemoryMiB: 1_769,
} as const;

/**
 * Of each function: keeps the part of the heap for short-lived objects small. As large as V8 makes it, it is a third of the
 * memory in use.
 */
export const NODE_OPTIONS = "--max-semi-space-size=4";

/** Firehose API Reference, BufferingHints and RetryOptions, as narrowed by dynamic partitioning; quota of partitions. */
export const DELIVERY = {
  bufferSeconds: [60, 900],
  bufferMiB: [64, 128],
  retrySeconds: [0, 7_200],
  activePartitions: 500,
} as const;

/** CloudWatch User Guide, "Using Amazon CloudWatch alarms": periods of an hour or more are looked at for seven days at most. */
export const ALARM = { quietHours: [1, 167] } as const satisfies Record<string, Range>;

/** Athena API Reference, WorkGroupConfiguration.BytesScannedCutoffPerQuery: at least 10 MB, counted in decimal. */
export const QUERY = { minScanBytes: 10_000_000 } as const;

/** The retentions CloudWatch Logs offers, in days (CloudWatch Logs API Reference, PutRetentionPolicy). */
export const LOG_RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1_096, 1_827, 2_192, 2_557, 2_922, 3_288, 3_653,
] as const;
