import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type DeliveryStreamConfig, type Firehose, openFirehose } from "../../../infra/local/firehose/firehose.ts";
import { openS3, type S3 } from "../../../infra/local/s3/s3.ts";

const DeliveryStreamName = "events";
const STREAM: DeliveryStreamConfig = {
  DeliveryStreamName,
  ExtendedS3DestinationConfiguration: {
    BucketARN: "arn:aws:s3:::lake",
    Prefix: "data/!{partitionKeyFromQuery:p}/",
    ErrorOutputPrefix: "errors/!{firehose:error-output-type}/",
    CompressionFormat: "GZIP",
    DynamicPartitioningConfiguration: { Enabled: true },
    ProcessingConfiguration: {
      Enabled: true,
      Processors: [
        { Type: "RecordDeAggregation", Parameters: [{ ParameterName: "SubRecordType", ParameterValue: "JSON" }] },
        {
          Type: "MetadataExtraction",
          Parameters: [
            { ParameterName: "MetadataExtractionQuery", ParameterValue: "{p:.p}" },
            { ParameterName: "JsonParsingEngine", ParameterValue: "JQ-1.6" },
          ],
        },
        { Type: "AppendDelimiterToRecord" },
      ],
    },
  },
};

let folder: string;
let s3: S3 | undefined;
let child: ChildProcess | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "firehose-crash-"));
});

afterEach(async () => {
  child?.kill("SIGKILL");
  await s3?.close();
  s3 = undefined;
  rmSync(folder, { recursive: true });
});

async function open(): Promise<Firehose> {
  const store = await openS3(join(folder, "s3"));
  s3 = store;
  store.ensureBucket("lake");
  return openFirehose({ dir: join(folder, "firehose"), streams: [STREAM], s3Put: store.put });
}

const put = async (firehose: Firehose, records: string[]) => {
  const Records = records.map((record) => ({ Data: Buffer.from(record).toString("base64") }));
  return firehose.operations.PutRecordBatch?.({ DeliveryStreamName, Records });
};

/** Every line of every object of a kind. */
function delivered(kind: "data" | "errors"): string[] {
  const root = join(folder, "s3/lake");
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((file) => file.startsWith(join(root, kind)))
    .flatMap((file) => {
      const bytes = readFileSync(file);
      return (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString().replace(/\n$/, "").split("\n");
    });
}

/** Runs a lake of its own in a child process, which prints a line for each batch that was accepted. */
async function startChild(s3Put: string): Promise<AsyncIterator<string>> {
  const code = `
    const { openFirehose } = await import(${JSON.stringify(new URL("../../../infra/local/firehose/firehose.ts", import.meta.url))});
    const { openS3 } = await import(${JSON.stringify(new URL("../../../infra/local/s3/s3.ts", import.meta.url))});
    const s3 = await openS3(${JSON.stringify(join(folder, "s3"))});
    s3.ensureBucket("lake");
    const s3Put = ${s3Put};
    const streams = [${JSON.stringify(STREAM)}];
    const firehose = await openFirehose({ dir: ${JSON.stringify(join(folder, "firehose"))}, streams, s3Put, bufferSeconds: 1 });
    for (let batch = 0; ; batch++) {
      const Records = [0, 1, 2].map((n) => ({ Data: Buffer.from(JSON.stringify({ p: "p" + n, id: batch + "." + n })).toString("base64") }));
      await firehose.operations.PutRecordBatch({ DeliveryStreamName: "events", Records });
      console.log(batch);
    }`;
  child = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["ignore", "pipe", "inherit"] });
  if (!child.stdout) throw new Error("the child has no output");
  const { createInterface } = await import("node:readline");
  return createInterface(child.stdout)[Symbol.asyncIterator]();
}

async function kill(): Promise<void> {
  child?.kill("SIGKILL");
  if (child?.exitCode === null && child.signalCode === null) await once(child, "exit");
}

/** Every record of the batches up to `last` is delivered, and no record is twice; later batches had no answer. */
function expectOnce(last: number): void {
  const ids = delivered("data").map((line) => (JSON.parse(line) as { id: string }).id);
  expect(new Set(ids).size).toBe(ids.length);
  for (let batch = 0; batch <= last; batch++) expect(ids).toContain(`${batch}.2`);
}

test("what was accepted before a kill -9 is delivered once after it", async () => {
  const output = await startChild("s3.put");
  let last = 0;
  for (const started = Date.now(); Date.now() - started < 2500; ) last = Number((await output.next()).value);
  await kill();
  expect(last).toBeGreaterThan(10);
  const firehose = await open();
  await firehose.flush();
  await firehose.close();
  expectOnce(last);
});

test("an object that was put just before a kill -9 is put again under its name, not beside it", async () => {
  const output = await startChild(
    "async (...object) => { await s3.put(...object); console.log('put'); await new Promise(() => {}); }",
  );
  let last = 0;
  for (let line = ""; line !== "put"; line = (await output.next()).value) last = Number(line);
  await kill();
  const [before] = readdirSync(join(folder, "s3/lake/data/p0"));
  const firehose = await open();
  await firehose.flush();
  await firehose.close();
  expect(readdirSync(join(folder, "s3/lake/data/p0"))).toContain(before);
  expectOnce(last);
});

test("a second process is refused the folder", async () => {
  const firehose = await open();
  const again = openFirehose({ dir: join(folder, "firehose"), streams: [STREAM], s3Put: async () => {} });
  await expect(again).rejects.toThrow(/is another lake running on this folder/);
  await firehose.close();
});

test("whatever is accepted is in S3 once, as data or as an error; every data line is one document", async () => {
  const firehose = await open();
  let id = 0;
  const text = fc.string({ unit: "binary", maxLength: 20 });
  const good = fc.record({ p: fc.constantFrom("a", "b", "c/d", "../e", "ü"), text, more: fc.object({ maxDepth: 2 }) });
  const bad = fc.constantFrom('{"p":1,"n":#}', '{"n":#}', "[#]", '{"p":"","n":#}', '{"p":#');
  const gap = fc.constantFrom("", "\n", " \n ");
  const document = fc.oneof({ weight: 4, arbitrary: good }, { weight: 1, arbitrary: bad });
  const record = fc.array(fc.tuple(document, gap, fc.boolean()), { minLength: 1, maxLength: 8 });
  const sent: string[] = [];
  await fc.assert(
    fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 10 }), fc.boolean(), async (records, flush) => {
      const texts = records.map((parts) =>
        parts.map(([value, space, indented]) => write(value, indented) + space).join(""),
      );
      await put(firehose, texts);
      if (flush) await firehose.flush();
    }),
    { numRuns: 40 },
  );
  await firehose.flush();
  await firehose.close();
  const data = delivered("data").map((line) => (JSON.parse(line) as { id: string }).id);
  const errors = delivered("errors").map((line) =>
    Buffer.from((JSON.parse(line) as { rawData: string }).rawData, "base64").toString(),
  );
  const found = [...data, ...errors.flatMap((raw) => raw.match(/id-\d+(?=")/g) ?? [])];
  expect(found.sort()).toEqual(sent.sort());

  function write(value: object | string, indented: boolean): string {
    const name = `id-${id++}`;
    sent.push(name);
    if (typeof value === "string") return value.replace("#", `"${name}"`);
    return JSON.stringify({ ...value, id: name }, null, indented ? 1 : 0);
  }
});
