import { request as httpRequest } from "node:http";
import type { LambdaFunctionURLEvent } from "aws-lambda";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type ServedUrl, serveFunctionUrl } from "../../../infra/local/function-url.ts";
import type { Invocation } from "../../../infra/local/lambda/sandbox.ts";

let served: ServedUrl;
let events: LambdaFunctionURLEvent[] = [];
let result: unknown = { statusCode: 204 };
let failure: "error" | "timeout" | "crash" | undefined;

async function invoke(event: LambdaFunctionURLEvent): Promise<Invocation> {
  events.push(event);
  const error = { errorType: "Error", errorMessage: "secret detail", trace: [] };
  if (failure) return { ok: false, requestId: "r", kind: failure, error };
  return { ok: true, requestId: "r", result: JSON.parse(JSON.stringify(result)) };
}

beforeAll(async () => {
  served = await serveFunctionUrl({ port: 0, invoke });
});
beforeEach(() => {
  events = [];
  result = { statusCode: 204 };
  failure = undefined;
});
afterAll(() => served.close());

describe("a request becomes an event of payload format 2.0", () => {
  test("path and query as they were sent, headers in lower case, parameters decoded", async () => {
    await fetch(`${served.url}/a%2Fb/_bulk?x=1&x=2&y=%20z`, {
      method: "PUT",
      headers: { "X-One": "1", "user-agent": "me", cookie: "a=b; c=d", "content-type": "application/json" },
      body: '{"é":1}',
    });
    expect(events[0]).toMatchObject({
      version: "2.0",
      rawPath: "/a%2Fb/_bulk",
      rawQueryString: "x=1&x=2&y=%20z",
      queryStringParameters: { x: "1,2", y: " z" },
      cookies: ["a=b", "c=d"],
      headers: { "x-one": "1", host: `127.0.0.1:${served.port}` },
      requestContext: { http: { method: "PUT", path: "/a%2Fb/_bulk", userAgent: "me", sourceIp: "127.0.0.1" } },
      body: '{"é":1}',
      isBase64Encoded: false,
    });
  });

  test.each([
    ["JSON", "application/json; charset=utf-8", false],
    ["text", "text/plain", false],
    ["NDJSON", "application/x-ndjson", true],
    ["Elastic's JSON", "application/vnd.elasticsearch+json;compatible-with=8", false],
    ["anything else", "application/octet-stream", true],
  ])("%s: base64 is %s %s", async (_, type, isBase64Encoded) => {
    await fetch(served.url, { method: "POST", headers: { "content-type": type }, body: "{}" });
    expect(events[0]).toMatchObject({ isBase64Encoded, body: isBase64Encoded ? "e30=" : "{}" });
  });

  test("a compressed body, or one that is not UTF-8, arrives untouched", async () => {
    const body = Buffer.of(0x1f, 0x8b, 0, 0xff);
    const headers = { "content-type": "application/json" };
    await fetch(served.url, { method: "POST", headers, body });
    await fetch(served.url, { method: "POST", headers: { ...headers, "content-encoding": "gzip" }, body: "{}" });
    expect(events.map((event) => event.body)).toEqual([body.toString("base64"), "e30="]);
  });

  test("a request without a body has none", async () => {
    await fetch(served.url);
    expect(events[0]).not.toHaveProperty("body");
    expect(events[0]).not.toHaveProperty("queryStringParameters");
  });
});

describe("a result becomes an answer", () => {
  test.each<[string, unknown, number, string]>([
    ["a status and a body", { statusCode: 201, body: "made" }, 201, "made"],
    ["a body in base64", { statusCode: 200, body: "/w==", isBase64Encoded: true }, 200, "\ufffd"],
    ["a status alone", { statusCode: 404 }, 404, ""],
    ["anything else is the body of a 200", { a: 1 }, 200, '{"a":1}'],
  ])("%s", async (_, given, status, text) => {
    result = given;
    const response = await fetch(served.url);
    expect([response.status, await response.text()]).toEqual([status, text]);
  });

  test("headers come through, and HEAD gets no body", async () => {
    result = { statusCode: 200, headers: { "X-Elastic-Product": "Elasticsearch" }, body: "12345" };
    const response = await fetch(served.url, { method: "HEAD" });
    expect(response.headers.get("x-elastic-product")).toBe("Elasticsearch");
    expect([response.headers.get("content-length"), await response.text()]).toEqual(["5", ""]);
  });

  test.each(["error", "timeout", "crash"] as const)(
    "a function that ends in %s is 502, without its details",
    async (kind) => {
      failure = kind;
      const response = await fetch(served.url);
      expect(response.status).toBe(502);
      expect(await response.text()).not.toContain("secret detail");
    },
  );
});

test("an event over Lambda's 6 MB is 413, base64 included, and the function is not invoked", async () => {
  for (const [type, bytes] of [
    ["text/plain", 6.4e6],
    ["application/x-ndjson", 5e6],
  ] as const) {
    const body = "x".repeat(bytes);
    expect((await fetch(served.url, { method: "POST", headers: { "content-type": type }, body })).status).toBe(413);
  }
  expect(events).toEqual([]);
});

describe("a browser's page from elsewhere is refused", () => {
  const status = (headers: Record<string, string>) =>
    new Promise((resolve, reject) => {
      httpRequest(served.url, { headers }, (response) => resolve(response.resume().statusCode))
        .on("error", reject)
        .end();
    });

  test.each([
    ["its origin", { origin: "https://example.com" }, 403],
    ["a name that was made to point here", { host: "example.com" }, 403],
    ["localhost is fine", { host: "localhost:9200", origin: "http://localhost:9200" }, 204],
  ])("%s", async (_, headers, expected) => {
    expect(await status(headers)).toBe(expected);
  });
});

test("a taken port says which", async () => {
  const taken = serveFunctionUrl({ port: served.port, invoke });
  await expect(taken).rejects.toThrow(`port ${served.port} of 127.0.0.1 cannot be used (EADDRINUSE)`);
});

test("closing ends requests that are under way", async () => {
  const reached = Promise.withResolvers<void>();
  const stuck = await serveFunctionUrl({
    port: 0,
    invoke: () => {
      reached.resolve();
      return new Promise(() => {});
    },
  });
  const answer = fetch(stuck.url);
  await reached.promise;
  await Promise.all([stuck.close(), expect(answer).rejects.toThrow()]);
});
