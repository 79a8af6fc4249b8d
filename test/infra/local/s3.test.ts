import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ObjectCreated, openS3, type S3 } from "../../../infra/local/s3/s3.ts";

const Bucket = "lake";
let root: string;
let s3: S3;
let server: Server;
let client: S3Client;
const events: ObjectCreated[] = [];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "s3-"));
  await open();
  await client.send(new CreateBucketCommand({ Bucket }));
});

afterAll(async () => {
  await close();
  rmSync(root, { recursive: true });
});

async function open(): Promise<void> {
  s3 = await openS3(root);
  s3.onObjectCreated((event) => void events.push(event));
  server = createServer((request, response) => s3.handler(request, response));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  client = new S3Client({
    endpoint: `http://127.0.0.1:${port}`,
    region: "us-east-1",
    credentials: { accessKeyId: "any", secretAccessKey: "any" },
    maxAttempts: 1,
  });
}

async function close(): Promise<void> {
  client.destroy();
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  await s3.close();
}

const put = (Key: string, Body: string | Uint8Array | Readable, more = {}) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));

async function get(Key: string, more = {}): Promise<Buffer> {
  const answer = await client.send(new GetObjectCommand({ Bucket, Key, ...more }));
  return Buffer.from((await answer.Body?.transformToByteArray()) ?? []);
}

const rejected = (promise: Promise<unknown>) => promise.then(() => "accepted").catch((error: Error) => error.name);

async function keys(options: { Prefix?: string; Delimiter?: string; MaxKeys?: number } = {}): Promise<string[]> {
  const found: string[] = [];
  for (let ContinuationToken: string | undefined; ; ) {
    const page = await client.send(new ListObjectsV2Command({ Bucket, ...options, ContinuationToken }));
    found.push(...(page.Contents ?? []).map(({ Key }) => Key ?? ""));
    found.push(...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix ?? ""));
    if (!page.IsTruncated) return found;
    ContinuationToken = page.NextContinuationToken;
  }
}

describe("objects", () => {
  test("an object is a plain file with exactly its bytes, and nothing else is in the bucket's folder", async () => {
    const bytes = randomBytes(8192);
    await put("plain/year=2026/x.json.gz", bytes);
    expect(readFileSync(join(root, Bucket, "plain/year=2026/x.json.gz")).equals(bytes)).toBe(true);
    expect(readdirSync(join(root, Bucket, "plain/year=2026"))).toEqual(["x.json.gz"]);
    expect(await get("plain/year=2026/x.json.gz")).toEqual(bytes);
  });

  test("a stream sent as aws-chunked with a trailing checksum is stored without its framing", async () => {
    const bytes = randomBytes(300_000);
    const body = Readable.from([bytes.subarray(0, 10), bytes.subarray(10, 200_000), bytes.subarray(200_000)]);
    const answer = await put("stream", body, { ContentLength: bytes.length });
    expect(answer.ChecksumCRC32).toBeDefined();
    expect(await get("stream", { ChecksumMode: "ENABLED" })).toEqual(bytes);
  });

  test.each(["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const)(
    "%s is checked, kept and given back",
    async (ChecksumAlgorithm) => {
      await put("sum", "some bytes", { ChecksumAlgorithm });
      const head = await client.send(new HeadObjectCommand({ Bucket, Key: "sum", ChecksumMode: "ENABLED" }));
      expect(head[`Checksum${ChecksumAlgorithm}`]).toBeDefined();
      const wrong = put("sum2", "some bytes", { [`Checksum${ChecksumAlgorithm}`]: "AAAAAA==" });
      expect(await rejected(wrong)).toBe("BadDigest");
      expect(existsSync(join(root, Bucket, "sum2"))).toBe(false);
    },
  );

  test("headers and user metadata come back as they were put", async () => {
    await put("meta", "x", { ContentType: "application/json", ContentEncoding: "gzip", Metadata: { who: "mo" } });
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: "meta" }));
    expect(head).toMatchObject({
      ContentType: "application/json",
      ContentEncoding: "gzip",
      ContentLength: 1,
      Metadata: { who: "mo" },
      ETag: '"9dd4e461268c8034f5c8564e155c67a6"',
    });
  });

  test.each([
    ["bytes=2-4", "234"],
    ["bytes=7-", "789"],
    ["bytes=-2", "89"],
    ["bytes=8-99", "89"],
  ])("range %s", async (Range, expected) => {
    await put("digits", "0123456789");
    expect((await get("digits", { Range })).toString()).toBe(expected);
  });

  test("what cannot be served says why", async () => {
    await put("digits", "0123456789");
    expect(await rejected(get("digits", { Range: "bytes=10-" }))).toBe("InvalidRange");
    expect(await rejected(get("missing"))).toBe("NoSuchKey");
    expect(await rejected(client.send(new GetObjectCommand({ Bucket: "nowhere", Key: "x" })))).toBe("NoSuchBucket");
    expect(await rejected(client.send(new GetObjectAclCommand({ Bucket, Key: "digits" })))).toBe("NotImplemented");
    expect(await rejected(put("digits", "new", { IfNoneMatch: "*" }))).toBe("PreconditionFailed");
    expect(await rejected(put("k".repeat(1025), "x"))).toBe("KeyTooLongError");
    expect(await rejected(client.send(new DeleteBucketCommand({ Bucket })))).toBe("BucketNotEmpty");
  });

  test("a copy has the bytes and the headers, and deleting leaves no empty folder", async () => {
    await put("from/here", "text", { ContentType: "text/plain" });
    await client.send(new CopyObjectCommand({ Bucket, Key: "to/there ü", CopySource: `${Bucket}/from/here` }));
    expect((await get("to/there ü")).toString()).toBe("text");
    await client.send(new DeleteObjectCommand({ Bucket, Key: "from/here" }));
    expect(existsSync(join(root, Bucket, "from"))).toBe(false);
    const Delete = { Objects: [{ Key: "to/there ü" }, { Key: "never was" }] };
    const deleted = await client.send(new DeleteObjectsCommand({ Bucket, Delete }));
    expect(deleted.Deleted).toHaveLength(2);
    expect(await keys({ Prefix: "to/" })).toEqual([]);
  });

  test("every object stored is told once, with its size", async () => {
    const before = events.length;
    await put("told", "12345");
    await s3.put(Bucket, "told", Buffer.from("123"), { "content-type": "text/plain" });
    const [first, second, ...more] = events.slice(before);
    expect([first?.size, second?.size, more.length]).toEqual([5, 3, 0]);
    expect((second?.sequencer ?? "") > (first?.sequencer ?? "")).toBe(true);
  });
});

