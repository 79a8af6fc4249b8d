import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import type { S3Event } from "aws-lambda";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Endpoint, startEndpoint } from "../../../infra/local/endpoint.ts";
import { wireNotifications } from "../../../infra/local/notifications.ts";
import { openS3, type S3 } from "../../../infra/local/s3/s3.ts";
import type { JsonObject } from "../../../infra/local/service.ts";
import { openSqs, type SqsService } from "../../../infra/local/sqs/service.ts";

const Bucket = "drop";
const ARN = "arn:aws:sqs:us-east-1:000000000000:drops";
const ALL = { Event: "s3:ObjectCreated:*", Queue: ARN };

let folder: string;
let s3: S3;
let sqs: SqsService;
let endpoint: Endpoint;
let client: S3Client;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "notifications-"));
  await start();
});

afterEach(async () => {
  await stop();
  rmSync(folder, { recursive: true });
});

async function start(): Promise<void> {
  const place = { region: "us-east-1", account: "000000000000", endpointUrl: () => endpoint.url };
  sqs = openSqs(join(folder, "sqs.sqlite"), place);
  sqs.ensureQueue("drops", { VisibilityTimeout: 600 });
  s3 = await openS3(join(folder, "s3"));
  s3.ensureBucket(Bucket);
  endpoint = await startEndpoint({ port: 0, services: [sqs], s3: s3.handler });
  const credentials = { accessKeyId: "any", secretAccessKey: "any" };
  client = new S3Client({
    endpoint: endpoint.url,
    region: "us-east-1",
    credentials,
    forcePathStyle: true,
    maxAttempts: 1,
  });
}

async function stop(): Promise<void> {
  client.destroy();
  await endpoint.close();
  await s3.close();
  sqs.close();
}

function wire(configurations: JsonObject[], sendMessage = sqs.send): Promise<void> {
  const properties: JsonObject = { NotificationConfiguration: { QueueConfigurations: configurations } };
  return wireWith(properties, sendMessage);
}

function wireWith(properties: JsonObject, sendMessage = sqs.send): Promise<void> {
  const bucket = { logicalId: "Drop", type: "AWS::S3::Bucket", name: Bucket, properties, metadata: {} };
  const template = { resources: () => [bucket] };
  return wireNotifications({ template, s3, sendMessage, file: join(folder, "notified.json"), region: "us-east-1" });
}

async function received(): Promise<S3Event[]> {
  const messages = await sqs.queue(ARN).receive({ max: 100, waitSeconds: 0 });
  return messages.map(({ body }) => JSON.parse(body)).filter((message) => message.Event !== "s3:TestEvent");
}

const put = (Key: string, Body = "{}") => client.send(new PutObjectCommand({ Bucket, Key, Body }));

