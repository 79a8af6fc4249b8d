import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type {
  Dropped,
  Flow,
  Hours,
  Normalized,
  Quarantined,
  QuarantinedPayload,
  Query,
  Redriven,
  Schema,
} from "../../../infra/local/console/contract.ts";
import { serveConsole } from "../../../infra/local/console/server.ts";
import { type ConsoleLab, startConsoleLab, until } from "./console-lab.ts";

let lab: ConsoleLab;
beforeAll(async () => {
  lab = await startConsoleLab();
});
afterAll(() => lab?.close());

const HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\u001b[31m\u2028'\"`{{7*7}}";

describe("who may ask", () => {
  const schema = (headers: Record<string, string>) => lab.raw("GET", "/api/schema", headers);
  const without = (name: string) => Object.fromEntries(Object.entries(lab.own).filter(([key]) => key !== name));

  test("a call has the token, and comes from the console's own page and name", async () => {
    expect((await schema(lab.own)).status).toBe(200);
    const token = lab.own.authorization ?? "";
    expect((await schema({ authorization: token })).status).toBe(200);
    const refused: [Record<string, string>, number][] = [
      [without("authorization"), 401],
      [{ ...lab.own, authorization: token.slice(0, -1) }, 401],
      [{ ...lab.own, authorization: `Basic ${token}` }, 401],
      [{ ...lab.own, origin: "https://example.com" }, 403],
      [{ ...lab.own, origin: "null" }, 403],
      [{ ...lab.own, origin: `http://127.0.0.1:${lab.port + 1}` }, 403],
      [{ ...lab.own, host: "example.com" }, 403],
      [{ ...lab.own, host: `lake.localhost:${lab.port}` }, 403],
      [{ ...lab.own, host: "127.0.0.1" }, 403],
      [{ ...lab.own, "sec-fetch-site": "cross-site" }, 403],
      [{ ...lab.own, "sec-fetch-site": "same-site" }, 403],
    ];
    for (const [headers, status] of refused) {
      const { status: got, text } = await schema(headers);
      expect([headers, got]).toEqual([headers, status]);
      expect(JSON.parse(text)).toEqual({ error: expect.any(String), next: expect.any(String) });
    }
    expect((await schema({ ...lab.own, host: `localhost:${lab.port}` })).status).toBe(200);
  });

  test("a change says that the console's page asks for it", async () => {
    const { authorization = "" } = lab.own;
    const put = (headers: Record<string, string>) => lab.raw("POST", "/api/put", headers, "");
    expect((await put({ authorization })).status).toBe(403);
    expect((await put({ authorization, origin: `http://localhost:${lab.port}` })).status).toBe(200);
    expect((await put({ authorization, "sec-fetch-site": "same-origin" })).status).toBe(200);
    expect((await put({ authorization, origin: "http://evil.example" })).status).toBe(403);
  });

  test("another method, another path and a preflight are refused", async () => {
    const wrong = await lab.raw("POST", "/api/schema", lab.own);
    expect([wrong.status, wrong.headers.allow]).toEqual([405, "GET"]);
    expect((await lab.raw("GET", "/api/queries/", lab.own)).status).toBe(404);
    expect((await lab.raw("GET", "/api/nothing", lab.own)).status).toBe(404);
    expect((await lab.raw("POST", "/", lab.own)).status).toBe(405);
    const preflight = await lab.raw("OPTIONS", "/api/schema", { origin: "https://example.com" });
    expect(preflight.status).toBe(403);
  });

  test("no answer may be read elsewhere, framed, sniffed, or run anything of another origin", async () => {
    for (const path of ["/", "/main.js", "/api/schema", "/api/nothing"]) {
      const { headers } = await lab.raw("GET", path, lab.own);
      expect(headers).toMatchObject({
        "content-security-policy": expect.stringMatching(
          /^default-src 'none'; script-src 'self';.*frame-ancestors 'none'/,
        ),
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
      });
      expect(headers["content-security-policy"]).not.toContain("unsafe");
      expect(Object.keys(headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
    }
  });

  test("a body that is too large, or is not what was asked for, is refused with why", async () => {
    const large = await lab.raw("POST", "/api/queries", lab.own, Buffer.alloc(1024 * 1024 + 1, "x"));
    expect([large.status, JSON.parse(large.text).error]).toEqual([413, expect.stringContaining("1048576")]);
    const line = await lab.raw("POST", "/api/put", lab.own, Buffer.alloc(1024 * 1024 + 1, "x"));
    expect([line.status, JSON.parse(line.text).next]).toEqual([413, "Drop it as a file"]);
    for (const [method, path, body] of [
      ["POST", "/api/queries", "[1"],
      ["POST", "/api/queries", '{"sql":" "}'],
      ["POST", "/api/redrive", "{}"],
      ["POST", "/api/redrive", '{"dryRun":true,"hour":"yesterday"}'],
      ["GET", "/api/hours?days=400", ""],
      ["GET", "/api/events?hour=2026-11-24T99", ""],
      ["GET", "/api/quarantine/x'--", ""],
    ] as const) {
      const { status } = await lab.raw(method, path, lab.own, body);
      expect([path, status]).toEqual([path, 400]);
    }
  });
});

test("a port that is taken is named with the way out of it; unless one was asked for, the next free one is used", async () => {
  const serve = (port?: number) =>
    serveConsole({ port, token: "t", page: { find: async () => undefined }, routes: {}, log: () => {} });
  await expect(serve(lab.port)).rejects.toThrow(`port ${lab.port} of 127.0.0.1 cannot be used; choose another with`);
  const [first, second] = [await serve(), await serve()];
  expect(second.port).toBeGreaterThan(first.port);
  await Promise.all([first.close(), second.close()]);
});

test("the page's files are served without the token, and are all that is", async () => {
  const { text, headers } = await lab.raw("GET", "/", {});
  expect(headers["content-type"]).toBe("text/html; charset=utf-8");
  const files = [...text.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path ?? "");
  expect(files).toContain("/main.js");
  for (const path of files) expect([path, (await lab.raw("GET", path, {})).status]).toEqual([path, 200]);
  for (const path of ["/lake.json", "/../lake.json", "/%2e%2e/package.json", "/main.tsx"])
    expect([path, (await lab.raw("GET", path, {})).status]).toEqual([path, 404]);
});

describe("what flows", () => {
  test("what is put is counted through every part, and the ledger's equation holds", async () => {
    const lines = [...Array(20).keys()].map((i) => JSON.stringify({ probe: "flow", i }));
    const put = await lab.call("POST", "/api/put", `${lines.join("\n")}\n\nnot json\n`);
    expect(put).toEqual({ records: 21, failed: 0 });
    const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((a, b) => a + b, 0);
    const landed = (flow: Flow) => flow.landed.reduce((objects, one) => objects + one.objects, 0);
    const flow = await lab.flowUntil((one) => one.ledger.received >= 21 && landed(one) >= 2);
    const { stream, ledger, consumer } = flow;
    expect(stream).toMatchObject({ shards: 2, records: 21, iteratorAgeMs: expect.any(Number) });
    expect(stream.bytes).toBeGreaterThan(lines.join("").length);
    expect(ledger).toMatchObject({ received: 21, delivered: 20, quarantined: { invalid_json: 1 } });
    expect(ledger.received).toBe(ledger.delivered + sum(ledger.dropped) + sum(ledger.quarantined) + ledger.toComeAgain);
    expect(consumer).toMatchObject({ documents: 21, retries: 0 });
    expect(consumer.batches).toBeGreaterThan(0);
    expect(flow.landed.map(({ prefix }) => prefix.split("/")[0])).toContain("quarantine");
  });

  test("what Firehose holds is shown with the time until it is written", async () => {
    await lab.call("POST", "/api/put", '{"probe":"buffer"}');
    const { buffers } = await lab.flowUntil((one) => one.buffers.length > 0);
    expect(buffers[0]).toMatchObject({ prefix: expect.stringMatching(/^events\/year=/), records: 1 });
    expect(buffers[0]?.secondsToFlush).toBeLessThanOrEqual(1);
  });
});

/** Put at once, so that the tests after this one need not wait for each. */
const EVENTS = [
  `{"source":"hostile","summary":${JSON.stringify(HOSTILE)},"details":{"k<b>":${JSON.stringify(HOSTILE)},"n":12345678901234567890,"d":1.10}}`,
  '{"source":"late-one","utctimestamp":"2014-04-17T06:10:54+00:00","details":{}}',
];
const NO_TEXT = Buffer.concat([Buffer.from(HOSTILE), Buffer.from([0xff, 0xfe])]);
const FILES = {
  [`a b'${HOSTILE.slice(0, 8)}é.ndjson`]: '{"probe":"dropped","n":1}\n{"probe":"dropped","n":2}\n{"c":}\n',
  "cut.ndjson.gz": gzipSync(randomBytes(4096).toString("hex")).subarray(0, 500),
};

test("events and files are taken", async () => {
  const body = Buffer.concat([...EVENTS, NO_TEXT].flatMap((line) => [Buffer.from(line), Buffer.from("\n")]));
  expect(await lab.call("POST", "/api/put", body)).toEqual({ records: 3, failed: 0 });
  for (const [name, bytes] of Object.entries(FILES)) {
    const put = await lab.call("PUT", `/api/drop/${encodeURIComponent(name)}`, bytes);
    expect(put).toEqual({ key: `console/${name}`, bytes: Buffer.byteLength(bytes) });
  }
});

describe("SQL", () => {
  test("tables, functions and the workgroup's questions are there to complete from", async () => {
    const schema = await lab.call<Schema>("GET", "/api/schema");
    const events = schema.tables.find(({ name }) => name === "events");
    expect(events?.columns).toContainEqual({ name: "details", type: "string" });
    expect(events?.columns).toContainEqual({ name: "hour", type: "string" });
    expect(schema.functions).toContain("json_extract_scalar");
    expect(schema.questions.length).toBeGreaterThan(10);
    expect(schema.questions[0]).toEqual({
      name: expect.any(String),
      description: expect.any(String),
      sql: expect.any(String),
    });
  });

  test("a result comes in pages of a thousand rows, and whole as a file", async () => {
    const sql = "SELECT n, IF(n = 2, NULL, 'a\"b,c') AS t FROM UNNEST(sequence(1, 1500)) AS t(n) ORDER BY n";
    const { id } = await lab.call<{ id: string }>("POST", "/api/queries", { sql });
    const done = await until(
      () => lab.call<Query>("GET", `/api/queries/${id}`),
      ({ state }) => state === "SUCCEEDED",
    );
    expect(done.columns.map(({ name }) => name)).toEqual(["n", "t"]);
    expect(done.rows.slice(0, 2)).toEqual([
      ["1", 'a"b,c'],
      ["2", null],
    ]);
    const rest = await lab.call<Query>("GET", `/api/queries/${id}?next=${encodeURIComponent(done.next ?? "")}`);
    expect([done.rows.length + rest.rows.length, rest.next]).toEqual([1500, undefined]);
    const csv = await lab.raw("GET", `/api/queries/${id}/csv`, lab.own);
    expect(csv.headers["content-type"]).toBe("text/csv; charset=utf-8");
    expect(csv.text.split("\n").slice(0, 3)).toEqual(['"n","t"', '"1","a""b,c"', '"2",']);
  });

  test("a mistake is said with its place", async () => {
    const { state, error } = await lab.query("SELECT source,\n  nothing FROM events");
    expect(state).toBe("FAILED");
    expect(error).toEqual({ message: expect.stringContaining("nothing"), line: 2, column: 3 });
    expect((await lab.query("SELEC 1")).error?.message).toBeTruthy();
    for (const id of ["..%2f..", "00000000-0000-0000-0000-000000000000"])
      expect((await lab.raw("GET", `/api/queries/${id}`, lab.own)).status).toBe(404);
  });

  test("a query can be stopped", async () => {
    const sql =
      "SELECT count(*) FROM UNNEST(sequence(1, 100000)) AS a(x), UNNEST(sequence(1, 100000)) AS b(y) WHERE x * y % 7 = 3";
    const { id } = await lab.call<{ id: string }>("POST", "/api/queries", { sql });
    await lab.call("DELETE", `/api/queries/${id}`);
    const ended = await until(
      () => lab.call<Query>("GET", `/api/queries/${id}`),
      ({ state }) => state === "CANCELLED",
    );
    expect(ended.rows).toEqual([]);
    expect((await lab.raw("GET", `/api/queries/${id}/csv`, lab.own)).status).toBe(409);
  });
});

describe("events", () => {
  test("a hostile event comes back as the text that it is, and its numbers digit by digit", async () => {
    const { text, headers } = await until(
      () => lab.raw("GET", "/api/events?source=hostile", lab.own),
      (answer) => answer.text !== "[]",
    );
    expect(headers).toMatchObject({
      "content-type": "application/json; charset=utf-8",
      "x-content-type-options": "nosniff",
    });
    expect(JSON.parse(text)).toMatchObject([{ summary: HOSTILE, source: "hostile", details: { "k<b>": HOSTILE } }]);
    expect(text).toContain('"n":12345678901234567890,"d":1.10');
    const [{ summary = "" } = {}] = await lab.call<{ summary: string }[]>(
      "GET",
      "/api/events?source=hostile%27%20OR%201%3D1--",
    );
    expect(summary).toBe("");
  });

  test("hours hold events by source, those filed late among them", async () => {
    const hours = () => lab.call<Hours>("GET", "/api/hours?days=1");
    const { cells } = await until(hours, (answer) => answer.cells.some(({ source }) => source === "late-one"));
    const cell = cells.find(({ source }) => source === "late-one");
    expect(cell).toMatchObject({
      hour: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d$/),
      events: 1,
      late: 1,
      future: 0,
    });
    expect(cell?.bytes).toBeGreaterThan(0);
  });

  test("a record is run through the plugins, with what each of them did", async () => {
    const record = '{"eventName":"Hello","sourceIPAddress":"192.0.2.7","n":12345678901234567890}\n[1]\n';
    const answer = await lab.raw("POST", "/api/normalize", lab.own, gzipSync(record));
    const [event, bad]: Normalized[] = JSON.parse(answer.text);
    expect(answer.text).toContain('"n":12345678901234567890');
    expect(event?.event).toMatchObject({ details: { eventname: "Hello", _ipaddresses: ["192.0.2.7"] } });
    const step = (name: string) => event?.steps.find(({ plugin }) => plugin === `normalization_${name}`);
    expect(step("lowercase_keys")?.set).toContain("details.eventname");
    expect(step("ip_addresses")?.set).toContain("details._ipaddresses");
    expect(event?.raw).toContain('"eventName"');
    expect(bad).toMatchObject({ quarantined: { code: "not_an_object" }, steps: [] });
  });
});

describe("quarantine", () => {
  test("an entry is shown, counted, put back once, and says when it was put before", async () => {
    const listed = await until(
      () => lab.call<Quarantined[]>("GET", "/api/quarantine?days=1"),
      (list) => list.some(({ code }) => code === "invalid_utf8"),
    );
    const entry = listed.find(({ code }) => code === "invalid_utf8");
    expect(entry).toMatchObject({
      count: 1,
      hour: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d$/),
      reason: expect.any(String),
    });
    const shown = await lab.call<QuarantinedPayload>("GET", `/api/quarantine/${entry?.id}`);
    expect(Buffer.from(shown.base64, "base64")).toEqual(NO_TEXT);

    const redrive = (asked: object) => lab.call<Redriven>("POST", "/api/redrive", asked);
    const one = { found: 1, put: 1, failed: 0, alreadyPut: 0 };
    expect(await redrive({ dryRun: true, id: entry?.id })).toEqual(one);
    expect(await redrive({ dryRun: true, code: "invalid_utf8", hour: entry?.hour })).toEqual(one);
    expect(await redrive({ dryRun: true, code: "invalid_utf8", hour: "2020-01-01T00" })).toEqual({
      ...one,
      found: 0,
      put: 0,
    });
    expect(await redrive({ dryRun: false, id: entry?.id })).toEqual(one);
    expect(await redrive({ dryRun: false, id: entry?.id })).toEqual({ ...one, put: 0, alreadyPut: 1 });
    const absent = await lab.raw("GET", "/api/quarantine/00000000-0000-0000-0000-000000000000", lab.own);
    expect(absent.status).toBe(404);
  });
});

describe("files", () => {
  const drops = () => lab.call<Dropped[]>("GET", "/api/drop");
  const settled = (name: string, suits: (file: Dropped) => boolean) =>
    until(drops, (files) => files.some((file) => file.key === `console/${name}` && suits(file)));

  test("a file's documents become events, and what could not be read of it is counted with why", async () => {
    const [name = ""] = Object.keys(FILES);
    const files = await settled(name, ({ quarantined }) => quarantined > 0);
    expect(files.find(({ key }) => key === `console/${name}`)).toEqual({
      key: `console/${name}`,
      bytes: Buffer.byteLength(FILES[name] ?? ""),
      state: "read",
      records: 3,
      quarantined: 1,
      reason: expect.stringContaining("no JSON"),
    });
    const probe = "SELECT count(*) FROM events WHERE json_extract_scalar(details, '$.probe') = 'dropped'";
    await until(
      () => lab.query(probe),
      ({ rows }) => rows[0]?.[0] === "2",
    );
  });

  test("a file that cannot be read has failed", async () => {
    const [file] = await settled("cut.ndjson.gz", ({ quarantined }) => quarantined > 0);
    expect(file).toMatchObject({ state: "failed", records: 0, reason: expect.stringContaining("gzip is damaged") });
  });

  test("a large file is streamed", async () => {
    const line = `${JSON.stringify({ probe: "large", text: "x".repeat(500) })}\n`;
    const body = Buffer.from(line.repeat(20_000)); // 10 MB
    const put = await lab.call("PUT", "/api/drop/large.ndjson", body);
    expect(put).toMatchObject({ bytes: body.length });
    await settled("large.ndjson", ({ records }) => records === 20_000);
  });
});