describe("keys", () => {
  const ODD = [
    "../escape",
    "a/../../b",
    "folder/",
    "a//b",
    "/lead",
    ".",
    "..",
    "s".repeat(300),
    "tab\tnew\nline",
    "x&<y>\"'",
    "per%cent+plus ",
    "ü/日本",
  ];

  test("keys that are no file names are kept apart, inside the root", async () => {
    for (const key of ODD) await put(key, key);
    for (const key of ODD) {
      expect((await get(key)).toString()).toBe(key);
      expect(s3.pathOf(Bucket, key).startsWith(`${root}/`)).toBe(true);
    }
    expect(await keys()).toEqual(expect.arrayContaining(ODD));
    expect(existsSync(join(root, "escape"))).toBe(false);
    const Delete = { Objects: ODD.map((Key) => ({ Key })) };
    await client.send(new DeleteObjectsCommand({ Bucket, Delete }));
    expect(await keys({ Prefix: ".." })).toEqual([]);
  });

  test("any key that S3 allows is stored and found by its name", async () => {
    // The SDK reads an element of nothing but blanks and line ends as an empty one, however these are written.
    const isListed = (name: string) => name.trim() !== "" || !name.includes("\n");
    const key = fc.string({ unit: "binary", minLength: 1, maxLength: 60 }).filter(isListed);
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(key, { maxLength: 5 }), async (names) => {
        for (const name of names) await s3.put(Bucket, name, Buffer.from(name));
        for (const name of names) expect(readFileSync(s3.pathOf(Bucket, name), "utf8")).toBe(name);
        for (const name of names) expect(s3.pathOf(Bucket, name).startsWith(`${root}/`)).toBe(true);
      }),
      { numRuns: 50 },
    );
    const all = await keys();
    for (const Key of all) await client.send(new DeleteObjectCommand({ Bucket, Key }));
    expect(await keys()).toEqual([]);
    expect(readdirSync(join(root, Bucket))).toEqual([]);
  });

  test("a key may be a file and the folder of others", async () => {
    await put("both", "1");
    await put("both/below", "2");
    await put("other/below", "3");
    await put("other", "4");
    expect([await get("both"), await get("both/below"), await get("other")].map(String)).toEqual(["1", "2", "4"]);
  });

  test("2,500 keys are listed in pages, rolled up by a delimiter, in byte order", async () => {
    const names = Array.from({ length: 2500 }, (_, i) => `page/${i % 5}/${String(i).padStart(5, "0")}`);
    for (const name of names) await s3.put(Bucket, name, Buffer.from("x"));
    expect(await keys({ Prefix: "page/" })).toEqual(names.sort());
    expect(await keys({ Prefix: "page/", Delimiter: "/", MaxKeys: 2 })).toEqual(
      [0, 1, 2, 3, 4].map((i) => `page/${i}/`),
    );
    const old = await client.send(new ListObjectsCommand({ Bucket, Prefix: "page/", Marker: names[1499] ?? "" }));
    expect([old.Contents?.length, old.Contents?.[0]?.Key, old.IsTruncated]).toEqual([1000, names[1500], false]);
    for (const name of ["z\u{ffff}", "z\u{10000}"]) await put(name, "x");
    expect(await keys({ Prefix: "z" })).toEqual(["z\u{ffff}", "z\u{10000}"]);
  });
});

