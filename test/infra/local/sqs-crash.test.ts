import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openSqs, type SqsService } from "../../../infra/local/sqs/service.ts";

const ARN = "arn:aws:sqs:us-east-1:000000000000:jobs";
const SERVICE = new URL("../../../infra/local/sqs/service.ts", import.meta.url);

let folder: string;
let sqs: SqsService | undefined;
let child: ChildProcess | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sqs-crash-"));
});

afterEach(() => {
  child?.kill("SIGKILL");
  sqs?.close();
  sqs = undefined;
  rmSync(folder, { recursive: true });
});

function open(): SqsService {
  const options = { region: "us-east-1", account: "000000000000", endpointUrl: () => "http://127.0.0.1" };
  sqs = openSqs(join(folder, "sqs.sqlite"), options);
  return sqs;
}

/** Sends ever more messages in a process of its own, and deletes every third; what was answered is printed. */
async function* runChild(): AsyncGenerator<string> {
  const code = `
    const { openSqs } = await import(${JSON.stringify(SERVICE)});
    const options = { region: "us-east-1", account: "000000000000", endpointUrl: () => "" };
    const sqs = openSqs(${JSON.stringify(join(folder, "sqs.sqlite"))}, options);
    sqs.ensureQueue("jobs", { VisibilityTimeout: 600 });
    const queue = sqs.queue(${JSON.stringify(ARN)});
    for (let n = 0; ; n++) {
      sqs.send(${JSON.stringify(ARN)}, String(n));
      console.log("sent " + n);
      await new Promise(setImmediate); // where the reader is slow, what is printed waits for the event loop
      if (n % 3 !== 0) continue;
      const [message] = await queue.receive({ max: 1, waitSeconds: 0 });
      console.log("received " + message.body);
      queue.remove([message]);
      console.log("deleted " + message.body);
    }`;
  writeFileSync(join(folder, "child.mjs"), code);
  child = spawn(process.execPath, [join(folder, "child.mjs")], { stdio: ["ignore", "pipe", "inherit"] });
  if (child.stdout) yield* createInterface(child.stdout);
}

test("what was answered before a kill -9 holds after it", async () => {
  const said = new Map(["sent", "received", "deleted"].map((what) => [what, new Set<string>()]));
  for await (const line of runChild()) {
    const [what = "", body = ""] = line.split(" ");
    said.get(what)?.add(body);
    if (said.get("sent")?.size === 2000) child?.kill("SIGKILL");
  }
  if (child?.exitCode === null && child.signalCode === null) await once(child, "exit");
  const queue = open().queue(ARN);
  queue.release();
  const left = new Set((await queue.receive({ max: 100_000, waitSeconds: 0 })).map(({ body }) => body));
  for (const body of said.get("sent") ?? []) {
    if (!said.get("received")?.has(body)) expect(left).toContain(body);
  }
  for (const body of said.get("deleted") ?? []) expect(left).not.toContain(body);
});

test("what is in flight, and how often it was received, is known to the next process", async () => {
  const before = open();
  before.ensureQueue("jobs", { VisibilityTimeout: 600 });
  before.send(ARN, "m");
  const [message] = await before.queue(ARN).receive({ max: 1, waitSeconds: 0 });
  before.close();
  const queue = open().queue(ARN);
  expect(queue.depth()).toEqual({ visible: 0, inFlight: 1, delayed: 0 });
  queue.release();
  expect(await queue.receive({ max: 1, waitSeconds: 0 })).toMatchObject([
    { messageId: message?.messageId, receives: 2, firstReceived: message?.firstReceived },
  ]);
});
