import { mkdirSync, rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { DeleteStreamCommand, KinesisClient } from "@aws-sdk/client-kinesis";
import { DeleteMessageCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { Context, SQSBatchResponse, SQSRecord } from "aws-lambda";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type Endpoint, startEndpoint } from "../../infra/local/endpoint.ts";
import { type KinesisService, openKinesis } from "../../infra/local/kinesis/service.ts";
import { openS3, type S3 } from "../../infra/local/s3/s3.ts";
import type { JsonObject } from "../../infra/local/service.ts";
import { openSqs, type SqsService } from "../../infra/local/sqs/service.ts";

const BUCKET = "drop";
const STREAM = "events";
const QUEUE = "drop-queue";
const CLIENT = { region: "us-east-1", credentials: { accessKeyId: "any", secretAccessKey: "any" } };

let root: string;
let s3: S3;
let kinesis: KinesisService;
let sqs: SqsService;
let endpoint: Endpoint;
let queueUrl: string;
let handler: (event: { Records: SQSRecord[] }, context: Context) => Promise<SQSBatchResponse>;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "s3-drop-"));
  mkdirSync(join(root, "s3"));
  s3 = await openS3(join(root, "s3"));
  s3.ensureBucket(BUCKET);
  kinesis = openKinesis(join(root, "kinesis.sqlite"));
  kinesis.ensureStream({ name: STREAM, mode: "PROVISIONED", shards: 1 });
  const place = { region: "us-east-1", account: "000000000000" };
  sqs = openSqs(join(root, "sqs.sqlite"), { ...place, endpointUrl: () => endpoint.url });
  sqs.ensureQueue(QUEUE, {});
  endpoint = await startEndpoint({ port: 0, services: [kinesis, sqs], s3: s3.handler });
  queueUrl = `${endpoint.url}/000000000000/${QUEUE}`;
  const credentials = { AWS_ACCESS_KEY_ID: "any", AWS_SECRET_ACCESS_KEY: "any" };
  const variables = {
    AWS_ENDPOINT_URL: endpoint.url,
    AWS_REGION: "us-east-1",
    STREAM_NAME: STREAM,
    QUEUE_URL: queueUrl,
  };
  for (const [key, value] of Object.entries({ ...variables, ...credentials })) vi.stubEnv(key, value);
  ({ handler } = (await import("../../handlers/s3-drop.ts")) as unknown as { handler: typeof handler });
});

afterAll(async () => {
  await endpoint.close();
  sqs.close();
  kinesis.close();
  await s3.close();
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true });
});

beforeEach(() => {
  vi.spyOn(process.stdout, "write").mockReturnValue(true); // the handler's one line an object
  vi.spyOn(console, "error").mockReturnValue();
  vi.spyOn(console, "warn").mockReturnValue();
});

interface Line {
  _s3: { bucket: string; key: string; version: string; position: number; source: string };
  document?: unknown;
  payload?: string;
  error?: { code: string; message: string };
}

let read = 0;

/** The lines that came onto the stream since the last call, as text. */
async function newLines(): Promise<string[]> {
  const call = async (name: string, input: JsonObject): Promise<JsonObject> => kinesis.operations[name]?.(input) ?? {};
  const start = { StreamName: STREAM, ShardId: "shardId-000000000000", ShardIteratorType: "TRIM_HORIZON" };
  let { ShardIterator } = await call("GetShardIterator", start);
  const records: { Data: string }[] = [];
  for (;;) {
    const answer = await call("GetRecords", { ShardIterator: ShardIterator ?? "" });
    const some = answer.Records as { Data: string }[];
    if (some.length === 0) break;
    records.push(...some);
    ShardIterator = answer.NextShardIterator;
  }
  const fresh = records.slice(read);
  read = records.length;
  return fresh.flatMap(({ Data }) => Buffer.from(Data, "base64").toString().trimEnd().split("\n"));
}

/** The same as objects, in the order of their positions: calls in flight at the same time overtake each other. */
async function newEvents(): Promise<Line[]> {
  const lines: Line[] = (await newLines()).map((line) => JSON.parse(line));
  return lines.sort((a, b) => a._s3.position - b._s3.position);
}

let messages = 0;

function message(body: object | string): SQSRecord {
  const attributes = { ApproximateReceiveCount: "1" } as SQSRecord["attributes"];
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return { messageId: `m${++messages}`, receiptHandle: "none", body: text, attributes } as SQSRecord;
}

/** S3's notification, with the key encoded as S3 does. */
function created(key: string, more: object = {}) {
  const object = { key: encodeURIComponent(key).replaceAll("%20", "+"), size: 1, ...more };
  return {
    Records: [{ eventSource: "aws:s3", eventName: "ObjectCreated:Put", s3: { bucket: { name: BUCKET }, object } }],
  };
}

