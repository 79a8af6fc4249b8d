import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createFunction, type FunctionOptions, type LocalFunction } from "../../../infra/local/lambda/function.ts";

/** A bundle as the CDK's esbuild makes them: CommonJS, one file; the event says what to do. */
const BUNDLE = `
let calls = 0;
exports.handler = async (event, context) => {
  calls++;
  switch (event.do) {
    case "calls": return calls;
    case "wait": await new Promise((resolve) => setTimeout(resolve, event.ms)); return calls;
    case "loop": for (;;);
    case "exit": process.exit(event.code);
    case "memory": { const all = []; for (;;) all.push(new Array(1000).fill(Math.random())); }
    case "throw": throw new TypeError("no such door");
    case "late": setTimeout(() => { throw new RangeError("too late"); }, 1); return new Promise(() => {});
    case "print": console.log("one\\ntwo"); console.error("three"); process.stdout.write('{"_aws":{}}'); return null;
    case "environment": return process.env;
    case "context": return { ...context, left: context.getRemainingTimeInMillis() };
    case "nothing": return;
    default: return event;
  }
};`;

let folder: string;
let lines: string[] = [];
const functions: LocalFunction[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "function-"));
  writeFileSync(join(folder, "package.json"), '{"type":"commonjs"}');
  writeFileSync(join(folder, "index.js"), BUNDLE);
  writeFileSync(join(folder, "broken.js"), "require('not-there');");
});

afterEach(async () => {
  await Promise.all(functions.splice(0).map((fn) => fn.close()));
  lines = [];
});

afterAll(() => rmSync(folder, { recursive: true }));

function start(options: Partial<FunctionOptions> = {}): LocalFunction {
  const fn = createFunction({
    name: "consumer",
    directory: folder,
    handler: "index.handler",
    environment: { STREAM: "logs" },
    timeoutSeconds: 5,
    memoryMB: 128,
    region: "us-east-1",
    account: "000000000000",
    endpointUrl: "http://127.0.0.1:1",
    log: (line) => lines.push(line),
    ...options,
  });
  functions.push(fn);
  return fn;
}

describe("an invocation", () => {
  test("the event and the result cross as JSON", async () => {
    const event = { at: new Date(0), left: undefined, big: 1e21, text: "é\ud83d\ude00" };
    expect(await start().invoke(event)).toMatchObject({ ok: true, result: JSON.parse(JSON.stringify(event)) });
  });

  test("no result is null", async () => {
    expect(await start().invoke({ do: "nothing" })).toMatchObject({ ok: true, result: null });
  });

  test("an environment is used again, one invocation at a time", async () => {
    const fn = start();
    await fn.invoke({ do: "calls" });
    expect(await fn.invoke({ do: "calls" })).toMatchObject({ result: 2 });
  });

  test("invocations at once get environments of their own, up to the limit", async () => {
    const fn = start({ concurrency: 2 });
    const all = await Promise.all([1, 2, 3].map(() => fn.invoke({ do: "wait", ms: 50 })));
    expect(all.map((one) => one.ok && one.result)).toEqual([1, 1, 2]);
  });

  test("an event over 6 MB is refused", async () => {
    const invocation = await start().invoke({ text: "x".repeat(6 * 1024 * 1024) });
    expect(invocation).toMatchObject({ ok: false, error: { errorType: "RequestEntityTooLargeException" } });
  });

  test("a stopped function refuses", async () => {
    const fn = start();
    await fn.close();
    await expect(fn.invoke({})).rejects.toThrow(/function consumer: it is stopped/);
  });
});

describe("a failure stays in its environment, and the next invocation has a fresh one", () => {
  test.each([
    ["a throw", { do: "throw" }, "error", "TypeError", /no such door/, 2],
    ["an uncaught exception", { do: "late" }, "error", "RangeError", /too late/, 1],
    ["an exit", { do: "exit", code: 3 }, "crash", "Runtime.ExitError", /exit status 3/, 1],
    ["an exit without a code", { do: "exit", code: 0 }, "crash", "Runtime.ExitError", /without providing a reason/, 1],
    ["a lack of memory", { do: "memory" }, "crash", "Runtime.OutOfMemory", /memory/, 1],
    ["a busy loop over the time limit", { do: "loop" }, "timeout", "Sandbox.Timedout", /timed out after 0\.30 s/, 1],
    ["a promise over the time limit", { do: "wait", ms: 9e5 }, "timeout", "Sandbox.Timedout", /timed out/, 1],
  ])("%s", async (_, event, kind, errorType, message, callsAfter) => {
    const timeoutSeconds = kind === "timeout" ? 0.3 : 5;
    const fn = start({ timeoutSeconds, memoryMB: 32 });
    const failed = await fn.invoke(event);
    expect(failed).toMatchObject({
      ok: false,
      kind,
      error: { errorType, errorMessage: expect.stringMatching(message) },
    });
    expect(await fn.invoke({ do: "calls" })).toMatchObject({ ok: true, result: callsAfter });
  });

  test.each([
    ["a module that cannot be loaded", "broken.handler", "Runtime.ImportModuleError"],
    ["a module that is not there", "absent.handler", "Runtime.ImportModuleError"],
    ["a handler that is not exported", "index.main", "Runtime.HandlerNotFound"],
  ])("%s", async (_, handler, errorType) => {
    expect(await start({ handler }).invoke({})).toMatchObject({ ok: false, kind: "error", error: { errorType } });
  });

  test("stopping ends what runs", async () => {
    const fn = start();
    const running = fn.invoke({ do: "wait", ms: 9e5 });
    await fn.invoke({ do: "calls" });
    await fn.close();
    expect(await running).toMatchObject({ ok: false, kind: "crash" });
  });
});

describe("what the function sees", () => {
  test("its output arrives line by line, before the answer", async () => {
    await start().invoke({ do: "print" });
    expect(lines).toEqual(["one", "two", "three", '{"_aws":{}}']);
  });

  test("output before an exit is not lost", async () => {
    writeFileSync(join(folder, "dying.js"), "exports.handler = () => { console.log('last words'); process.exit(1); };");
    await start({ handler: "dying.handler" }).invoke({});
    expect(lines).toEqual(["last words"]);
  });

  test("the environment is the template's and Lambda's, and nothing of the host's", async () => {
    process.env.AWS_PROFILE = "somebody";
    process.env.AWS_SESSION_TOKEN = "secret";
    const invocation = await start().invoke({ do: "environment" });
    delete process.env.AWS_PROFILE;
    delete process.env.AWS_SESSION_TOKEN;
    const environment = invocation.ok ? invocation.result : {};
    expect(environment).toMatchObject({
      STREAM: "logs",
      AWS_REGION: "us-east-1",
      AWS_ENDPOINT_URL: "http://127.0.0.1:1",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "128",
      AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/consumer",
    });
    expect(environment).not.toHaveProperty("AWS_PROFILE");
    expect(environment).not.toHaveProperty("AWS_SESSION_TOKEN");
    expect(environment).not.toHaveProperty("HOME");
  });

  test("the context is Lambda's", async () => {
    const invocation = await start().invoke({ do: "context" });
    expect(invocation).toMatchObject({
      result: {
        functionName: "consumer",
        invokedFunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:consumer",
        memoryLimitInMB: "128",
        logGroupName: "/aws/lambda/consumer",
        logStreamName: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/),
        awsRequestId: invocation.requestId,
      },
    });
    const left = invocation.ok ? (invocation.result as { left: number }).left : 0;
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(5000);
  });
});
