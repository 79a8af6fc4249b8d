import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
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

function linesOf(file: string): string[] {
  const bytes = readFileSync(file);
  const text = (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString();
  return text.replace(/\n$/, "").split("\n");
}

/** Runs a lake of its own in a child process, which prints a line for each batch that was accepted. */
async function startChild(s3Put: string): Promise<() => Promise<string>> {
  const code = `
    const { openFirehose } = await import(${JSON.stringify(new URL("../../../infra/local/firehose/firehose.ts", import.meta.url))});
    const { openS3 } = await import(${JSON.stringify(new URL("../../../infra/local/s3/s3.ts", import.meta.url))});
    const s3 = await openS3(${JSON.stringify(join(folder, "s3"))});
    s3.ensureBucket("lake");
    const s3Put = ${s3Put};
    const streams = [${JSON.stringify(STREAM)}];
    const firehose = await openFirehose({ dir: ${JSON.stringify(join(folder, "firehose"))}, streams, s3Put, bufferSeconds: 0.5 });
    for (let batch = 0; ; batch++) {
      const Records = [0, 1, 2].map((n) => ({ Data: Buffer.from(JSON.stringify({ p: "p" + n, id: batch + "." + n })).toString("base64") }));
      await firehose.operations.PutRecordBatch({ DeliveryStreamName: "events", Records });
      console.log(batch);
    }`;
  writeFileSync(join(folder, "child.mjs"), code);
  child = spawn(process.execPath, [join(folder, "child.mjs")], { stdio: ["ignore", "pipe", "inherit"] });
  if (!child.stdout) throw new Error("the child has no output");
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return async () => {
    const line = await lines.next();
    if (line.done) throw new Error("the child has ended");
    return line.value;
  };
}

async function kill(): Promise<void> {
  child?.kill("SIGKILL");
  if (child?.exitCode === null && child.signalCode === null) await once(child, "exit");
}

/** Every record of the batches up to `last` is delivered, and no record is twice; later batches had no answer. */
function expectOnce(last: number): void {
  const entries = readdirSync(join(folder, "s3/lake/data"), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const ids = files.flatMap(linesOf).map((line) => (JSON.parse(line) as { id: string }).id);
  expect(new Set(ids).size).toBe(ids.length);
  for (let batch = 0; batch <= last; batch++) expect(ids).toContain(`${batch}.2`);
}

test("what was accepted before a kill -9 is delivered once after it", async () => {
  const nextLine = await startChild("s3.put");
  let last = 0;
  for (const started = Date.now(); Date.now() - started < 1200 || last <= 10; ) last = Number(await nextLine());
  await kill();
  const firehose = await open();
  await firehose.flush();
  await firehose.close();
  expectOnce(last);
});

test("an object that was put just before a kill -9 is put again under its name, not beside it", async () => {
  const nextLine = await startChild(
    "async (...object) => { await s3.put(...object); console.log('put'); await new Promise(() => {}); }",
  );
  let last = 0;
  for (let line = ""; line !== "put"; line = await nextLine()) last = Number(line);
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
  const keys = new Set<string>();
  s3?.onObjectCreated(({ key }) => void keys.add(key));
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
  const linesBelow = (prefix: string) =>
    [...keys].filter((key) => key.startsWith(prefix)).flatMap((key) => linesOf(s3?.pathOf("lake", key) ?? ""));
  const data = linesBelow("data/").map((line) => (JSON.parse(line) as { id: string }).id);
  const raw = linesBelow("errors/").map((line) => (JSON.parse(line) as { rawData: string }).rawData);
  const errors = raw.map((base64) => Buffer.from(base64, "base64").toString());
  const found = [...data, ...errors.flatMap((record) => record.match(/id-\d+(?=")/g) ?? [])];
  expect(found.sort()).toEqual(sent.sort());

  function write(value: object | string, indented: boolean): string {
    const name = `id-${id++}`;
    sent.push(name);
    if (typeof value === "string") return value.replace("#", `"${name}"`);
    return JSON.stringify({ ...value, id: name }, null, indented ? 1 : 0);
  }
});