/** Invokes the handler. @param timeLeft in milliseconds, asked for again and again */
async function invoke(records: SQSRecord[], timeLeft = () => 900_000): Promise<string[]> {
  const context = { functionName: "s3-drop", getRemainingTimeInMillis: timeLeft } as Context;
  const { batchItemFailures } = await handler({ Records: records }, context);
  return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}

/** Puts an object, tells the handler, and answers with what came onto the stream. */
async function drop(key: string, bytes: string | Uint8Array): Promise<Line[]> {
  await s3.put(BUCKET, key, Buffer.from(bytes));
  expect(await invoke([message(created(key))])).toEqual([]);
  return newEvents();
}

const documents = (count: number) => Array.from({ length: count }, (_, i) => ({ i, text: 'é{}[]"\n' }));
const ndjson = (count: number) =>
  documents(count)
    .map((document) => `${JSON.stringify(document)}\n`)
    .join("");

describe("every form gives the same documents", () => {
  const forms = [
    ["NDJSON", ndjson(3)],
    ["a list", JSON.stringify(documents(3), null, 1)],
    ["Records", JSON.stringify({ Records: documents(3) })],
    [
      "concatenated",
      documents(3)
        .map((document) => JSON.stringify(document))
        .join(""),
    ],
  ] as const;
  const compressions = [
    ["plain", (text: Buffer) => text],
    ["gzip", gzipSync],
    [
      "gzip of two members",
      (text: Buffer) => Buffer.concat([gzipSync(text.subarray(0, 9)), gzipSync(text.subarray(9))]),
    ],
    ["zlib", deflateSync],
    ["zstd", zstdCompressSync],
    [
      "zstd of two frames",
      (text: Buffer) => Buffer.concat([zstdCompressSync(text.subarray(0, 9)), zstdCompressSync(text.subarray(9))]),
    ],
    ["UTF-8 with a mark", (text: Buffer) => Buffer.concat([Buffer.from("\ufeff"), text])],
    ["UTF-16", (text: Buffer) => Buffer.from(`\ufeff${text}`, "utf16le")],
  ] as const;
  test.each(forms)("%s", async (form, text) => {
    for (const [compression, compress] of compressions) {
      const lines = await drop(`forms/${form}/${compression}`, compress(Buffer.from(text)));
      expect(
        lines.map(({ document }) => document),
        compression,
      ).toEqual(documents(3));
      expect(lines.map(({ _s3 }) => _s3.position)).toEqual([0, 1, 2]);
    }
  });
});

test("documents come verbatim on one line each, with where they stand", async () => {
  const text = '{"a":1.10,"b":12345678901234567}\n{\n  "c": 1e400\n}\n';
  await s3.put(BUCKET, "exact/a b+ü.json", Buffer.from(text));
  await invoke([message(created("exact/a b+ü.json"))]);
  const [first = "", second = ""] = await newLines();
  const { version } = JSON.parse(first)._s3;
  expect(version).toMatch(/^[0-9a-f]{32}$/);
  const names = `"bucket":"${BUCKET}","key":"exact/a b+ü.json","version":"${version}"`;
  expect(first).toBe(`{"_s3":{${names},"position":0,"source":"s3json"},"document":{"a":1.10,"b":12345678901234567}}`);
  expect(second).toBe(`{"_s3":{${names},"position":1,"source":"s3json"},"document":{   "c": 1e400 }}`);
});

test.each([
  [
    "AWSLogs/123456789012/CloudTrail/us-east-1/2026/11/24/123456789012_CloudTrail_us-east-1_20261124T0000Z_x.json.gz",
    "cloudtrail",
  ],
  ["p/AWSLogs/o-abc123/123456789012/CloudTrail/eu-west-1/2026/11/24/x.json.gz", "cloudtrail"],
  ["AWSLogs/123456789012/CloudTrail-Insight/us-east-1/2026/11/24/x.json.gz", "cloudtrail"],
  ["AWSLogs/123456789012/Config/us-east-1/2026/11/24/x.json.gz", "s3json"],
  ["CloudTrail/x.json", "s3json"],
])("the source of %s is %s", async (key, source) => {
  const [line] = await drop(key, '{"Records":[{"a":1}]}');
  expect(line).toMatchObject({ _s3: { source, position: 0 }, document: { a: 1 } });
});

test("what is no JSON comes as its bytes, and costs its neighbors nothing", async () => {
  const lines = await drop("broken", Buffer.from('{"a":1}\nplain text\n{"a":"\xff"}\n{"a":\n{"a":2}\n', "latin1"));
  const shown = lines.map(
    ({ document, payload }) => document ?? Buffer.from(payload ?? "", "base64").toString("latin1"),
  );
  expect(shown).toEqual([{ a: 1 }, "plain text", '{"a":"\xff"}', '{"a":', { a: 2 }]);
});

