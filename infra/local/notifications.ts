import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { S3EventRecord } from "aws-lambda";
import type { ObjectCreated } from "./s3/s3.ts";
import type { Json, JsonObject } from "./service.ts";
import type { LocalTemplate, TemplateResource } from "./template.ts";

export interface NotificationOptions {
  readonly template: Pick<LocalTemplate, "resources">;
  readonly s3: { onObjectCreated(listener: (event: ObjectCreated) => void | Promise<void>): void };
  /** Puts a message into a queue, to stay there when this returns or resolves. */
  readonly sendMessage: (queueArn: string, body: string) => void | Promise<void>;
  /** Remembers the configurations that had their test event; created when missing. */
  readonly file: string;
  readonly region: string;
}

/** One entry of a bucket's notification configuration. */
interface Rule {
  readonly id: string;
  readonly bucket: string;
  readonly queueArn: string;
  readonly event: string;
  readonly prefix: string;
  readonly suffix: string;
}

/** Events that the local S3 has (S3 User Guide, "Supported event types"). A wildcard has them all. */
const EVENTS = new Set(
  ["*", "Put", "Copy", "CompleteMultipartUpload", "Post"].map((kind) => `s3:ObjectCreated:${kind}`),
);

/**
 * Sends S3's notifications to the queues that the template's buckets name. A message is in its queue before the writer of
 * the object has an answer; when it cannot be sent, the writer gets an error and comes again: at least once, as in S3.
 *
 * A configuration that is new gets one `s3:TestEvent`, as when S3 takes it.
 *
 * @throws {Error} for what is configured and does not run here: other events, topics, functions, EventBridge
 */
export async function wireNotifications(options: NotificationOptions): Promise<void> {
  const rules = options.template.resources("AWS::S3::Bucket").flatMap(readRules);
  await greet(rules, options);
  options.s3.onObjectCreated(async (event) => {
    for (const rule of rules.filter((one) => isMeant(one, event))) {
      const record = toRecord(rule, event, options.region);
      await options.sendMessage(rule.queueArn, JSON.stringify({ Records: [record] }));
    }
  });
}

function readRules({ logicalId, name, properties }: TemplateResource): Rule[] {
  const { QueueConfigurations: configurations, ...others } = objectOf(properties.NotificationConfiguration);
  const other = Object.keys(others).find((key) => others[key] !== undefined);
  if (other !== undefined) refuse(logicalId, `${other} is not supported`);
  return listOf(configurations).map((configuration, index) =>
    readRule(logicalId, name, objectOf(configuration), index),
  );
}

function readRule(logicalId: string, bucket: string, configuration: JsonObject, index: number): Rule {
  const event = String(configuration.Event);
  if (!EVENTS.has(event)) refuse(logicalId, `the event ${event} is not supported`);
  const affixes = { prefix: "", suffix: "" };
  for (const item of listOf(objectOf(objectOf(configuration.Filter).S3Key).Rules)) {
    const { Name, Value } = objectOf(item);
    const side = String(Name).toLowerCase();
    if (side !== "prefix" && side !== "suffix") refuse(logicalId, `the filter rule ${side} is not supported`);
    affixes[side] = String(Value);
  }
  return { id: `${logicalId}-${index}`, bucket, queueArn: String(configuration.Queue), event, ...affixes };
}

/** The record comes after the message: a crash between the two makes a second test event. */
async function greet(rules: readonly Rule[], { file, sendMessage }: NotificationOptions): Promise<void> {
  const known = new Set<string>(existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : []);
  for (const rule of rules) {
    if (known.has(JSON.stringify(rule))) continue;
    const Time = new Date().toISOString();
    const test = { Service: "Amazon S3", Event: "s3:TestEvent", Time, Bucket: rule.bucket, ...REQUEST };
    await sendMessage(rule.queueArn, JSON.stringify(test));
  }
  writeFileSync(`${file}.new`, JSON.stringify(rules.map((rule) => JSON.stringify(rule))));
  renameSync(`${file}.new`, file);
}

/** Which request it was is not known here. */
const REQUEST = { RequestId: "0000000000000000", HostId: "local" };

function isMeant({ event, bucket, prefix, suffix }: Rule, created: ObjectCreated): boolean {
  if (bucket !== created.bucket || !created.key.startsWith(prefix) || !created.key.endsWith(suffix)) return false;
  return event.endsWith(":*") || event === `s3:${created.eventName}`;
}

/** S3 User Guide, "Event message structure", version 2.1: the one for events of created objects. */
function toRecord(rule: Rule, created: ObjectCreated, region: string): S3EventRecord {
  const { bucket, key, size, etag: eTag, sequencer, eventName } = created;
  return {
    eventVersion: "2.1",
    eventSource: "aws:s3",
    awsRegion: region,
    eventTime: new Date(created.time).toISOString(),
    eventName,
    userIdentity: { principalId: "local" },
    requestParameters: { sourceIPAddress: "127.0.0.1" },
    responseElements: { "x-amz-request-id": REQUEST.RequestId, "x-amz-id-2": REQUEST.HostId },
    s3: {
      s3SchemaVersion: "1.0",
      configurationId: rule.id,
      bucket: { name: bucket, ownerIdentity: { principalId: "local" }, arn: `arn:aws:s3:::${bucket}` },
      object: { key: encodeKey(key), size, eTag, sequencer },
    },
  };
}

/** As a form encodes a value, but with its slashes: `a b/c=d` is `a+b/c%3Dd`. */
function encodeKey(key: string): string {
  return new URLSearchParams({ key }).toString().slice("key=".length).replaceAll("%2F", "/");
}

function listOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

function objectOf(value: Json | undefined): JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? value : {};
}

function refuse(logicalId: string, problem: string): never {
  throw new Error(`notifications: ${logicalId}: ${problem} on this machine; its objects would not be announced`);
}
