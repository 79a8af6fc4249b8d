import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { Firehose } from "@aws-sdk/client-firehose";
import { S3 } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serviceIn } from "../../handlers/aws/call.ts";
import { createFirehose } from "../../handlers/aws/firehose.ts";
import { objectWriter } from "../../handlers/aws/s3.ts";
import { sign } from "../../handlers/aws/sign.ts";

interface Seen {
  readonly method: "POST" | "PUT";
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const seen: Seen[] = [];
/** Statuses of the answers to come; 200 after the last one. */
let statuses: number[] = [];
let server: Server;
let endpoint = "";

const KEYS = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  sessionToken: "a+b/c=",
};

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const body = await buffer(request);
    const method = request.method === "PUT" ? "PUT" : "POST";
    seen.push({ method, path: request.url ?? "", headers: request.headers, body });
    const status = statuses.shift() ?? 200;
    const refusal = status === 200 ? "" : "<Error><Code>SlowDown</Code></Error>";
    response.writeHead(status).end(method === "PUT" ? refusal : "{}");
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const environment = () => ({
  AWS_REGION: "us-east-1",
  AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
  AWS_SESSION_TOKEN: KEYS.sessionToken,
  AWS_ENDPOINT_URL: endpoint,
});

const firehoseInput = {
  DeliveryStreamName: "lake",
  Records: [{ Data: Buffer.from("caf\u00e9\n") }, { Data: Buffer.alloc(0) }],
};
const abortSignal = new AbortController().signal;
const KEY = "a b/\u00fc+$&'()*!~:=@/2026";

/** Signs again what came in, with the headers that its own signature covers. */
function signedAgain({ method, path, headers, body }: Seen, service: string): string | undefined {
  const names = /SignedHeaders=([^,]+)/.exec(headers.authorization ?? "")?.[1]?.split(";") ?? [];
  const covered = Object.fromEntries(names.map((name) => [name, String(headers[name])]));
  const at = Date.parse(String(headers["x-amz-date"]).replace(/^(....)(..)(..)T(..)(..)(..)Z$/, "$1-$2-$3T$4:$5:$6Z"));
  const url = new URL(path.replace(/\?.*/, ""), endpoint);
  return sign({ method, url, headers: covered, body }, KEYS, { region: "us-east-1", service }, at).authorization;
}

describe("the functions' own calls", () => {
  test("Firehose gets what the SDK would send it, and each signs as the other does", async () => {
    const sdk = new Firehose({ endpoint, region: "us-east-1", credentials: KEYS });
    await sdk.putRecordBatch(firehoseInput);
    await createFirehose(environment()).putRecordBatch(firehoseInput, { abortSignal });
    const [theirs, ours] = seen.splice(0);
    if (!theirs || !ours) throw new Error("a call is missing");
    expect(JSON.parse(ours.body.toString())).toEqual(JSON.parse(theirs.body.toString()));
    for (const name of ["x-amz-target", "content-type", "x-amz-security-token", "host"])
      expect(ours.headers[name]).toBe(theirs.headers[name]);
    for (const call of [theirs, ours]) expect(signedAgain(call, "firehose")).toBe(call.headers.authorization);
  });

  test("S3 gets what the SDK would send it under an awkward key, and each signs as the other does", async () => {
    const s3 = new S3({
      endpoint,
      region: "us-east-1",
      credentials: KEYS,
      forcePathStyle: true,
      requestChecksumCalculation: "WHEN_REQUIRED",
    });
    await s3.putObject({ Bucket: "lake", Key: KEY, Body: Buffer.from("payload") });
    await objectWriter(environment())("lake", KEY, Buffer.from("payload"));
    const [theirs, ours] = seen.splice(0);
    if (!theirs || !ours) throw new Error("a call is missing");
    expect(ours.path).toBe(theirs.path.replace(/\?.*/, ""));
    expect(ours.body.equals(theirs.body)).toBe(true);
    expect(signedAgain(ours, "s3")).toBe(ours.headers.authorization);
  });

  test("an object is tried three times while S3 is not to be had, and once when it is refused", async () => {
    const write = objectWriter(environment());
    statuses = [503, 503];
    await write("lake", "key", Buffer.from("x"));
    statuses = [503, 503, 503];
    await expect(write("lake", "key", Buffer.from("x"))).rejects.toThrow("s3://lake/key was not written: 503 SlowDown");
    statuses = [403];
    await expect(write("lake", "key", Buffer.from("x"))).rejects.toThrow("403 SlowDown");
    expect(seen.splice(0).length).toBe(3 + 3 + 1);
  });
});

describe("where a service is", () => {
  test.each([
    [{}, "https://firehose.us-east-1.amazonaws.com/"],
    [{ AWS_REGION: "cn-north-1" }, "https://firehose.cn-north-1.amazonaws.com.cn/"],
    [{ AWS_USE_FIPS_ENDPOINT: "true" }, "https://firehose-fips.us-east-1.amazonaws.com/"],
    [{ AWS_ENDPOINT_URL: "http://127.0.0.1:1" }, "http://127.0.0.1:1/"],
    [{ AWS_ENDPOINT_URL: "http://a", AWS_ENDPOINT_URL_FIREHOSE: "http://b" }, "http://b/"],
  ])("%j", (env, url) => {
    expect(serviceIn({ ...environment(), AWS_ENDPOINT_URL: "", ...env }, "firehose").endpoint.href).toBe(url);
  });

  test("an environment that is not Lambda's is refused", () => {
    expect(() => serviceIn({}, "s3")).toThrow(/AWS_REGION.* is not set/);
  });
});
