import { type IncomingMessage, request, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { decode, encode, Tagged } from "cborg";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { type Endpoint, startEndpoint } from "../../../infra/local/endpoint.ts";
import { type KinesisService, openKinesis } from "../../../infra/local/kinesis/service.ts";
import { type Service, ServiceError } from "../../../infra/local/service.ts";

const JSON_TYPE = "application/x-amz-json-1.1";
const CBOR_TYPE = "application/x-amz-cbor-1.1";

const echo: Service = {
  target: "Echo_20200101",
  operations: {
    Echo: (input) => input,
    Refuse: () => {
      throw new ServiceError("TeapotException", "short and stout", 418);
    },
    Break: () => {
      throw new TypeError("a defect");
    },
  },
};

let kinesis: KinesisService;
let endpoint: Endpoint;

beforeAll(async () => {
  kinesis = openKinesis(":memory:");
  kinesis.ensureStream({ name: "s", mode: "PROVISIONED", shards: 1 });
  endpoint = await startEndpoint({ port: 0, services: [echo, kinesis], s3 });
});
afterAll(async () => {
  await endpoint.close();
  kinesis.close();
});
afterEach(() => vi.restoreAllMocks());

/** Answers what it was asked, to see that the body came through untouched. */
function s3(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => response.end(`s3 ${request.method} ${request.url} ${Buffer.concat(chunks).length}`));
}

function post(target: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) {
  return fetch(endpoint.url, {
    method: "POST",
    body,
    headers: { "content-type": JSON_TYPE, "x-amz-target": target, ...headers },
  });
}

describe("JSON", () => {
  test.each(["application/x-amz-json-1.1", "application/x-amz-json-1.0", "application/x-amz-json-1.1; charset=utf-8"])(
    "answers %s in kind",
    async (type) => {
      const response = await post("Echo_20200101.Echo", '{"a":"é"}', { "content-type": type });
      expect(response.headers.get("content-type")).toBe(type.split(";")[0]);
      expect(response.headers.get("x-amzn-requestid")).toMatch(/^[0-9a-f-]{36}$/);
      expect(await response.json()).toEqual({ a: "é" });
    },
  );

  test.each<[string, string, string, number]>([
    ["Echo_20200101.Refuse", "{}", "TeapotException", 418],
    ["Echo_20200101.Missing", "{}", "UnknownOperationException", 400],
    ["Echo_20200101.constructor", "{}", "UnknownOperationException", 400],
    ["Nobody.Echo", "{}", "UnknownOperationException", 400],
    ["Echo_20200101.Echo", "{", "SerializationException", 400],
    ["Echo_20200101.Echo", "[]", "SerializationException", 400],
    ["Echo_20200101.Echo", "null", "SerializationException", 400],
    ["Kinesis_20131202.SubscribeToShard", "{}", "UnknownOperationException", 400],
  ])("%s of %s is %s", async (target, body, code, status) => {
    const response = await post(target, body);
    expect(response.status).toBe(status);
    expect(response.headers.get("x-amzn-errortype")).toBe(code);
    expect(await response.json()).toMatchObject({ __type: code, message: expect.any(String) });
  });

  test("a defect is answered as InternalFailure and printed", async () => {
    const print = vi.spyOn(console, "error").mockImplementation(() => {});
    const response = await post("Echo_20200101.Break", "{}");
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({ __type: "InternalFailure", message: "a defect" });
    expect(print).toHaveBeenCalledOnce();
  });

  test("an empty body is an empty input", async () => {
    expect(await (await post("Echo_20200101.Echo", "")).json()).toEqual({});
  });

  test("16 MiB are taken, more is refused", async () => {
    const body = (size: number) => `{"a":"${"x".repeat(size - 8)}"}`;
    expect((await post("Echo_20200101.Echo", body(16 * 1024 * 1024))).status).toBe(200);
    const refused = await post("Echo_20200101.Echo", body(16 * 1024 * 1024 + 1));
    expect(refused.status).toBe(413);
    expect(await refused.json()).toMatchObject({ __type: "RequestEntityTooLargeException" });
  });
});

