import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createGuard } from "../../handlers/bulk/auth.ts";
import { ServiceError } from "../../infra/local/service.ts";
import { type Lab, openLab } from "./bulk-lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
});
afterAll(() => lab.close());

const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("credentials", () => {
  test.each(["Basic", "ApiKey", "basic", "apikey"])(
    "%s with the secret's user and password is let in",
    async (scheme) => {
      const response = await lab.send("GET", "/", undefined, { authorization: `${scheme} ${base64(lab.credential)}` });
      expect(response.status).toBe(200);
    },
  );

  test.each([
    ["none", ""],
    ["a wrong password", `Basic ${base64("lake:guess")}`],
    ["the password alone", `Basic ${base64("")}`],
    ["no base64", "ApiKey ???"],
    ["another scheme", `Bearer ${base64("lake:guess")}`],
  ])("%s: 401, and the answer says how", async (_, authorization) => {
    for (const [method, path] of [
      ["GET", "/"],
      ["POST", "/_bulk"],
      ["PUT", "/_index_template/x"],
    ] as const) {
      const response = await lab.send(method, path, method === "GET" ? undefined : "{}", { authorization });
      expect(response.status).toBe(401);
      expect(response.headers.get("www-authenticate")).toContain("Basic");
      expect(await response.json()).toMatchObject({ status: 401, error: { type: "security_exception" } });
    }
    expect(await lab.taken()).toEqual([]);
  });

  test("nothing of a credential is logged, and refusals are counted", () => {
    const printed = lab.lines.join("\n");
    expect(printed).toContain('"BulkUnauthorized":1');
    for (const secret of ["guess", base64("lake:guess"), lab.credential.split(":")[1] ?? ""])
      expect(printed).not.toContain(secret);
  });
});

describe("the guard", () => {
  /** A guard over a secret that changes, with a clock that is moved by hand. */
  function guarded(first: string | Error) {
    const state = { secret: first, seconds: 0, reads: 0 };
    const read = async () => {
      state.reads++;
      if (state.secret instanceof Error) throw state.secret;
      return state.secret;
    };
    const guard = createGuard(read, () => state.seconds * 1000);
    return { state, enters: (credential: string) => guard(`ApiKey ${base64(credential)}`) };
  }
  const secret = (password: string) => JSON.stringify({ username: "lake", password });

  test("reads the secret once, not for every request", async () => {
    const { state, enters } = guarded(secret("one"));
    for (let n = 0; n < 5; n++) expect(await enters("lake:one")).toBe(true);
    expect(state.reads).toBe(1);
  });

  test("takes a new secret at its first use, and forgets the old one within minutes", async () => {
    const { state, enters } = guarded(secret("one"));
    await enters("lake:one");
    state.secret = secret("two");
    state.seconds = 31;
    expect(await enters("lake:two")).toBe(true);
    expect(await enters("lake:one")).toBe(false);
  });

  test("wrong credentials cannot make it read all the time", async () => {
    const { state, enters } = guarded(secret("one"));
    for (; state.seconds < 60; state.seconds++) expect(await enters(`lake:${state.seconds}`)).toBe(false);
    expect(state.reads).toBe(2);
  });

  test("a secret that cannot be read anew stays good; one that never could lets nobody in", async () => {
    const { state, enters } = guarded(secret("one"));
    await enters("lake:one");
    state.secret = new Error("AccessDenied");
    state.seconds = 1000;
    expect(await enters("lake:one")).toBe(true);
    await expect(guarded(new Error("AccessDenied")).enters("lake:one")).rejects.toThrow("AccessDenied");
  });

  test.each([
    ["an API key alone", '{"apiKey":"id:key"}', "id:key", true],
    ["an API key beside a password", '{"username":"lake","password":"p","apiKey":"id:key"}', "id:key", true],
    ["an empty password", '{"username":"lake","password":"","apiKey":"id:key"}', "lake:", false],
    ["a prefix", secret("long-password"), "lake:long", false],
  ])("%s", async (_, text, credential, expected) => {
    expect(await guarded(text).enters(credential)).toBe(expected);
  });

  test.each(["", "hunter2", "null", '["hunter2"]', '{"user":"hunter2"}'])(
    "a secret of %j is an error without it",
    async (text) => {
      const error = await guarded(text)
        .enters("a:b")
        .catch((thrown: Error) => thrown);
      expect(String(error)).toMatch(/nobody can be let in$/);
      expect(String(error)).not.toContain("hunter2");
    },
  );
});

