import type { Json, JsonObject } from "../service.ts";
import { ServiceError } from "../service.ts";
import type { Attributes, Queue } from "./store.ts";

/** Ranges and defaults (SQS API Reference, CreateQueue): seconds, and bytes of a message. */
const NUMBERS = {
  DelaySeconds: { min: 0, max: 900, otherwise: 0 },
  MaximumMessageSize: { min: 1024, max: 1_048_576, otherwise: 1_048_576 },
  MessageRetentionPeriod: { min: 60, max: 1_209_600, otherwise: 345_600 },
  ReceiveMessageWaitTimeSeconds: { min: 0, max: 20, otherwise: 0 },
  VisibilityTimeout: { min: 0, max: 43_200, otherwise: 30 },
} as const;

type NumberName = keyof typeof NUMBERS;

/** Kept and answered. Only `RedrivePolicy` changes anything here: there are no permissions and no encryption. */
const TEXTS = new Set([
  ...["KmsDataKeyReusePeriodSeconds", "KmsMasterKeyId", "Policy"],
  ...["RedriveAllowPolicy", "RedrivePolicy", "SqsManagedSseEnabled"],
]);

/** Where messages go that were received too often. */
export interface Redrive {
  readonly arn: string;
  /** 1 to 1,000 (SQS API Reference, SetQueueAttributes). */
  readonly maxReceiveCount: number;
}

/**
 * Checks attributes before they are kept. FIFO queues do not run here, so their attributes are unknown.
 *
 * @throws {ServiceError} InvalidAttributeName, InvalidAttributeValue
 */
export function checkAttributes(attributes: Attributes): Attributes {
  for (const [name, value] of Object.entries(attributes)) {
    if (isNumber(name)) checkNumber(name, value);
    else if (!TEXTS.has(name)) throw new ServiceError("InvalidAttributeName", `Unknown Attribute ${name}.`);
  }
  redriveOf(attributes);
  return attributes;
}

function isNumber(name: string): name is NumberName {
  return Object.hasOwn(NUMBERS, name);
}

function checkNumber(name: NumberName, text: string): void {
  const value = Number(text);
  const { min, max } = NUMBERS[name];
  if (!Number.isInteger(value) || value < min || value > max)
    throw badValue(name, `Must be between ${min} and ${max}.`);
}

/** A numeric attribute of a queue, its default when it was never set. */
export function numberOf({ attributes }: Queue, name: NumberName): number {
  return Number(attributes[name] ?? NUMBERS[name].otherwise);
}

/** All attributes that were set or have a default. */
export function withDefaults(attributes: Attributes): Attributes {
  const defaults = Object.entries(NUMBERS).map(([name, { otherwise }]) => [name, String(otherwise)]);
  return { ...Object.fromEntries(defaults), SqsManagedSseEnabled: "true", ...attributes };
}

/**
 * The redrive policy, if there is one; an empty text takes it away.
 *
 * @throws {ServiceError} InvalidAttributeValue when it cannot be read
 */
export function redriveOf({ RedrivePolicy: text }: Attributes): Redrive | undefined {
  if (!text) return undefined;
  const { deadLetterTargetArn: arn, maxReceiveCount } = parsePolicy(text);
  const count = Number(maxReceiveCount);
  if (typeof arn !== "string") throw badValue("RedrivePolicy", "deadLetterTargetArn is missing.");
  if (!Number.isInteger(count) || count < 1 || count > 1000) {
    throw badValue("RedrivePolicy", "maxReceiveCount must be between 1 and 1000.");
  }
  return { arn, maxReceiveCount: count };
}

function parsePolicy(text: string): Record<string, unknown> {
  try {
    return { ...JSON.parse(text) };
  } catch {
    throw badValue("RedrivePolicy", "It is no JSON.");
  }
}

function badValue(name: string, reason: string): ServiceError {
  return new ServiceError("InvalidAttributeValue", `Invalid value for the parameter ${name}. Reason: ${reason}`);
}

/**
 * The attributes that an `AWS::SQS::Queue` declares: its properties have the attributes' names, policies are objects.
 *
 * @throws {ServiceError} as `checkAttributes`: a template's FIFO queue does not start
 */
export function declaredAttributes(properties: JsonObject): Attributes {
  const { QueueName: _, Tags: __, ...rest } = properties;
  const entries = Object.entries(rest).filter(([, value]) => value !== undefined);
  return checkAttributes(Object.fromEntries(entries.map(([name, value]) => [name, toText(value ?? "")])));
}

function toText(value: Json): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
