/** Runs in the thread of one execution environment: loads the bundle once, then answers one invocation after another. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parentPort, workerData } from "node:worker_threads";
import { describeError, type InvokeMessage, type ThreadData, type ThreadMessage } from "./protocol.ts";

type Handler = (event: unknown, context: unknown) => unknown;
type Exports = { [name: string]: unknown; default?: { [name: string]: unknown } };

/** The endings the Node.js runtime tries, in its order. */
const ENDINGS = [".js", ".mjs", ".cjs"];

const data = workerData as ThreadData;
const send = (message: ThreadMessage) => parentPort?.postMessage(message);

sendOutput("stdout");
sendOutput("stderr");
await start();

/** Output goes through the port and not the thread's stream, so that it arrives before the answer, and before a crash. */
function sendOutput(stream: "stdout" | "stderr"): void {
  process[stream].write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
    send({ kind: "output", stream, text: typeof chunk === "string" ? chunk : Buffer.from(chunk).toString() });
    const callback = rest.find((argument) => typeof argument === "function");
    callback?.();
    return true;
  };
}

async function start(): Promise<void> {
  const dot = data.handler.lastIndexOf(".");
  try {
    const handler = exported(await loadModule(data.handler.slice(0, dot)), data.handler.slice(dot + 1));
    if (!handler) return broken(new Error(`${data.handler} is undefined or not exported`), "Runtime.HandlerNotFound");
    parentPort?.on("message", (message: InvokeMessage) => void answer(handler, message));
    send({ kind: "ready" });
  } catch (cause) {
    broken(cause, "Runtime.ImportModuleError");
  }
}

function broken(cause: unknown, errorType: string): void {
  send({ kind: "broken", error: describeError(cause, errorType) });
}

async function loadModule(name: string): Promise<Exports> {
  const path = join(data.directory, name);
  const ending = ENDINGS.find((candidate) => existsSync(path + candidate));
  if (ending === undefined) throw new Error(`Cannot find module '${path}'`);
  return import(pathToFileURL(path + ending).href);
}

/** A CommonJS module's exports are on its default when Node.js could not tell their names. */
function exported(module: Exports, name: string): Handler | undefined {
  const handler = module[name] ?? module.default?.[name];
  return typeof handler === "function" ? (handler as Handler) : undefined;
}

async function answer(handler: Handler, { requestId, event, deadline }: InvokeMessage): Promise<void> {
  const context = { ...data.context, awsRequestId: requestId, getRemainingTimeInMillis: () => deadline - Date.now() };
  try {
    const result = await handler(JSON.parse(event), context);
    send({ kind: "result", text: JSON.stringify(result) ?? "null" });
  } catch (thrown) {
    send({ kind: "failure", error: describeError(thrown) });
  }
}