describe("what agents ask before they ship", () => {
  test.each([
    ["any client: the version", "/", { version: { number: "8.19.0" }, tagline: "You Know, for Search" }],
    ["Beats and Logstash: the license", "/_license?human=false", { license: { type: "basic", status: "active" } }],
    ["Beats: features", "/_xpack", { license: { status: "active" } }],
    ["Vector: health", "/_cluster/health", { status: "green" }],
    ["Logstash: nodes to sniff", "/_nodes/http", { nodes: {} }],
    ["Filebeat: a lifecycle policy", "/_ilm/policy/filebeat", {}],
    ["Filebeat: an ingest pipeline", "/_ingest/pipeline/filebeat-8.17.0-system-auth-pipeline", {}],
    ["an index", "/logs", { logs: { mappings: {} } }],
  ])("%s: GET %s", async (_, path, expected) => {
    const response = await lab.send("GET", path);
    expect(response.status).toBe(200);
    expect(response.headers.get("x-elastic-product")).toBe("Elasticsearch");
    expect(await response.json()).toMatchObject(expected);
  });

  test.each(["/", "/logs", "/_index_template/logstash", "/_template/filebeat", "/_alias/logs", "/_data_stream/logs"])(
    "HEAD %s: there, without a body",
    async (path) => {
      const response = await lab.send("HEAD", path);
      expect([response.status, await response.text()]).toEqual([200, ""]);
    },
  );

  test.each([
    "/_index_template/logs",
    "/_template/logs",
    "/_ilm/policy/logs",
    "/_ingest/pipeline/p",
    "/_data_stream/d",
    "/logs",
  ])("PUT %s: acknowledged", async (path) => {
    const response = await lab.send("PUT", path, '{"a":1}', { "content-type": "application/json" });
    expect(await response.json()).toMatchObject({ acknowledged: true });
  });

  test("rsyslog: health in plain text", async () => {
    const response = await lab.send("GET", "/_cat/health");
    expect(await response.text()).toContain("green");
  });

  test.each([
    ["Elastic-Filebeat/8.17.3 (linux; amd64; 0b0e1b5; 2025-02-28)", "8.17.3"],
    ["Elastic-Metricbeat-Standalone/9.1.1 (linux; arm64)", "9.1.1"],
    ["Filebeat/7.17.0 (linux)", "7.17.0"],
    ["Fluent-Bit", "8.19.0"],
  ])("%s hears version %s: Beats refuse a server that is older than they are", async (agent, number) => {
    const response = await lab.send("GET", "/", undefined, { "user-agent": agent });
    expect(await response.json()).toMatchObject({ version: { number } });
  });

  test.each([
    ["GET", "/logs/_search"],
    ["POST", "/logs/_search"],
    ["DELETE", "/logs"],
    ["GET", "/constructor/prototype"],
    ["GET", "/_cluster/settings"],
    ["POST", "/a/b/c/_bulk"],
    ["GET", "/%E0%A4%A"],
  ])("%s %s is not answered", async (method, path) => {
    const response = await lab.send(method, path, method === "POST" ? "{}" : undefined);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ status: 400, error: { reason: expect.any(String) } });
  });
});

test("a secret that cannot be read: 503, and the log says so", async () => {
  const broken = await openLab();
  broken.secret = new ServiceError("AccessDeniedException", "no secret today");
  expect((await broken.send("POST", "/_bulk", '{"index":{}}\n{}\n')).status).toBe(503);
  expect(broken.lines.join("\n")).toContain("the secret cannot be read");
  broken.secret = undefined;
  expect((await broken.send("GET", "/")).status).toBe(200);
  await broken.close();
});
