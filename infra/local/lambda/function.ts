import { randomBytes, randomUUID } from "node:crypto";
import { functionEnvironment } from "./environment.ts";
import type { ThreadData } from "./protocol.ts";
import { type Invocation, type Sandbox, startSandbox } from "./sandbox.ts";

/** Largest event of a synchronous invocation, in bytes (Lambda quotas, "Invocation payload": 6 MB). */
export const MAX_EVENT_BYTES = 6 * 1024 * 1024;

export interface FunctionOptions {
  readonly name: string;
  readonly arn?: string;
  /** The bundle: a folder that holds the handler's module. */
  readonly directory: string;
  /** `file.export`, e.g. `index.handler`. */
  readonly handler: string;
  /** The template's `Environment.Variables`. */
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly memoryMB: number;
  readonly region: string;
  readonly account: string;
  /** Where the local AWS endpoints are. */
  readonly endpointUrl: string;
  /** Default `/aws/lambda/<name>`. */
  readonly logGroup?: string;
  /** Most execution environments at once; further invocations wait. Default 10. */
  readonly concurrency?: number;
  /** Gets each line that the function prints. */
  readonly log: (line: string) => void;
}

export interface LocalFunction {
  readonly arn: string;
  /**
   * Runs the function once. The event and the result cross as JSON text, as in Lambda.
   * It never rejects for what the function does: a throw, a timeout and a crash are results.
   */
  invoke(event: unknown): Promise<Invocation>;
  /** Ends every environment at once; running invocations end as a `crash`. */
  close(): Promise<void>;
}

/** A Lambda function on this machine: threads that run the deployed bundle, started on demand and used again. */
export function createFunction(options: FunctionOptions): LocalFunction {
  const arn = options.arn ?? `arn:aws:lambda:${options.region}:${options.account}:function:${options.name}`;
  const { concurrency = 10 } = options;
  const sandboxes = new Set<Sandbox>();
  const idle: Sandbox[] = [];
  const waiting: (() => void)[] = [];
  let running = 0;
  let closed = false;

  return {
    arn,
    async invoke(event) {
      const requestId = randomUUID();
      const text = JSON.stringify(event) ?? "null";
      if (Buffer.byteLength(text) > MAX_EVENT_BYTES) return tooLarge(requestId, Buffer.byteLength(text));
      await enter();
      try {
        return await runOnce(requestId, text);
      } finally {
        leave();
      }
    },
    async close() {
      closed = true;
      await Promise.all([...sandboxes].map((sandbox) => sandbox.close()));
    },
  };

  async function enter(): Promise<void> {
    if (running < concurrency) running++;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  }

  /** A place that is left goes to the first who waits. */
  function leave(): void {
    const next = waiting.shift();
    if (next) next();
    else running--;
  }

  async function runOnce(requestId: string, event: string): Promise<Invocation> {
    if (closed) throw new Error(`function ${options.name}: it is stopped; the invocation did not run`);
    const sandbox = take();
    const invocation = await sandbox.invoke(requestId, event);
    if (sandbox.alive) idle.push(sandbox);
    else sandboxes.delete(sandbox);
    return invocation;
  }

  function take(): Sandbox {
    for (let sandbox = idle.pop(); sandbox; sandbox = idle.pop()) {
      if (sandbox.alive) return sandbox;
      sandboxes.delete(sandbox);
    }
    const sandbox = startSandbox(sandboxOptions(options, arn));
    sandboxes.add(sandbox);
    return sandbox;
  }
}

function sandboxOptions(options: FunctionOptions, arn: string) {
  const logGroup = options.logGroup ?? `/aws/lambda/${options.name}`;
  const day = new Date().toISOString().slice(0, 10).replaceAll("-", "/");
  const thread: ThreadData = {
    directory: options.directory,
    handler: options.handler,
    context: {
      functionName: options.name,
      functionVersion: "$LATEST",
      invokedFunctionArn: arn,
      memoryLimitInMB: String(options.memoryMB),
      logGroupName: logGroup,
      logStreamName: `${day}/[$LATEST]${randomBytes(16).toString("hex")}`,
    },
  };
  const { memoryMB, timeoutSeconds, log } = options;
  return { thread, env: functionEnvironment({ ...options, logGroup }), memoryMB, timeoutSeconds, log };
}

function tooLarge(requestId: string, bytes: number): Invocation {
  const errorMessage = `${bytes} byte payload is too large for the RequestResponse invocation type (limit ${MAX_EVENT_BYTES} bytes)`;
  const error = { errorType: "RequestEntityTooLargeException", errorMessage, trace: [] };
  return { ok: false, kind: "error", requestId, error };
}
