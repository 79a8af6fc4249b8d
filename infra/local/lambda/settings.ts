import type { Json, JsonObject } from "../service.ts";

/** An event source mapping of a Kinesis stream, with Lambda's defaults filled in. */
export interface MappingSettings {
  readonly streamArn: string;
  readonly streamName: string;
  readonly enabled: boolean;
  readonly batchSize: number;
  readonly windowSeconds: number;
  /** Batches of one shard that are worked on at once; records of one partition key keep their order. */
  readonly parallelization: number;
  /** Re-sends of the same records; -1 goes on until they are too old. */
  readonly maxRetries: number;
  /** -1 means the stream's retention. */
  readonly maxAgeSeconds: number;
  readonly bisect: boolean;
  readonly reportFailures: boolean;
  readonly start: StartingPosition;
  /** Bucket of the on-failure destination; undefined when failed batches are dropped. */
  readonly failureBucket: string | undefined;
}

export type StartingPosition =
  | { readonly type: "TRIM_HORIZON" | "LATEST" }
  | { readonly type: "AT_TIMESTAMP"; readonly seconds: number };

/** Ranges and defaults of the numbers (Lambda API Reference, CreateEventSourceMapping). -1 is allowed where it is the default. */
const NUMBERS = {
  BatchSize: { min: 1, max: 10_000, otherwise: 100 },
  MaximumBatchingWindowInSeconds: { min: 0, max: 300, otherwise: 0 },
  ParallelizationFactor: { min: 1, max: 10, otherwise: 1 },
  MaximumRetryAttempts: { min: 0, max: 10_000, otherwise: -1 },
  MaximumRecordAgeInSeconds: { min: 60, max: 604_800, otherwise: -1 },
} as const;

/** Properties with a meaning here. `Tags` and `MetricsConfig` change nothing about which record goes where. */
const KNOWN = new Set<string>([
  ...Object.keys(NUMBERS),
  ...["BisectBatchOnFunctionError", "DestinationConfig", "Enabled", "EventSourceArn", "FunctionName"],
  ...["FunctionResponseTypes", "MetricsConfig", "StartingPosition", "StartingPositionTimestamp", "Tags"],
]);

/**
 * Reads the resolved properties of an `AWS::Lambda::EventSourceMapping`.
 *
 * @throws Error for a property that this lake does not honor (filters, tumbling windows, other sources), and for values
 * that Lambda would refuse: running on would show something else than what is deployed
 */
export function readSettings(properties: JsonObject): MappingSettings {
  for (const key of Object.keys(properties))
    if (!KNOWN.has(key) && !isOff(properties[key])) refuse(key, "is not supported");
  const streamArn = String(properties.EventSourceArn);
  const streamName = /^arn:[^:]+:kinesis:[^:]*:[^:]*:stream\/([^/]+)$/.exec(streamArn)?.[1];
  if (streamName === undefined) refuse("EventSourceArn", `${streamArn} is no Kinesis stream`);
  return {
    streamArn,
    streamName,
    enabled: flagAt(properties, "Enabled", true),
    batchSize: numberAt(properties, "BatchSize"),
    windowSeconds: numberAt(properties, "MaximumBatchingWindowInSeconds"),
    parallelization: numberAt(properties, "ParallelizationFactor"),
    maxRetries: numberAt(properties, "MaximumRetryAttempts"),
    maxAgeSeconds: numberAt(properties, "MaximumRecordAgeInSeconds"),
    bisect: flagAt(properties, "BisectBatchOnFunctionError", false),
    reportFailures: asList(properties.FunctionResponseTypes).includes("ReportBatchItemFailures"),
    start: startOf(properties),
    failureBucket: failureBucketOf(properties),
  };
}

/** A tumbling window of zero seconds, or an empty filter, is the same as none. */
function isOff(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === 0) return true;
  return typeof value === "object" && !Array.isArray(value) && asList(value.Filters).length === 0 && "Filters" in value;
}

/** CloudFormation takes a boolean as text, too. */
function flagAt(properties: JsonObject, key: string, otherwise: boolean): boolean {
  return String(properties[key] ?? otherwise) === "true";
}

function numberAt(properties: JsonObject, key: keyof typeof NUMBERS): number {
  const { min, max, otherwise } = NUMBERS[key];
  const value = properties[key] ?? otherwise;
  const number = Number(value);
  if (number === otherwise || (Number.isInteger(number) && number >= min && number <= max)) return number;
  return refuse(key, `is ${JSON.stringify(value)}; Lambda takes ${min} to ${max}`);
}

function startOf(properties: JsonObject): StartingPosition {
  const type = properties.StartingPosition;
  if (type === "TRIM_HORIZON" || type === "LATEST") return { type };
  const seconds = properties.StartingPositionTimestamp;
  if (type === "AT_TIMESTAMP" && typeof seconds === "number") return { type, seconds };
  return refuse("StartingPosition", `is ${JSON.stringify(type)} with the timestamp ${JSON.stringify(seconds)}`);
}

function failureBucketOf(properties: JsonObject): string | undefined {
  const { OnFailure: onFailure } = (properties.DestinationConfig ?? {}) as JsonObject;
  const { Destination: arn } = (onFailure ?? {}) as JsonObject;
  if (arn === undefined) return undefined;
  const bucket = /^arn:[^:]+:s3:::([^/]+)$/.exec(String(arn))?.[1];
  return (
    bucket ?? refuse("DestinationConfig", `${JSON.stringify(arn)} is no S3 bucket, the only destination that runs here`)
  );
}

function asList(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

function refuse(property: string, problem: string): never {
  throw new Error(`mapping: ${property} ${problem}; the event source mapping does not start`);
}