describe("an object that is created", () => {
  test("is told of as the S3 User Guide has it", async () => {
    await wire([ALL]);
    const { ETag } = await put("a/b.json");
    const [message] = await received();
    expect(message?.Records).toEqual([
      {
        eventVersion: "2.1",
        eventSource: "aws:s3",
        awsRegion: "us-east-1",
        eventTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        eventName: "ObjectCreated:Put",
        userIdentity: { principalId: expect.any(String) },
        requestParameters: { sourceIPAddress: "127.0.0.1" },
        responseElements: { "x-amz-request-id": expect.any(String), "x-amz-id-2": expect.any(String) },
        s3: {
          s3SchemaVersion: "1.0",
          configurationId: "Drop-0",
          bucket: { name: "drop", ownerIdentity: { principalId: expect.any(String) }, arn: "arn:aws:s3:::drop" },
          object: { key: "a/b.json", size: 2, eTag: ETag?.replaceAll('"', ""), sequencer: expect.any(String) },
        },
      },
    ]);
  });

  test.each([
    ["red flower.jpg", "red+flower.jpg"],
    ["year=2026/a+b.gz", "year%3D2026/a%2Bb.gz"],
    ["größe/(1)'!~*", "gr%C3%B6%C3%9Fe/%281%29%27%21%7E*"],
  ])("the key %s is written %s", async (key, encoded) => {
    await wire([ALL]);
    await put(key);
    const [message] = await received();
    expect(message?.Records[0]?.s3.object.key).toBe(encoded);
    expect(decodeURIComponent(encoded.replaceAll("+", " "))).toBe(key);
  });

  test("by a copy or in parts has that in its name, and later ones the greater sequencer", async () => {
    await wire([ALL]);
    await put("a");
    await client.send(new CopyObjectCommand({ Bucket, Key: "b", CopySource: "drop/a" }));
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: "c" }));
    const part = { Bucket, Key: "c", UploadId };
    const { ETag } = await client.send(new UploadPartCommand({ ...part, PartNumber: 1, Body: "x" }));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    await client.send(new CompleteMultipartUploadCommand({ ...part, MultipartUpload }));
    const records = (await received()).flatMap((message) => message.Records);
    const names = records.map((record) => record.eventName);
    expect(names).toEqual(["ObjectCreated:Put", "ObjectCreated:Copy", "ObjectCreated:CompleteMultipartUpload"]);
    const sequencers = records.map((record) => record.s3.object.sequencer);
    expect(sequencers).toEqual([...sequencers].sort());
    expect(new Set(sequencers).size).toBe(3);
  });

  test("is told of when prefix, suffix and event fit", async () => {
    const Rules = [
      { Name: "prefix", Value: "logs/" },
      { Name: "Suffix", Value: ".gz" },
    ];
    await wire([{ ...ALL, Event: "s3:ObjectCreated:Put", Filter: { S3Key: { Rules } } }]);
    for (const key of ["logs/a.gz", "logs/a.txt", "other/a.gz"]) await put(key);
    await client.send(new CopyObjectCommand({ Bucket, Key: "logs/copy.gz", CopySource: "drop/logs/a.gz" }));
    expect((await received()).map((message) => message.Records[0]?.s3.object.key)).toEqual(["logs/a.gz"]);
  });

  test("whose message cannot be sent is no success for its writer", async () => {
    let full = false;
    await wire([ALL], (queue, body) => {
      if (full) throw new Error("the disk is full");
      sqs.send(queue, body);
    });
    full = true;
    await expect(put("a")).rejects.toThrow();
    full = false;
    await put("a");
    expect(await received()).toHaveLength(1);
  });
});

test("a new configuration gets one test event, also when the lake starts again", async () => {
  const events = async () =>
    (await sqs.queue(ARN).receive({ max: 9, waitSeconds: 0 })).map(({ body }) => JSON.parse(body));
  await wire([ALL]);
  expect(await events()).toMatchObject([{ Service: "Amazon S3", Event: "s3:TestEvent", Bucket: "drop" }]);
  await stop();
  await start();
  await wire([ALL]);
  expect(await events()).toEqual([]);
  await wire([ALL, { ...ALL, Event: "s3:ObjectCreated:Copy" }]);
  expect(await events()).toHaveLength(1);
});

test.each<[string, JsonObject]>([
  ["s3:ObjectRemoved", { QueueConfigurations: [{ ...ALL, Event: "s3:ObjectRemoved:*" }] }],
  ["LambdaConfigurations", { LambdaConfigurations: [{ Event: "s3:ObjectCreated:*", Function: "arn" }] }],
  ["EventBridgeConfiguration", { EventBridgeConfiguration: { EventBridgeEnabled: true } }],
])("%s does not start", async (name, NotificationConfiguration) => {
  await expect(wireWith({ NotificationConfiguration })).rejects.toThrow(name);
});

test("a queue that does not exist does not start", async () => {
  const Queue = ARN.replace("drops", "elsewhere");
  await expect(wire([{ ...ALL, Queue }])).rejects.toMatchObject({ code: "QueueDoesNotExist" });
});
