/** What the tests of the queues share: an SQS with a clock of its own behind a real endpoint, and AWS's client to it. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageCommand,
  type SendMessageCommandInput,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { type Endpoint, startEndpoint } from "../../../infra/local/endpoint.ts";
import type { JsonObject } from "../../../infra/local/service.ts";
import { openSqs, type SqsService } from "../../../infra/local/sqs/service.ts";

export const HERE = { region: "us-east-1", account: "000000000000" };
export const CREDENTIALS = { accessKeyId: "any", secretAccessKey: "any" };
export const arnOf = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`;

export let folder: string;
export let endpoint: Endpoint;
export let client: SQSClient;
/** The queues' time, which stands still. */
export let clock: number;
let sqs: SqsService;
let number = 0;

/** Gives the calling file a service behind an endpoint, and each test the same time. */
export function useQueueService(): void {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "sqs-"));
    const endpointUrl = () => endpoint.url;
    sqs = openSqs(join(folder, "sqs.sqlite"), { ...HERE, endpointUrl, now: () => clock });
    endpoint = await startEndpoint({ port: 0, services: [sqs], s3: (_, response) => response.writeHead(404).end() });
    const { region } = HERE;
    client = new SQSClient({ endpoint: endpoint.url, region, credentials: CREDENTIALS, maxAttempts: 1 });
  });

  afterAll(async () => {
    client.destroy();
    await endpoint.close();
    sqs.close();
    rmSync(folder, { recursive: true });
  });

  beforeEach(() => {
    clock = Date.UTC(2026, 0, 1);
  });
}

/** Lets the queues' time go on, or back. */
export function pass(milliseconds: number): void {
  clock += milliseconds;
}

/** @returns the URL of a queue that no other test has */
export function queueWith(properties: JsonObject = {}, name = `queue-${++number}`): string {
  sqs.ensureQueue(name, properties);
  return `${endpoint.url}/000000000000/${name}`;
}

export function send(QueueUrl: string, MessageBody: string, more: Partial<SendMessageCommandInput> = {}) {
  return client.send(new SendMessageCommand({ QueueUrl, MessageBody, ...more }));
}

export async function receive(QueueUrl: string, more: Partial<ReceiveMessageCommandInput> = {}) {
  const input = { QueueUrl, MaxNumberOfMessages: 10, MessageSystemAttributeNames: ["All" as const], ...more };
  return (await client.send(new ReceiveMessageCommand(input))).Messages ?? [];
}

export async function bodies(url: string, more: Partial<ReceiveMessageCommandInput> = {}) {
  return (await receive(url, more)).map((message) => message.Body);
}