describe("CBOR", () => {
  async function call(operation: string, input: unknown): Promise<Record<string, unknown>> {
    const body = new Uint8Array(encode(input));
    const response = await post(`Kinesis_20131202.${operation}`, body, { "content-type": CBOR_TYPE });
    expect(response.headers.get("content-type")).toBe(CBOR_TYPE);
    return decode(new Uint8Array(await response.arrayBuffer()), { tags: Tagged.preserve(1) });
  }

  test("blobs are byte strings and times are milliseconds under tag 1, both ways", async () => {
    const before = Date.now();
    const Data = new Uint8Array([0, 1, 254, 255]);
    await call("PutRecord", { StreamName: "s", Data, PartitionKey: "a" });
    const { ShardIterator } = await call("GetShardIterator", {
      StreamName: "s",
      ShardId: "shardId-000000000000",
      ShardIteratorType: "AT_TIMESTAMP",
      Timestamp: new Tagged(1, before),
    });
    const { Records, MillisBehindLatest } = await call("GetRecords", { ShardIterator });
    const [record] = Records as { Data: Uint8Array; ApproximateArrivalTimestamp: Tagged }[];
    expect(record?.Data).toEqual(Data);
    expect(record?.ApproximateArrivalTimestamp).toBeInstanceOf(Tagged);
    expect(Number(record?.ApproximateArrivalTimestamp.value)).toBeGreaterThanOrEqual(before);
    expect(Number(record?.ApproximateArrivalTimestamp.value)).toBeLessThanOrEqual(Date.now());
    expect(MillisBehindLatest).toBe(0);
  });

  test("the Java SDK's indefinite-length maps are read", async () => {
    // {_ "StreamName": "s"}
    const body = new Uint8Array([0xbf, 0x6a, ...Buffer.from("StreamName"), 0x61, 0x73, 0xff]);
    const response = await post("Kinesis_20131202.DescribeStreamSummary", body, { "content-type": CBOR_TYPE });
    const answer = decode(new Uint8Array(await response.arrayBuffer()), { tags: Tagged.preserve(1) });
    expect(answer).toMatchObject({ StreamDescriptionSummary: { StreamName: "s" } });
  });

  test("errors and broken bytes are answered in CBOR", async () => {
    expect(await call("DescribeStream", { StreamName: "nowhere" })).toMatchObject({
      __type: "ResourceNotFoundException",
    });
    const response = await post("Kinesis_20131202.DescribeStream", new Uint8Array([0xff]), {
      "content-type": CBOR_TYPE,
    });
    expect(decode(new Uint8Array(await response.arrayBuffer()))).toMatchObject({ __type: "SerializationException" });
  });
});

describe("everything else", () => {
  test("is S3's, its body untouched", async () => {
    const body = new Uint8Array(20 * 1024 * 1024);
    const response = await fetch(`${endpoint.url}/bucket/key`, { method: "PUT", body });
    expect(await response.text()).toBe(`s3 PUT /bucket/key ${body.length}`);
  });

  test("is S3's with another content type too", async () => {
    const response = await post("Echo_20200101.Echo", "{}", { "content-type": "application/xml" });
    expect(await response.text()).toBe("s3 POST / 2");
  });

  test("health names the services", async () => {
    const response = await fetch(`${endpoint.url}/_lake/health`);
    expect(await response.json()).toEqual({ status: "ok", services: ["Echo_20200101", "Kinesis_20131202", "s3"] });
  });
});

describe("who may call", () => {
  /** The status of a GET with these headers, which fetch would not let us set. */
  function ask(headers: Record<string, string>): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      const call = request(endpoint.url, { headers }, (response) => resolve(response.resume().statusCode));
      call.on("error", reject).end();
    });
  }

  test.each<[Record<string, string>, number]>([
    [{ host: "localhost:4566" }, 200],
    [{ host: "bucket.localhost:4566" }, 200],
    [{ host: "[::1]:4566" }, 200],
    [{ origin: "http://localhost:3000" }, 200],
    [{ host: "evil.example:4566" }, 403],
    [{ host: "localhost.evil.example" }, 403],
    [{ host: "127.0.0.1.evil.example" }, 403],
    [{ origin: "https://evil.example" }, 403],
    [{ origin: "null" }, 403],
  ])("%j is answered with %i", async (headers, status) => {
    expect(await ask(headers)).toBe(status);
  });
});

describe("the server", () => {
  test("says which port is taken and what to do", async () => {
    await expect(startEndpoint({ port: endpoint.port, services: [], s3 })).rejects.toThrow(
      `endpoint: port ${endpoint.port} of 127.0.0.1 cannot be used (EADDRINUSE); stop what uses it or choose another with --port`,
    );
  });

  test("closes with connections open, and lives on when a client breaks off", async () => {
    const own = await startEndpoint({ port: 0, services: [echo], s3 });
    const idle = connect(own.port, "127.0.0.1").on("error", () => {});
    const half = connect(own.port, "127.0.0.1").on("error", () => {});
    half.write(
      `POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: ${JSON_TYPE}\r\nx-amz-target: Echo_20200101.Echo\r\ncontent-length: 9\r\n\r\n{`,
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    half.destroy();
    expect((await fetch(`${own.url}/_lake/health`)).status).toBe(200);
    await own.close();
    idle.destroy();
    await expect(fetch(own.url)).rejects.toThrow();
  });
});
