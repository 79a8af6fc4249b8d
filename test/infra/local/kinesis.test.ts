import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateStreamCommand,
  DescribeStreamCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
  PutRecordsCommand,
  waitUntilStreamExists,
} from "@aws-sdk/client-kinesis";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Endpoint, startEndpoint } from "../../../infra/local/endpoint.ts";
import { type KinesisOptions, type KinesisService, openKinesis } from "../../../infra/local/kinesis/service.ts";
import type { JsonObject } from "../../../infra/local/service.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");

/** A stream `s` in memory with its operations, closed when the test ends. */
function open(options: KinesisOptions & { shards?: number } = {}): {
  kinesis: KinesisService;
  call: (operation: string, input?: JsonObject) => Promise<JsonObject>;
} {
  const kinesis = openKinesis(":memory:", options);
  kinesis.ensureStream({ name: "s", mode: "PROVISIONED", shards: options.shards ?? 1 });
  const call = async (name: string, input = {}) => {
    const operation = kinesis.operations[name];
    if (!operation) throw new Error(`no operation ${name}`);
    return operation({ StreamName: "s", ...input });
  };
  return { kinesis, call };
}

describe("over the wire", () => {
  let folder: string;
  let kinesis: KinesisService;
  let endpoint: Endpoint;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "kinesis-"));
    kinesis = openKinesis(join(folder, "kinesis.db"));
    endpoint = await startEndpoint({ port: 0, services: [kinesis], s3: (_, response) => void response.end() });
  });
  afterAll(async () => {
    await endpoint.close();
    kinesis.close();
    await rm(folder, { recursive: true });
  });

  function client(requestHandler?: NodeHttpHandler): KinesisClient {
    return new KinesisClient({
      endpoint: endpoint.url,
      region: "us-east-1",
      credentials: { accessKeyId: "any", secretAccessKey: "any" },
      ...(requestHandler && { requestHandler }),
    });
  }

  test.each([
    ["HTTP/1.1", () => client(new NodeHttpHandler())],
    ["HTTP/2, the SDK's default", () => client()],
  ])("the SDK puts and gets back bytes, keys and order over %s", async (name, connect) => {
    const sdk = connect();
    const StreamName = `wire-${name.slice(5, 6)}`;
    await sdk.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
    await waitUntilStreamExists({ client: sdk, maxWaitTime: 5, minDelay: 1 }, { StreamName });
    const sent = [Buffer.from([0, 255, 128]), Buffer.alloc(0), Buffer.from("né")].map((Data, i) => ({
      Data,
      PartitionKey: `key ${i} é`,
    }));
    const put = await sdk.send(new PutRecordsCommand({ StreamName, Records: sent }));
    const [shard] = (await sdk.send(new ListShardsCommand({ StreamName }))).Shards ?? [];
    const { ShardIterator } = await sdk.send(
      new GetShardIteratorCommand({ StreamName, ShardId: shard?.ShardId, ShardIteratorType: "TRIM_HORIZON" }),
    );
    const got = await sdk.send(new GetRecordsCommand({ ShardIterator }));
    sdk.destroy();
    expect(got.Records?.map(({ Data }) => Buffer.from(Data ?? []))).toEqual(sent.map(({ Data }) => Data));
    expect(got.Records?.map(({ PartitionKey }) => PartitionKey)).toEqual(sent.map(({ PartitionKey }) => PartitionKey));
    expect(got.Records?.map((one) => one.SequenceNumber)).toEqual(put.Records?.map((one) => one.SequenceNumber));
    expect(Math.abs(Date.now() - Number(got.Records?.[0]?.ApproximateArrivalTimestamp))).toBeLessThan(5000);
    expect(got.MillisBehindLatest).toBe(0);
  });

  test("the SDK gets AWS's errors as its own classes", async () => {
    const sdk = client(new NodeHttpHandler());
    const failure = await sdk.send(new DescribeStreamCommand({ StreamName: "nowhere" })).catch((error) => error);
    sdk.destroy();
    expect(failure.name).toBe("ResourceNotFoundException");
    expect(failure.message).toBe("Stream nowhere under account 000000000000 not found.");
    expect(failure.$metadata).toMatchObject({
      httpStatusCode: 400,
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  test("the SDK names a stream by its ARN", async () => {
    const sdk = client(new NodeHttpHandler());
    kinesis.ensureStream({
      name: "by-arn",
      mode: "ON_DEMAND",
      encrypted: true,
      retentionHours: 8760,
      maxRecordKib: 10_240,
    });
    const StreamARN = "arn:aws:kinesis:us-east-1:000000000000:stream/by-arn";
    const { StreamDescriptionSummary } = await sdk.send(new DescribeStreamSummaryCommand({ StreamARN }));
    sdk.destroy();
    expect(StreamDescriptionSummary).toMatchObject({
      StreamName: "by-arn",
      StreamModeDetails: { StreamMode: "ON_DEMAND" },
      OpenShardCount: 4,
      RetentionPeriodHours: 8760,
      EncryptionType: "KMS",
      KeyId: "alias/aws/kinesis",
      MaxRecordSizeInKiB: 10_240,
    });
  });
});

describe("persistence", () => {
  test("streams, records, iterators and sequence numbers go on after a restart", async () => {
    const folder = await mkdtemp(join(tmpdir(), "kinesis-"));
    const file = join(folder, "kinesis.db");
    const first = openKinesis(file);
    first.ensureStream({ name: "s", mode: "PROVISIONED", shards: 1 });
    const put = (service: KinesisService, text: string) =>
      service.operations.PutRecord?.({ StreamName: "s", Data: base64(text), PartitionKey: "a" });
    const before = await put(first, "before");
    const iterator = await first.operations.GetShardIterator?.({
      StreamName: "s",
      ShardId: "shardId-000000000000",
      ShardIteratorType: "TRIM_HORIZON",
    });
    first.close();

    const second = openKinesis(file);
    second.ensureStream({ name: "s", mode: "PROVISIONED", shards: 1 });
    const after = await put(second, "after");
    const got = await second.operations.GetRecords?.({ ShardIterator: iterator?.ShardIterator });
    second.close();
    await rm(folder, { recursive: true });
    expect(got?.Records).toMatchObject([{ Data: base64("before") }, { Data: base64("after") }]);
    expect(BigInt(String(after?.SequenceNumber)) > BigInt(String(before?.SequenceNumber))).toBe(true);
  });

  test("what a put answered is there after kill -9", async () => {
    const folder = await mkdtemp(join(tmpdir(), "kinesis-"));
    const file = join(folder, "kinesis.db");
    const service = new URL("../../../infra/local/kinesis/service.ts", import.meta.url);
    const script = `
      import { openKinesis } from "${service}";
      const kinesis = openKinesis(${JSON.stringify(file)});
      kinesis.ensureStream({ name: "s", mode: "PROVISIONED" });
      kinesis.operations.PutRecord({ StreamName: "s", Data: "${base64("safe")}", PartitionKey: "a" });
      process.kill(process.pid, "SIGKILL");`;
    const { signal } = spawnSync(process.execPath, ["--input-type=module", "--eval", script]);
    expect(signal).toBe("SIGKILL");
    const kinesis = openKinesis(file);
    const iterator = await kinesis.operations.GetShardIterator?.({
      StreamName: "s",
      ShardId: "shardId-000000000000",
      ShardIteratorType: "TRIM_HORIZON",
    });
    const got = await kinesis.operations.GetRecords?.(iterator ?? {});
    kinesis.close();
    await rm(folder, { recursive: true });
    expect(got?.Records).toMatchObject([{ Data: base64("safe") }]);
  });
});

describe("ensureStream", () => {
  test("changes settings and shards of an existing stream and keeps its records", async () => {
    const { kinesis, call } = open();
    await call("PutRecord", { Data: base64("kept"), PartitionKey: "a" });
    kinesis.ensureStream({ name: "s", mode: "PROVISIONED", shards: 5, retentionHours: 48 });
    kinesis.ensureStream({ name: "s", mode: "PROVISIONED", shards: 5, retentionHours: 48 });
    const { StreamDescriptionSummary } = await call("DescribeStreamSummary");
    expect(StreamDescriptionSummary).toMatchObject({
      OpenShardCount: 5,
      RetentionPeriodHours: 48,
      EncryptionType: "NONE",
    });
    const { ShardIterator } = await call("GetShardIterator", {
      ShardId: "shardId-000000000000",
      ShardIteratorType: "TRIM_HORIZON",
    });
    expect((await call("GetRecords", { ShardIterator })).Records).toMatchObject([{ Data: base64("kept") }]);
    kinesis.close();
  });
});

describe("putting", () => {
  const record = (size: number, PartitionKey = "a") => ({ Data: Buffer.alloc(size).toString("base64"), PartitionKey });
  const MIB = 1024 * 1024;

  test.each<[string, string, JsonObject, string]>([
    [
      "501 records",
      "PutRecords",
      { Records: Array.from({ length: 501 }, () => record(1)) },
      "1 validation error detected: Value '[501 members]' at 'records' failed to satisfy constraint: Member must have length less than or equal to 500",
    ],
    [
      "more than 10 MiB",
      "PutRecords",
      { Records: Array.from({ length: 11 }, () => record(1_000_000)) },
      "Records size exceeds 10 MB limit",
    ],
    [
      "a record over 1 MiB",
      "PutRecord",
      record(MIB + 1),
      `1 validation error detected: Value 'java.nio.HeapByteBuffer[pos=0 lim=${MIB + 1} cap=${MIB + 1}]' at 'data' failed to satisfy constraint: Member must have length less than or equal to 1048576`,
    ],
    [
      "a record over 1 MiB with its key",
      "PutRecord",
      record(MIB, "é"),
      "Record size with its partition key is 1048578 bytes; stream s takes 1048576.",
    ],
    [
      "two broken members",
      "PutRecords",
      { Records: [{ Data: "", PartitionKey: "" }, { Data: "" }] },
      "2 validation errors detected: Value '' at 'records.1.member.partitionKey' failed to satisfy constraint: Member must have length greater than or equal to 1; Value null at 'records.2.member.partitionKey' failed to satisfy constraint: Member must not be null",
    ],
    ["a number for a key", "PutRecord", { Data: "", PartitionKey: 5 }, "partitionKey: expected a string, got 5"],
  ])("refuses %s in AWS's words and stores nothing", async (_, operation, input, message) => {
    const { kinesis, call } = open();
    await expect(call(operation, input)).rejects.toThrow(message);
    const iterator = { ShardId: "shardId-000000000000", ShardIteratorType: "TRIM_HORIZON" };
    const { ShardIterator } = await call("GetShardIterator", iterator);
    expect((await call("GetRecords", { ShardIterator })).Records).toEqual([]);
    kinesis.close();
  });

  test("takes 10 MiB in a record once the stream allows it", async () => {
    const { kinesis, call } = open();
    await call("UpdateMaxRecordSize", { MaxRecordSizeInKiB: 10_240 });
    expect(await call("PutRecord", record(10 * MIB - 1))).toMatchObject({ ShardId: "shardId-000000000000" });
    kinesis.close();
  });

  test("does nothing on a dry run", async () => {
    const { kinesis, call } = open();
    await expect(call("PutRecord", { ...record(1), DryRun: true })).rejects.toMatchObject({
      code: "DryRunOperationException",
    });
    kinesis.close();
  });

  test("refuses entries over the shard's rate when throttled, and tells which", async () => {
    let now = 1_700_000_000_000;
    const { kinesis, call } = open({ throttle: true, now: () => now });
    const entries = { Records: [record(600_000), record(600_000), record(100)] };
    const put = await call("PutRecords", entries);
    expect(put).toMatchObject({
      FailedRecordCount: 1,
      Records: [
        { ShardId: "shardId-000000000000" },
        {
          ErrorCode: "ProvisionedThroughputExceededException",
          ErrorMessage: "Rate exceeded for shard shardId-000000000000 in stream s under account 000000000000.",
        },
        { ShardId: "shardId-000000000000" },
      ],
    });
    await expect(call("PutRecord", record(900_000))).rejects.toMatchObject({
      code: "ProvisionedThroughputExceededException",
    });
    now += 1000;
    expect(await call("PutRecord", record(900_000))).toHaveProperty("SequenceNumber");
    kinesis.close();
  });

  test("wakes listeners after the records are stored, until they leave", async () => {
    const { kinesis, call } = open();
    const woken: string[] = [];
    const leave = kinesis.onRecords((stream) => woken.push(stream));
    await call("PutRecord", record(1));
    leave();
    await call("PutRecord", record(1));
    expect(woken).toEqual(["s"]);
    kinesis.close();
  });
});
