import { deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { idOf } from "../../core/identity.ts";
import { ServiceError } from "../../infra/local/service.ts";
import { type Lab, openLab } from "./bulk-lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
});
afterEach(() => {
  lab.refuse = () => undefined;
  lab.lines.length = 0;
});
afterAll(() => lab.close());

const create = (document: string, meta = '{"_index":"logs"}') => `{"create":${meta}}\n${document}\n`;
const payloads = async () => (await lab.taken()).map(({ payload }) => payload);

interface BulkAnswer {
  took: number;
  errors: boolean;
  items: Record<string, { _index: string; _id?: string; status: number; error?: { type: string; reason: string } }>[];
}

async function bulk(body: string | Uint8Array, headers: Record<string, string> = {}, path = "/_bulk") {
  const response = await lab.send("POST", path, body, headers);
  const answer = (await response.json()) as BulkAnswer;
  return { status: response.status, answer, statuses: answer.items?.map((item) => Object.values(item)[0]?.status) };
}

describe("documents", () => {
  test("each is one record of the stream, byte for byte, and its id is the eventid it will have", async () => {
    const documents = ['{"id":12345678901234567,"price":1.10}', '{ "b" : 1e400, "a":"é\\u00e9" }'];
    const { status, answer } = await bulk(documents.map((document) => create(document)).join(""));
    const taken = await lab.taken();
    expect(taken.map(({ payload }) => payload)).toEqual(documents);
    expect(status).toBe(200);
    expect(answer).toMatchObject({ took: expect.any(Number), errors: false });
    const ids = taken.map(({ shard, sequence }) =>
      idOf({ stream: "events", shard, sequence, subsequence: 0, index: 0 }),
    );
    expect(answer.items).toEqual(
      ids.map((_id) => ({ create: { _index: "logs", _id, _version: 1, result: "created", status: 201 } })),
    );
  });

  test.each([
    ["the producer's id and index", '{"index":{"_index":"a","_id":"7"}}', "/_bulk", "a", "7"],
    ["the index of the path", '{"index":{"_id":8}}', "/b/_bulk", "b", "8"],
    ["a type in the path, as before Elasticsearch 7", '{"index":{"_id":"9","_type":"t"}}', "/b/t/_bulk", "b", "9"],
    ["no index at all", '{"index":{"_id":"0"}}', "/_bulk?timeout=60s", "events", "0"],
  ])("%s: echoed", async (_, action, path, _index, _id) => {
    const { answer } = await bulk(`${action}\r\n{"a":1}\r\n`, {}, path);
    expect(answer.items[0]?.index).toMatchObject({ _index, _id, status: 201 });
    expect(await payloads()).toEqual(['{"a":1}\r']);
  });

  test.each([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
    ["zstd", zstdCompressSync],
  ])("%s bodies are read, of one member or of several", async (encoding, compress) => {
    const halves = [0, 600].map((first) =>
      Array.from({ length: 600 }, (_, n) => create(`{"n":${first + n}}`)).join(""),
    );
    const body = Buffer.concat(halves.map((half) => compress(half)));
    const { answer } = await bulk(body, { "content-encoding": encoding });
    expect(answer.errors).toBe(false);
    expect(await payloads()).toHaveLength(1200);
  });

  test.each([
    ["POST", "/logs/_doc", /^[0-9a-f-]{36}$/],
    ["PUT", "/logs/_doc/x%2Fy", /^x\/y$/],
    ["PUT", "/logs/_create/z", /^z$/],
  ])("%s %s takes one, over several lines", async (method, path, id) => {
    const response = await lab.send(method, path, '{\n  "a": 1\n}', { "content-type": "application/json" });
    expect(response.status).toBe(201);
    expect(await response.json()).toMatchObject({ _index: "logs", _id: expect.stringMatching(id), result: "created" });
    expect(await payloads()).toEqual(['{\n  "a": 1\n}']);
  });
});

describe("what cannot be taken costs only itself", () => {
  const good = create('{"n":1}');
  test.each([
    ["a document that is not JSON", create("{oops"), "document_parsing_exception"],
    ["one that is no object", create("[1]"), "document_parsing_exception"],
    ["a blank one", create(""), "document_parsing_exception"],
    ["one over 1 MiB", create(`{"a":"${"x".repeat(1024 * 1024)}"}`), "document_parsing_exception"],
    [
      "one nested thousands deep",
      create(`{"a":${"[".repeat(1e5)}${"]".repeat(1e5)},"n":1.0}`),
      "document_parsing_exception",
    ],
    ["a delete, which has no document", '{"delete":{"_index":"logs","_id":"1"}}\n', "illegal_argument_exception"],
    ["an update", '{"update":{"_index":"logs","_id":"1"}}\n{"doc":{}}\n', "illegal_argument_exception"],
    ["an action that is not JSON, with its document", 'nonsense\n{"a":1}\n', "illegal_argument_exception"],
    ["an unknown action, with its document", '{"upsert":{}}\n{"a":1}\n', "illegal_argument_exception"],
    ["an action of two, with its document", '{"index":{},"create":{}}\n{"a":1}\n', "illegal_argument_exception"],
    ["an action that is not JSON, without one", "nonsense\n", "illegal_argument_exception"],
    ["an index that cannot be one", create('{"a":1}', '{"_index":"No/Index"}'), "invalid_index_name_exception"],
  ])("%s", async (_, bad, type) => {
    const { status, answer, statuses } = await bulk(good + bad + good);
    expect(statuses).toEqual([201, 400, 201]);
    expect(Object.values(answer.items[1] ?? {})[0]?.error?.type).toBe(type);
    expect([status, answer.errors]).toEqual([200, true]);
    expect(await payloads()).toEqual(['{"n":1}', '{"n":1}']);
  });

  test("bytes that are not UTF-8", async () => {
    const { statuses } = await bulk(Buffer.from(good + create('{"a":"\xe9"}') + good, "latin1"));
    expect(statuses).toEqual([201, 400, 201]);
    expect(await payloads()).toHaveLength(2);
  });

  test("an action at the end without a document, and a last line without an end", async () => {
    expect((await bulk(`${good}{"index":{}}`)).statuses).toEqual([201, 400]);
    expect((await bulk(good.trimEnd())).statuses).toEqual([201]);
    await payloads();
  });
});

