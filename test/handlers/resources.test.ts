import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loading } from "../../handlers/aws/loading.ts";
import { placeOpener } from "../../handlers/places.ts";
import { loadResources, type Open, prepared } from "../../handlers/resources.ts";

const folder = mkdtempSync(join(tmpdir(), "lake-resources-"));
afterAll(() => rmSync(folder, { recursive: true }));

function open(content: string | Buffer): Open {
  return async () => ({ stream: Readable.from([Buffer.from(content)]), bytes: Buffer.byteLength(content) });
}

const load = (name: string, content: string | Buffer) => loadResources({ geo: [], lookups: [name] }, open(content));

describe("a lookup table", () => {
  test.each([
    ["threats.csv", "﻿match,tag\n# a comment\nmo,vip\n"],
    ["threats.csv", 'tag,match\nvip," mo "\n'],
    ["threats.tsv", "match\ttag\nmo\tvip\n"],
    ["threats.json", '[{"match":"mo","tag":"vip"}]'],
    ["threats.ndjson", '{"match":"mo","tag":"vip"}\n\n'],
    ["lists/threats.JSONL", '{"match":"mo","tag":"vip"}\r\n'],
  ])("%s is read from %j", async (name, content) => {
    const { resources, problems, isComplete } = await load(name, content);
    expect(resources.lookups?.value("mo")).toMatchObject([{ table: "threats", tag: "vip" }]);
    expect([problems, isComplete]).toEqual([[], true]);
  });

  test("may be gzip", async () => {
    const { resources } = await load("s3://lists/a/threats.csv.gz", gzipSync("match,tag\nmo,vip\n"));
    expect(resources.lookups?.value("mo")).toMatchObject([{ table: "threats" }]);
  });

  test("is used without the rows that are wrong, which are told", async () => {
    const { resources, problems, isComplete } = await load(
      "t.csv",
      "match,severity\nmo,HIGH\njo,ERROR\n,\n10.0.0.0/99,\n",
    );
    expect(resources.lookups?.value("jo")).toHaveLength(1);
    expect(isComplete).toBe(true);
    expect(problems).toEqual([expect.stringMatching(/^t\.csv: 3 of 4 rows are left out: row 1: .*HIGH.*row 4: /)]);
  });

  test.each([
    ["no JSON", "t.json", "nonsense"],
    ["no list", "t.json", "{}"],
    ["no gzip", "t.csv.gz", "match\nmo\n"],
    ["a quote without an end", "t.csv", `match\n"${"x".repeat(200_000)}`],
    ["another kind of file", "t.xlsx", "x"],
  ])("with %s in it cannot be used: what asks it is told why", async (_, name, content) => {
    const { resources, problems, isComplete } = await load(name, content);
    expect(isComplete).toBe(false);
    expect(problems).toEqual([expect.stringContaining(`enrich: ${name} cannot be used (`)]);
    expect(() => resources.lookups?.value("mo")).toThrow(`enrich: ${name} cannot be used`);
  });
});

test("what no setting names is not there", async () => {
  expect(await loadResources({ geo: [], lookups: [] }, open(""))).toEqual({
    resources: {},
    problems: [],
    isComplete: true,
  });
});

test("a database that is none cannot be used", async () => {
  const { problems } = await loadResources({ geo: ["x.mmdb"], lookups: [] }, open("nonsense"));
  expect(problems).toEqual([expect.stringContaining("enrich: x.mmdb cannot be used (")]);
});

describe("a function", () => {
  const places = { geo: [], lookups: ["t.csv"] };
  const make = (resources: object) => resources;

  test("loads once", async () => {
    let opened = 0;
    const counted: Open = (place) => {
      opened++;
      return open("match\nmo\n")(place);
    };
    const ready = prepared(places, { open: counted, tell() {}, now: Date.now }, make);
    expect(await ready()).toBe(await ready());
    expect(opened).toBe(1);
  });

  test("works without what could not be loaded, says so, and tries again a minute later", async () => {
    const told: string[] = [];
    let now = 0;
    let works = false;
    const failing: Open = async (place) => {
      if (!works) throw new Error("S3 answered 404 NoSuchKey");
      return open("match\nmo\n")(place);
    };
    const ready = prepared(places, { open: failing, tell: (problem) => told.push(problem), now: () => now }, make);
    const first = await ready();
    expect(told).toEqual(["enrich: t.csv cannot be used (S3 answered 404 NoSuchKey); events go on without it"]);
    works = true;
    now = 59_999;
    expect(await ready()).toBe(first);
    now = 60_000;
    expect(await ready()).not.toBe(first);
    expect(told).toHaveLength(1);
  });
});

describe("places", () => {
  let server: Server;
  const asked: string[] = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers.authorization?.slice(0, 16)}`);
      const isThere = request.url?.endsWith(".csv") === true;
      response.writeHead(isThere ? 200 : 403).end(isThere ? "match\nmo\n" : "<Error><Code>AccessDenied</Code></Error>");
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  });
  afterAll(() => void server.close());

  const env = () => ({
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "a",
    AWS_SECRET_ACCESS_KEY: "b",
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    LAMBDA_TASK_ROOT: folder,
  });

  test("an object is asked for with the function's own signature", async () => {
    const { resources } = await loadResources({ geo: [], lookups: ["s3://lists/a b/t.csv"] }, loading(env()).open);
    expect(resources.lookups?.value("mo")).toHaveLength(1);
    expect(asked.at(-1)).toBe("GET /lists/a%20b/t.csv AWS4-HMAC-SHA256");
  });

  test("a refusal is told with S3's own code", async () => {
    const { problems } = await loadResources({ geo: ["s3://lists/x.mmdb"], lookups: [] }, loading(env()).open);
    expect(problems).toEqual([expect.stringContaining("(S3 answered 403 AccessDenied)")]);
  });

  test("a path is one of the function's folder", async () => {
    writeFileSync(join(folder, "t.csv"), "match\nmo\n");
    const { stream, bytes } = await placeOpener(folder, () => Promise.reject(new Error("no")))("t.csv");
    expect([bytes, await text(stream)]).toEqual([9, "match\nmo\n"]);
  });
});
