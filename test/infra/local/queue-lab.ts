/** What the tests of the queue's event source mapping share: real queues, and a function that is a closure. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SQSEvent } from "aws-lambda";
import { afterEach, beforeEach } from "vitest";
import { type QueueMapping, startQueueMapping } from "../../../infra/local/lambda/queue-mapping.ts";
import type { Invocation } from "../../../infra/local/lambda/sandbox.ts";
import type { JsonObject } from "../../../infra/local/service.ts";
import { openSqs, type SqsService } from "../../../infra/local/sqs/service.ts";

const HERE = { region: "us-east-1", account: "000000000000" };
export const ARN = "arn:aws:sqs:us-east-1:000000000000:jobs";
export const DEAD = "arn:aws:sqs:us-east-1:000000000000:dead";
export const REPORTING = { FunctionResponseTypes: ["ReportBatchItemFailures"] };

let folder: string;
export let sqs: SqsService;
/** Moves the queues' clock ahead of the real one, which waits are measured by. */
let ahead: number;
const mappings: QueueMapping[] = [];
export const lines: string[] = [];

/** Gives each test of the calling file new queues. */
export function useQueues(): void {
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "queue-mapping-"));
    ahead = 0;
    open();
    sqs.ensureQueue("dead", {});
    sqs.ensureQueue("jobs", {
      VisibilityTimeout: 60,
      RedrivePolicy: { deadLetterTargetArn: DEAD, maxReceiveCount: 2 },
    });
  });

  afterEach(async () => {
    for (const mapping of mappings.splice(0)) await mapping.stop();
    sqs.close();
    rmSync(folder, { recursive: true });
    lines.length = 0;
  });
}

/** Ends the service as the end of its process would, and opens its file again. */
export function reopen(): void {
  sqs.close();
  open();
}

function open(): void {
  const options = { ...HERE, endpointUrl: () => "http://127.0.0.1", now: () => Date.now() + ahead };
  sqs = openSqs(join(folder, "sqs.sqlite"), options);
}

export type Handler = (bodies: string[], event: SQSEvent) => unknown;

export interface Run {
  /** Bodies of each invocation, in order. */
  readonly calls: string[][];
  readonly mapping: QueueMapping;
}

/** Starts a mapping whose function is a closure: what it returns crosses as JSON, what it throws is an error. */
export function start(properties: JsonObject, handler: Handler): Run {
  const calls: string[][] = [];
  const invoke = async (event: unknown): Promise<Invocation> => {
    const sent: SQSEvent = JSON.parse(JSON.stringify(event));
    const bodies = sent.Records.map((record) => record.body);
    calls.push(bodies);
    try {
      const result: unknown = JSON.parse(JSON.stringify((await handler(bodies, sent)) ?? null));
      return { ok: true, requestId: "r", result };
    } catch (cause) {
      const error = { errorType: "Error", errorMessage: String(cause), trace: [] };
      return { ok: false, requestId: "r", kind: "error", error };
    }
  };
  return { calls, mapping: startWith(properties, invoke) };
}

export function startWith(properties: JsonObject, invoke: (event: unknown) => Promise<Invocation>): QueueMapping {
  const log = (line: string) => void lines.push(line);
  const all = { EventSourceArn: ARN, ...properties };
  const mapping = startQueueMapping({ properties: all, sqs, invoke, log, stopSeconds: 0.5, ...HERE });
  mappings.push(mapping);
  return mapping;
}

export function send(...bodies: string[]): void {
  for (const body of bodies) sqs.send(ARN, body);
}

export async function settle(properties: JsonObject, handler: Handler): Promise<Run> {
  const run = start(properties, handler);
  await run.mapping.idle();
  return run;
}

/** Lets the visibility timeout of what failed run out, and sends a message that makes the mapping look. */
export async function comeAgain(run: Run, bell = "bell"): Promise<void> {
  ahead += 60_000;
  send(bell);
  await run.mapping.idle();
}

export const left = async (arn: string) =>
  (await sqs.queue(arn).receive({ max: 100, waitSeconds: 0 })).map(({ body }) => body);
