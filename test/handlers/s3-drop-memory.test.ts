import { spawn } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { NODE_OPTIONS } from "../../infra/limits.ts";
import { type Endpoint, startEndpoint } from "../../infra/local/endpoint.ts";
import { openS3, type S3 } from "../../infra/local/s3/s3.ts";

const HANDLER = fileURLToPath(new URL("../../handlers/s3-drop.ts", import.meta.url));
const BUCKET = "drop";
const MIB = 1024 * 1024;
const EXPANDED_BYTES = 75 * MIB;

let root: string;
let s3: S3;
let endpoint: Endpoint;
let lines = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "s3-drop-memory-"));
  mkdirSync(join(root, "s3"));
  s3 = await openS3(join(root, "s3"));
  s3.ensureBucket(BUCKET);
  // Only counts: storing hundreds of megabytes would be most of the test's time, and is not what is measured.
  const kinesis = { target: "Kinesis_20131202", operations: { PutRecords: takeRecords } };
  endpoint = await startEndpoint({ port: 0, services: [kinesis], s3: s3.handler });
});

afterAll(async () => {
  await endpoint.close();
  await s3.close();
  rmSync(root, { recursive: true });
});

function takeRecords({ Records }: { Records?: unknown }) {
  const records = Records as { Data: string }[];
  for (const { Data } of records) lines += Buffer.from(Data, "base64").toString("latin1").split("\n").length - 1;
  const answers = records.map((_, i) => ({ ShardId: "shardId-000000000000", SequenceNumber: String(i + 1) }));
  return { FailedRecordCount: 0, Records: answers };
}

/** Runs the handler on one object after another in a process of its own, and answers with its largest resident memory. */
async function largestMemory(keys: string[]): Promise<number> {
  const program = `
    let most = 0;
    setInterval(() => { most = Math.max(most, process.memoryUsage.rss()); }, 10).unref();
    const { handler } = await import(${JSON.stringify(HANDLER)});
    process.stdout.write = () => true;
    for (const key of ${JSON.stringify(keys)}) {
      const s3 = { bucket: { name: "${BUCKET}" }, object: { key } };
      const body = JSON.stringify({ Records: [{ eventName: "ObjectCreated:Put", s3 }] });
      const records = [{ messageId: key, body, attributes: { ApproximateReceiveCount: "1" } }];
      const { batchItemFailures } = await handler({ Records: records }, { getRemainingTimeInMillis: () => 900_000 });
      if (batchItemFailures.length > 0) process.exit(1);
    }
    console.error(most);`;
  const env = {
    ...{
      AWS_ENDPOINT_URL: endpoint.url,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "any",
      AWS_SECRET_ACCESS_KEY: "any",
    },
    ...{ STREAM_NAME: "events", QUEUE_URL: `${endpoint.url}/1/queue` },
    NODE_OPTIONS,
  };
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], { env });
  let printed = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    printed += text;
  });
  const code = await new Promise((resolve) => child.once("close", resolve));
  expect(code, printed).toBe(0);
  return Number(printed.trim().split("\n").at(-1));
}

test("memory does not grow with the object: gzip of NDJSON, and CloudTrail's file of one line", {
  timeout: 120_000,
}, async () => {
  const events = Array.from({ length: 10_000 }, (_, i) =>
    JSON.stringify({
      eventVersion: "1.08",
      eventTime: "2026-11-24T00:00:00Z",
      eventName: "GetObject",
      i,
      text: "x".repeat(300),
    }),
  );
  const member = (separator: string) => Buffer.from(events.join(separator));
  const count = Math.ceil(EXPANDED_BYTES / member("\n").length);
  const line = gzipSync(`${member("\n")}\n`);
  await s3.put(BUCKET, "ndjson.gz", Buffer.concat(Array(count).fill(line)));
  const records = [
    gzipSync(`{"Records":[${member(",")}`),
    ...Array(count - 1).fill(gzipSync(`,${member(",")}`)),
    gzipSync("]}"),
  ];
  await s3.put(BUCKET, "one-line.json.gz", Buffer.concat(records));

  const memory = await largestMemory(["ndjson.gz", "one-line.json.gz"]);
  expect(lines).toBe(2 * count * events.length);
  expect(memory / MIB).toBeLessThan(256);
  expect(memory / MIB).toBeGreaterThan(50); // it was measured
});
