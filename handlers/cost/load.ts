/** What comes in, and the settings that decide what becomes of it. */
export interface Load {
  /** Average over the time that is asked about. */
  readonly eventsPerSecond: number;
  /** Bytes of an event as its producer writes it. */
  readonly bytes: number;
  /** The busiest minute over the average: what capacity must be there for. */
  readonly peak: number;
  /** Microseconds of one core for an event. */
  readonly usPerEvent: number;
  readonly settings: LakeSettings;
}

/** The lake's settings that matter here, as infra/settings.ts names and defaults them. */
export interface LakeSettings {
  readonly retentionHours: number;
  readonly batchSize: number;
  readonly batchWindowSeconds: number;
  readonly partitionBy: "event" | "arrival";
  readonly lateHours: number;
  readonly futureHours: number;
  readonly bufferSeconds: number;
  readonly logRetentionDays: number;
}

/** infra/settings.ts's defaults; handlers may not import from infra, so a test compares the two. */
export const DEFAULTS: LakeSettings = {
  retentionHours: 168,
  batchSize: 1_000,
  batchWindowSeconds: 2,
  partitionBy: "event",
  lateHours: 480,
  futureHours: 1,
  bufferSeconds: 60,
  logRetentionDays: 90,
};

/** Memory of the function: one CPU (infra/limits.ts). */
export const MEMORY_MIB = 1_769;

/** Largest object that Firehose gathers before it is compressed (infra/delivery.ts). */
export const BUFFER_BYTES = 128 * 1024 * 1024;

/** A busiest minute of three times the average: offices sleep, and most logs are theirs. */
export const DEFAULT_PEAK = 3;