describe("a stream that takes no more", () => {
  const body = ["a", "b", "c"].map((name) => create(`{"name":"${name}"}`)).join("");
  const throttle = (wanted: RegExp) => (payload: string) =>
    wanted.test(payload) ? "ProvisionedThroughputExceededException" : undefined;

  test("what is throttled at first is sent again, alone", async () => {
    let refusals = 0;
    lab.refuse = (payload) => (payload.includes('"b"') && refusals++ < 2 ? "InternalFailure" : undefined);
    const { statuses } = await bulk(body);
    expect(statuses).toEqual([201, 201, 201]);
    expect((await payloads()).sort()).toEqual(['{"name":"a"}', '{"name":"b"}', '{"name":"c"}']);
  });

  test("what stays throttled is 429, and only that", async () => {
    lab.refuse = throttle(/"b"/);
    const { status, answer, statuses } = await bulk(body);
    expect(statuses).toEqual([201, 429, 201]);
    expect(answer.items[1]?.create?.error?.type).toBe("es_rejected_execution_exception");
    expect(status).toBe(200);
    expect(await payloads()).toHaveLength(2);
    expect(JSON.parse(lab.lines[0] ?? "")).toMatchObject({
      level: "WARN",
      BulkItems: 3,
      BulkTaken: 2,
      BulkToComeAgain: 1,
    });
  });

  test("when nothing is taken the answer itself is 429, and has the items all the same", async () => {
    lab.refuse = throttle(/./);
    const { status, statuses, answer } = await bulk(body);
    expect(status).toBe(429);
    expect(answer).toMatchObject({ errors: true, status: 429, error: { type: "es_rejected_execution_exception" } });
    expect(statuses).toEqual([429, 429, 429]);
    expect(await payloads()).toEqual([]);
  });

  test.each(["syslog-ng 3.38.1/libcurl 7.88.1", "Vector/0.40.0 (x86_64)"])(
    "%s, which reads no items, hears 429",
    async (agent) => {
      lab.refuse = throttle(/"b"/);
      expect((await bulk(body, { "user-agent": agent })).status).toBe(429);
      await payloads();
    },
  );

  test("a failure of the stream is 503, not 429", async () => {
    lab.refuse = () => "InternalFailure";
    expect(await bulk(body)).toMatchObject({ status: 503, statuses: [503, 503, 503] });
  });

  test.each([
    ["a call that is throttled as a whole is tried again", "ProvisionedThroughputExceededException", 429],
    ["one that is refused for good is not", "ResourceNotFoundException", 503],
  ])("%s", async (_, code, status) => {
    let calls = 0;
    lab.refuse = () => {
      calls++;
      throw new ServiceError(code, "no");
    };
    expect(await bulk(create("{}"))).toMatchObject({ status, statuses: [status] });
    expect(calls > 1).toBe(status === 429);
  });

  test("one document alone has the status for its own", async () => {
    lab.refuse = throttle(/./);
    const response = await lab.send("POST", "/logs/_doc", "{}");
    expect(response.status).toBe(429);
  });
});

describe("bodies that are refused as a whole", () => {
  test.each<[string, number, string | Uint8Array, Record<string, string>]>([
    ["an empty one", 400, "", {}],
    ["nothing but newlines", 400, "\n".repeat(4_000_000), {}],
    ["one over Lambda's 6 MB", 413, create(`{"a":"${"x".repeat(7e6)}"}`), { "content-type": "application/json" }],
    ["a gzip bomb", 413, gzipSync(Buffer.alloc(100e6, " ")), { "content-encoding": "gzip" }],
    ["more items than an answer holds", 413, gzipSync(create("{}").repeat(100_000)), { "content-encoding": "gzip" }],
    ["something that is no gzip", 400, "{}", { "content-encoding": "gzip" }],
    ["an unknown encoding", 415, "{}", { "content-encoding": "br" }],
  ])("%s: %i", async (_, status, body, headers) => {
    expect((await bulk(body, headers)).status).toBe(status);
    expect(await payloads()).toEqual([]);
  });

  test("the largest answer that can be fits Lambda's 6 MB", async () => {
    const longest = create("{}", `{"_index":"${"i".repeat(255)}","_id":"${"\\u0001".repeat(100)}"}`);
    const body = gzipSync(longest.repeat(6_291_456 / (300 + 2 * (257 + 602)) - 1));
    lab.refuse = () => "ProvisionedThroughputExceededException";
    const response = await lab.send("POST", "/_bulk", body, { "content-encoding": "gzip" });
    const text = await response.text();
    expect(Buffer.byteLength(JSON.stringify({ body: text }))).toBeLessThan(6_291_456);
    expect(text.length).toBeGreaterThan(2_000_000);
  });
});

test("a request with documents logs one line: counts as metrics, and nothing of the documents", async () => {
  await bulk(create('{"password":"hunter2"}') + create("hunter2"));
  await payloads();
  expect(lab.lines).toHaveLength(1);
  expect(JSON.parse(lab.lines[0] ?? "")).toMatchObject({ message: "bulk", BulkItems: 2, BulkTaken: 1, BulkRefused: 1 });
  expect(lab.lines[0]).not.toContain("hunter2");
});
