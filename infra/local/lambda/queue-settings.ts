import type { Json, JsonObject } from "../service.ts";

/** An event source mapping of an SQS queue, with Lambda's defaults filled in. */
export interface QueueSettings {
  readonly queueArn: string;
  readonly enabled: boolean;
  readonly batchSize: number;
  readonly windowSeconds: number;
  /** Batches that are worked on at once. */
  readonly concurrency: number;
  readonly reportFailures: boolean;
}

/**
 * Ranges and defaults of the numbers (Lambda API Reference, CreateEventSourceMapping and ScalingConfig). Without a maximum,
 * Lambda starts with five batches at once and adds more; here it stays at five.
 */
const NUMBERS = {
  BatchSize: { min: 1, max: 10_000, otherwise: 10 },
  MaximumBatchingWindowInSeconds: { min: 0, max: 300, otherwise: 0 },
  MaximumConcurrency: { min: 2, max: 1000, otherwise: 5 },
} as const;

/** More messages than one call of ReceiveMessage gives need a window of a second (CreateEventSourceMapping, BatchSize). */
const LARGEST_BATCH_WITHOUT_WINDOW = 10;

/** Properties with a meaning here. `Tags` and `MetricsConfig` change nothing about which message goes where. */
const KNOWN = new Set([
  ...["BatchSize", "Enabled", "EventSourceArn", "FunctionName", "FunctionResponseTypes"],
  ...["MaximumBatchingWindowInSeconds", "MetricsConfig", "ScalingConfig", "Tags"],
]);

/**
 * Reads the resolved properties of an `AWS::Lambda::EventSourceMapping` of a queue.
 *
 * @throws {Error} for a property that this lake does not honor (filters, provisioned pollers), and for values that Lambda
 * would refuse: running on would show something else than what is deployed
 */
export function readQueueSettings(properties: JsonObject): QueueSettings {
  for (const key of Object.keys(properties))
    if (!KNOWN.has(key) && !isOff(properties[key])) refuse(key, "is not supported");
  const queueArn = String(properties.EventSourceArn);
  if (!/^arn:[^:]+:sqs:[^:]*:[^:]*:[^:]+$/.test(queueArn)) refuse("EventSourceArn", `${queueArn} is no SQS queue`);
  const types = properties.FunctionResponseTypes;
  return {
    queueArn,
    enabled: String(properties.Enabled ?? true) === "true",
    ...readBatching(properties),
    concurrency: numberAt(asObject(properties.ScalingConfig), "MaximumConcurrency"),
    reportFailures: Array.isArray(types) && types.includes("ReportBatchItemFailures"),
  };
}

function readBatching(properties: JsonObject) {
  const batchSize = numberAt(properties, "BatchSize");
  const windowSeconds = numberAt(properties, "MaximumBatchingWindowInSeconds");
  if (batchSize > LARGEST_BATCH_WITHOUT_WINDOW && windowSeconds === 0) {
    refuse("BatchSize", `is ${batchSize}, which takes a MaximumBatchingWindowInSeconds of at least 1`);
  }
  return { batchSize, windowSeconds };
}

/** An empty filter is the same as none. */
function isOff(value: Json | undefined): boolean {
  if (value === undefined || value === null) return true;
  const { Filters: filters, ...others } = asObject(value);
  return Array.isArray(filters) && filters.length === 0 && Object.keys(others).length === 0;
}

function numberAt(properties: JsonObject, key: keyof typeof NUMBERS): number {
  const { min, max, otherwise } = NUMBERS[key];
  const value = properties[key] ?? otherwise;
  const number = Number(value);
  if (Number.isInteger(number) && number >= min && number <= max) return number;
  return refuse(key, `is ${JSON.stringify(value)}; Lambda takes ${min} to ${max}`);
}

function asObject(value: Json | undefined): JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? value : {};
}

function refuse(property: string, problem: string): never {
  throw new Error(`mapping: ${property} ${problem}; the event source mapping does not start`);
}
