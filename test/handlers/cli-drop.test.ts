import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { dropsIn } from "../../handlers/s3-drop/notification.ts";
import { type Endpoint, startEndpoint } from "../../infra/local/endpoint.ts";
import { openS3, type S3 } from "../../infra/local/s3/s3.ts";
import { openSqs, type SqsService } from "../../infra/local/sqs/service.ts";

const CLI = fileURLToPath(new URL("../../handlers/cli/lake.ts", import.meta.url));
const BUCKET = "defenda-drop-test";
const ARN = "arn:aws:sqs:us-east-1:000000000000:DropQueue";

let root: string;
let s3: S3;
let sqs: SqsService;
let endpoint: Endpoint;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "cli-drop-"));
  mkdirSync(join(root, "s3"));
  s3 = await openS3(join(root, "s3"));
  for (const bucket of [BUCKET, "archive"]) s3.ensureBucket(bucket);
  const place = { region: "us-east-1", account: "000000000000" };
  sqs = openSqs(join(root, "sqs.sqlite"), { ...place, endpointUrl: () => endpoint.url });
  sqs.ensureQueue("DropQueue", {});
  endpoint = await startEndpoint({ port: 0, services: [sqs], s3: s3.handler });
  const outputs = { DropBucket: BUCKET, DropQueueUrl: `${endpoint.url}/000000000000/DropQueue` };
  writeFileSync(join(root, "lake.json"), JSON.stringify({ endpoint: endpoint.url, pid: process.pid, outputs }));
});

afterAll(async () => {
  await endpoint.close();
  sqs.close();
  await s3.close();
  rmSync(root, { recursive: true });
});

/** Runs the CLI; sends it a Ctrl-C once as many messages as `stopAt` are in the queue. */
async function lake(args: string[], stopAt?: number) {
  const child = spawn(process.execPath, [CLI, ...args, "--dir", root], { cwd: root });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text) => (output.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (output.stderr += text));
  const closed = new Promise<number | null>((resolve) => child.once("close", resolve));
  if (stopAt !== undefined) {
    while ((await waiting()) < stopAt && child.exitCode === null) await sleep(50);
    child.kill("SIGINT");
  }
  const code = await closed;
  return { code, ...output };
}

async function waiting(): Promise<number> {
  const input = { QueueUrl: `${endpoint.url}/000000000000/DropQueue`, AttributeNames: ["ApproximateNumberOfMessages"] };
  const answer = await sqs.operations.GetQueueAttributes?.(input);
  return Number(/"ApproximateNumberOfMessages":"(\d+)"/.exec(JSON.stringify(answer))?.[1]);
}

/** Takes all messages off the queue: the keys they name, in order. */
async function fed(): Promise<string[]> {
  const queue = sqs.queue(ARN);
  const messages = await queue.receive({ max: 10_000, waitSeconds: 0 });
  queue.remove(messages);
  return messages.flatMap(({ body }) => dropsIn(body).map(({ key }) => key));
}

describe("lake drop", () => {
  test("puts small files and large ones, byte for byte", async () => {
    const files = {
      "small.json": Buffer.from('{"a":1}'),
      "large.bin": randomBytes(40 * 1024 * 1024),
      empty: Buffer.alloc(0),
    };
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(root, name), bytes);
    const names = Object.keys(files);
    const { code, stdout, stderr } = await lake(["drop", ...names, "--prefix", "in/", "--json"]);
    expect(stderr).toMatch(/^lake: local/);
    expect(code).toBe(0);
    const bytes = Object.values(files).reduce((sum, { length }) => sum + length, 0);
    expect(JSON.parse(stdout)).toEqual({ bucket: BUCKET, keys: names.map((name) => `in/${name}`), bytes });
    for (const [name, content] of Object.entries(files))
      expect(readFileSync(s3.pathOf(BUCKET, `in/${name}`)).equals(content), name).toBe(true);
  });

  test.each([
    ["a file that is not there", ["nowhere.json"], /nowhere.json is no file that can be read; nothing was put/],
    ["two files of one name", ["small.json", "./small.json"], /two files would both be small.json/],
  ])("refuses %s", async (_, files, message) => {
    expect(await lake(["drop", ...files])).toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
  });
});

describe("lake backfill", () => {
  const day = (date: string, name: string) => `AWSLogs/123456789012/CloudTrail/us-east-1/${date}/${name}.json.gz`;

  beforeAll(async () => {
    for (const date of ["2026/11/01", "2026/11/02", "2026/11/03"])
      for (let i = 0; i < 9; i++) await s3.put("archive", day(date, `file ${i}`), Buffer.from("{}"));
    await s3.put("archive", "AWSLogs/123456789012/CloudTrail-Digest/us-east-1/2026/11/02/x.json.gz", Buffer.from("{}"));
    await s3.put("archive", "other.json", Buffer.from("{}"));
    await s3.put("archive", "empty.json", Buffer.alloc(0));
  });
  beforeEach(fed);

  test("feeds what holds events, in key order", async () => {
    const { code, stdout } = await lake(["backfill", "s3://archive", "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ objects: 28, bytes: 56, finished: true });
    const keys = await fed();
    expect(keys).toHaveLength(28);
    expect([...keys].sort()).toEqual(keys);
    expect(keys.at(-1)).toBe("other.json");
  });

  test("by day of the key, and by time of writing where keys have none", async () => {
    await lake(["backfill", "s3://archive/", "--from", "2026-11-02T05:00:00Z", "--to", "2026-11-03T00:00:00Z"]);
    expect(await fed()).toEqual(Array.from({ length: 9 }, (_, i) => day("2026/11/02", `file ${i}`)));
  });

  test("a dry run counts and feeds nothing", async () => {
    const { stdout } = await lake(["backfill", "s3://archive/AWSLogs/", "--dry-run", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ objects: 27 });
    expect(await fed()).toEqual([]);
  });

  test("waits while the queue is deep, and goes on after a Ctrl-C where it was", async () => {
    const first = await lake(["backfill", "s3://archive/AWSLogs/", "--concurrency", "15", "--json"], 20);
    expect(first.code).toBe(130);
    const before = await fed();
    expect(before).toHaveLength(20);
    expect(JSON.parse(first.stdout)).toMatchObject({ objects: 20, finished: false, after: before.at(-1) });
    const second = await lake(["backfill", "s3://archive/AWSLogs/", "--concurrency", "15", "--json"]);
    expect(second.stderr).toContain(`going on after ${before.at(-1)}`);
    expect(JSON.parse(second.stdout)).toMatchObject({ objects: 27, finished: true });
    expect(await fed()).toHaveLength(7);
    expect(readdirSync(root).filter((name) => name.startsWith("backfill-"))).toEqual([]);
  });

  test.each([
    ["a place that is none", ["archive"], /write it as s3:\/\/bucket\/prefix/],
    ["a pace that is none", ["s3://archive", "--concurrency", "0"], /--concurrency 0 is no whole number/],
  ])("refuses %s", async (_, args, message) => {
    expect(await lake(["backfill", ...args])).toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
  });
});