describe("multipart", () => {
  test("parts become one object with S3's ETag; a wrong part is refused", async () => {
    const Key = "big";
    const parts = [randomBytes(5 * 1024 * 1024), randomBytes(1000)];
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key, ContentType: "a/b" }));
    const Parts = [];
    for (const [index, Body] of parts.entries()) {
      const part = { Bucket, Key, UploadId, PartNumber: index + 1 };
      const { ETag } = await client.send(new UploadPartCommand({ ...part, Body }));
      Parts.push({ ETag, PartNumber: index + 1 });
    }
    const listed = await client.send(new ListPartsCommand({ Bucket, Key, UploadId }));
    expect(listed.Parts?.map((part) => part.Size)).toEqual([5 * 1024 * 1024, 1000]);
    const complete = (MultipartUpload: { Parts: { ETag: string | undefined; PartNumber: number }[] }) =>
      client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }));
    expect(await rejected(complete({ Parts: [{ ETag: '"no"', PartNumber: 1 }] }))).toBe("InvalidPart");
    expect(await rejected(complete({ Parts: [...Parts].reverse() }))).toBe("InvalidPartOrder");
    const done = await complete({ Parts });
    expect(done.ETag).toMatch(/^"[0-9a-f]{32}-2"$/);
    expect((await get(Key)).equals(Buffer.concat(parts))).toBe(true);
    expect(events.at(-1)).toMatchObject({ eventName: "ObjectCreated:CompleteMultipartUpload", size: 5243880 });
    expect(await rejected(complete({ Parts }))).toBe("NoSuchUpload");
  });

  test("an aborted upload leaves nothing", async () => {
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: "gone" }));
    await client.send(new UploadPartCommand({ Bucket, Key: "gone", UploadId, PartNumber: 1, Body: "x" }));
    await client.send(new AbortMultipartUploadCommand({ Bucket, Key: "gone", UploadId }));
    expect(await rejected(get("gone"))).toBe("NoSuchKey");
    expect(readdirSync(join(root, ".meta/uploads"))).toEqual([]);
  });
});

describe("the folder", () => {
  test("what was stored is there when the store opens again; files added by hand are objects, removed ones are not", async () => {
    await put("kept", "kept", { ContentType: "text/plain" });
    await put("removed", "x");
    await put("changed", "before", { ContentType: "text/plain" });
    await put("odd//key", "odd");
    await close();
    writeFileSync(join(root, Bucket, "by-hand.txt"), "added");
    writeFileSync(join(root, Bucket, "changed"), "longer than before");
    rmSync(join(root, Bucket, "removed"));
    await open();
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: "kept" }));
    expect(head.ContentType).toBe("text/plain");
    expect((await get("by-hand.txt")).toString()).toBe("added");
    expect((await get("changed")).toString()).toBe("longer than before");
    expect((await get("odd//key")).toString()).toBe("odd");
    expect(await rejected(get("removed"))).toBe("NoSuchKey");
    const { Buckets } = await client.send(new ListBucketsCommand({}));
    expect(Buckets?.map(({ Name }) => Name)).toEqual([Bucket]);
  });

  test("a second store on the same folder is refused", async () => {
    await expect(openS3(root)).rejects.toThrow(/is another lake running on this folder/);
  });
});
