import { Worker } from "node:worker_threads";
import {
  describeError,
  type FunctionError,
  type InvokeMessage,
  type ThreadData,
  type ThreadMessage,
} from "./protocol.ts";

/** An init phase longer than this is a failure (Lambda Developer Guide, "Lambda execution environment lifecycle"). */
const INIT_SECONDS = 10;

export type FailureKind = "error" | "timeout" | "crash";

/** How one invocation ended: `result` is parsed JSON; `crash` is an exit or a lack of memory. */
export type Invocation =
  | { readonly ok: true; readonly requestId: string; readonly result: unknown }
  | { readonly ok: false; readonly requestId: string; readonly kind: FailureKind; readonly error: FunctionError };

type Ending =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly kind: FailureKind; readonly error: FunctionError };

export interface SandboxOptions {
  readonly thread: ThreadData;
  readonly env: Record<string, string>;
  readonly memoryMB: number;
  readonly timeoutSeconds: number;
  readonly log: (line: string) => void;
}

/** One execution environment: a thread with the bundle loaded. It takes one invocation at a time. */
export interface Sandbox {
  /** False once it timed out, crashed or was closed: it is not to be used again. */
  readonly alive: boolean;
  invoke(requestId: string, event: string): Promise<Invocation>;
  close(): Promise<void>;
}

/** Starts an execution environment. A bundle that cannot be loaded shows at the first invocation. */
export function startSandbox(options: SandboxOptions): Sandbox {
  const { thread, env, memoryMB } = options;
  const worker = new Worker(new URL("./worker.ts", import.meta.url), {
    name: "function", // what top and /proc call the thread
    workerData: thread,
    env,
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: memoryMB },
  });
  const output = { stdout: lineSplitter(options.log), stderr: lineSplitter(options.log) };
  const ready = Promise.withResolvers<void>();
  let current = Promise.withResolvers<Ending>();
  let alive = true;

  const end = (ending: Ending) => {
    output.stdout.flush();
    output.stderr.flush();
    ready.resolve();
    current.resolve(ending);
  };
  const die = (kind: FailureKind, error: FunctionError) => {
    alive = false;
    end({ ok: false, kind, error });
  };
  worker.on("message", (message: ThreadMessage) => {
    if (message.kind === "ready") ready.resolve();
    else if (message.kind === "output") output[message.stream].write(message.text);
    else if (message.kind === "result") end({ ok: true, text: message.text });
    else if (message.kind === "failure") end({ ok: false, kind: "error", error: message.error });
    else dieOf("error", message.error);
  });
  worker.on("error", (thrown: unknown) => die(...uncaught(thrown)));
  worker.on("exit", (code) => die("crash", exited(code)));

  function dieOf(kind: FailureKind, error: FunctionError): void {
    die(kind, error);
    void worker.terminate();
  }

  async function run(requestId: string, event: string): Promise<Ending> {
    await within(INIT_SECONDS, ready.promise, () => dieOf("timeout", timedOut(INIT_SECONDS)));
    const { timeoutSeconds } = options;
    const message: InvokeMessage = { requestId, event, deadline: Date.now() + timeoutSeconds * 1000 };
    if (alive) worker.postMessage(message);
    return within(timeoutSeconds, current.promise, () => dieOf("timeout", timedOut(timeoutSeconds)));
  }

  return {
    get alive() {
      return alive;
    },
    async invoke(requestId, event) {
      if (alive) current = Promise.withResolvers();
      const ending = await run(requestId, event);
      if (ending.ok) return { ok: true, requestId, result: JSON.parse(ending.text) };
      return { ...ending, requestId };
    },
    async close() {
      die("crash", { errorType: "Sandbox.Closed", errorMessage: "the function was stopped", trace: [] });
      await worker.terminate();
    },
  };
}

/** The promise's value; `onLate` is called when it takes longer, and is to settle it. */
async function within<T>(seconds: number, promise: Promise<T>, onLate: () => void): Promise<T> {
  const timer = setTimeout(onLate, seconds * 1000);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}

function timedOut(seconds: number): FunctionError {
  const errorMessage = `Task timed out after ${seconds.toFixed(2)} seconds`;
  return { errorType: "Sandbox.Timedout", errorMessage, trace: [] };
}

function exited(code: number): FunctionError {
  const errorMessage =
    code === 0 ? "Runtime exited without providing a reason" : `Runtime exited with exit status ${code}`;
  return { errorType: "Runtime.ExitError", errorMessage, trace: [] };
}

function uncaught(thrown: unknown): [FailureKind, FunctionError] {
  const outOfMemory = thrown instanceof Error && "code" in thrown && thrown.code === "ERR_WORKER_OUT_OF_MEMORY";
  return outOfMemory ? ["crash", describeError(thrown, "Runtime.OutOfMemory")] : ["error", describeError(thrown)];
}

/** Hands on whole lines; what is left without an end of line is handed on by `flush`. */
function lineSplitter(log: (line: string) => void) {
  let rest = "";
  return {
    write(text: string): void {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) log(line);
    },
    flush(): void {
      if (rest !== "") log(rest);
      rest = "";
    },
  };
}