describe("tables with a header", () => {
  const rows = [
    { when: "2026-11-24", "user name": 'O\'Neil; "x"', column: "é,\n", column_4: "" },
    { when: "", "user name": "1.10", column: "12345678901234567", column_4: "b" },
  ];
  const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const table = (delimiter: string) =>
    [
      ["when", "user name", "column", "column"].join(delimiter),
      ...rows.map((row) => Object.values(row).map(cell).join(delimiter)),
      "",
    ].join("\r\n");

  test.each([
    ["a.csv", table(",")],
    ["b.CSV.gz", gzipSync(table(";"))],
    ["c.tsv.zst", zstdCompressSync(table("\t"))],
  ])("%s", async (key, bytes) => {
    const lines = await drop(`tables/${key}`, bytes);
    expect(lines.map(({ document }) => document)).toEqual(rows);
    expect(lines.map(({ _s3 }) => _s3.position)).toEqual([0, 1]);
  });

  test("a row of another length is broken, and a quote that is never closed ends the table", async () => {
    const lines = await drop("tables/odd.csv", 'a,b\n1,2\n3\n4,5,6\n7,8\n"9,10\n11,12\n');
    const shown = lines.map(
      ({ document, payload, error }) => error?.code ?? document ?? Buffer.from(payload ?? "", "base64").toString(),
    );
    expect(shown).toEqual(["unreadable_object", { a: "1", b: "2" }, "3", "4,5,6", { a: "7", b: "8" }]);
  });

  test("tens of thousands of rows", async () => {
    const count = 30_000;
    const lines = await drop(
      "tables/long.csv",
      `n,text\n${Array.from({ length: count }, (_, i) => `${i},${"x".repeat(i % 60)}\n`).join("")}`,
    );
    expect(lines.map(({ document }) => (document as { n: string }).n)).toEqual(
      Array.from({ length: count }, (_, i) => String(i)),
    );
  });
});

test("an object dropped twice gives the same lines", async () => {
  await s3.put(BUCKET, "twice", gzipSync(`${ndjson(100)}broken`));
  await invoke([message(created("twice"))]);
  const first = await newLines();
  expect(first).toHaveLength(101);
  await invoke([message(created("twice"))]);
  expect(await newLines()).toEqual(first);
});

test("EventBridge's event is understood, its key as it is", async () => {
  await s3.put(BUCKET, "100%+1", Buffer.from("{}"));
  const detail = { bucket: { name: BUCKET }, object: { key: "100%+1", size: 2 } };
  expect(await invoke([message({ "detail-type": "Object Created", source: "aws.s3", detail })])).toEqual([]);
  expect(await newEvents()).toMatchObject([{ _s3: { key: "100%+1" }, document: {} }]);
});

test.each([
  ["S3's test event", { Service: "Amazon S3", Event: "s3:TestEvent", Bucket: BUCKET }],
  ["a folder", created("folder/")],
  ["an empty object", created("empty", { size: 0 })],
  ["a deletion", { Records: [{ eventName: "ObjectRemoved:Delete", s3: {} }] }],
  ["a digest of CloudTrail", created("AWSLogs/1/CloudTrail-Digest/us-east-1/2026/11/24/x.json.gz")],
])("%s gives nothing", async (_, body) => {
  expect(await invoke([message(body)])).toEqual([]);
  expect(await newEvents()).toEqual([]);
});

describe("quarantine by reference", () => {
  test.each([
    ["a zip archive", "PK\x03\x04\x14\0", /^it is no text but a zip archive \(starts 504b0304/],
    ["a Parquet file", "PAR1\x15\0", /^it is no text but a Parquet file/],
    ["anything binary", "\x01\x02\0", /^it is no text but binary/],
    ["damaged gzip", gzipSync("x".repeat(100)).subarray(0, 20), /^gzip is damaged or cut off/],
  ])("%s", async (name, bytes, message) => {
    const [line, ...rest] = await drop(`unreadable/${name}`, Buffer.from(bytes as string, "latin1"));
    expect(rest).toEqual([]);
    expect(line).toMatchObject({
      _s3: { position: -1 },
      error: { code: "unreadable_object", message: expect.stringMatching(message) },
    });
  });

  test("an object that is gone", async () => {
    expect(await invoke([message(created("gone", { versionId: "v1" }))])).toEqual([]);
    const error = { code: "unreadable_object", message: expect.stringContaining("NoSuchKey") };
    expect(await newEvents()).toEqual([
      { _s3: { bucket: BUCKET, key: "gone", version: "v1", position: -1, source: "s3json" }, error },
    ]);
  });

  test("what stands before damage comes, and then the reference", async () => {
    const lines = await drop("half", gzipSync(Buffer.from(ndjson(20_000))).subarray(0, -2000));
    expect(lines.length).toBeGreaterThan(10_000);
    const [reference, ...before] = lines;
    expect(before.every(({ _s3, document }, i) => _s3.position === i && document)).toBe(true);
    expect(reference).toMatchObject({ _s3: { position: -1 }, error: { code: "unreadable_object" } });
  });

  test("a document that no record holds, but not its neighbors", async () => {
    const mebibyte = "x".repeat(1024 * 1024);
    const lines = await drop(
      "large",
      `{"a":1}\n{"a":"${mebibyte}"}\n{"a":"${mebibyte.slice(100)}"}\n${mebibyte.slice(99)}\n{"a":2}\n`,
    );
    const kinds = lines.map(({ document, error }) => error?.code ?? JSON.stringify(document).length);
    expect(kinds).toEqual([7, "too_large", "too_large", "too_large", 7]);
    expect(lines.map(({ _s3 }) => _s3.position)).toEqual([0, 1, 2, 3, 4]);
  });
});

describe("near the deadline", () => {
  const client = () => new SQSClient({ ...CLIENT, endpoint: endpoint.url });

  async function nextMessage(): Promise<SQSRecord | undefined> {
    const { Messages: [next] = [] } = await client().send(new ReceiveMessageCommand({ QueueUrl: queueUrl }));
    if (!next) return undefined;
    await client().send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: next.ReceiptHandle }));
    return message(next.Body ?? "");
  }

  test("it goes on in messages to itself until every document is there once", async () => {
    const count = 40_000;
    await s3.put(BUCKET, "long run", gzipSync(ndjson(count)));
    let invocations = 0;
    const positions: number[] = [];
    for (let next: SQSRecord | undefined = message(created("long run")); next; next = await nextMessage()) {
      expect(await invoke([next], timeFor(positions.length + 10_000))).toEqual([]);
      positions.push(...(await newEvents()).map(({ _s3 }) => _s3.position));
      invocations++;
    }
    expect(invocations).toBeGreaterThan(3);
    expect(positions).toEqual(Array.from({ length: count }, (_, i) => i));
  });

  /** Time that is over when about so many documents were read: it is looked at after every 64 KiB. */
  function timeFor(documents: number): () => number {
    let pieces = Math.ceil((documents * 30) / 65_536);
    return () => (pieces-- > 0 ? 60_000 : 29_000);
  }

  test("a message that gets nowhere in its time comes again, and is not passed on for ever", async () => {
    await s3.put(BUCKET, "nowhere", Buffer.from(ndjson(10_000)));
    const resume = { position: 9_999, version: (await versionOf("nowhere")) ?? "" };
    const [record] = created("nowhere").Records;
    const stuck = message({ Records: [{ ...record, resume }] });
    expect(await invoke([stuck], () => 29_000)).toEqual([stuck.messageId]);
    expect(await newEvents()).toEqual([]);
    expect(await nextMessage()).toBeUndefined();
  });

  test("an object that was replaced in between is read anew", async () => {
    await s3.put(BUCKET, "replaced", Buffer.from('{"new":1}\n{"new":2}'));
    const [record] = created("replaced").Records;
    const resume = { position: 1, version: "0".repeat(32) };
    expect(await invoke([message({ Records: [{ ...record, resume }] })])).toEqual([]);
    expect(await newEvents()).toEqual([]);
    const next = await nextMessage();
    expect(await invoke(next ? [next] : [])).toEqual([]);
    expect((await newEvents()).map(({ _s3, document }) => [_s3.position, document])).toEqual([
      [0, { new: 1 }],
      [1, { new: 2 }],
    ]);
  });

  async function versionOf(key: string): Promise<string | undefined> {
    await invoke([message(created(key))]);
    return (await newEvents())[0]?._s3.version;
  }
});

describe("messages that fail", () => {
  test("only what failed is named, and the rest is done", async () => {
    await s3.put(BUCKET, "fine", Buffer.from('{"a":1}'));
    const bad = message("no JSON");
    const odd = message({ hello: 1 });
    expect(await invoke([bad, message(created("fine")), odd])).toEqual([bad.messageId, odd.messageId]);
    expect(await newEvents()).toHaveLength(1);
  });

  test("an object whose stream is not there comes again", async () => {
    await s3.put(BUCKET, "later", Buffer.from('{"a":1}'));
    await new KinesisClient({ ...CLIENT, endpoint: endpoint.url }).send(
      new DeleteStreamCommand({ StreamName: STREAM }),
    );
    const record = message(created("later"));
    expect(await invoke([record])).toEqual([record.messageId]);
    const { Attributes } = await new SQSClient({ ...CLIENT, endpoint: endpoint.url }).send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ["ApproximateNumberOfMessages"] }),
    );
    expect(Attributes?.ApproximateNumberOfMessages).toBe("0");
  });
});
