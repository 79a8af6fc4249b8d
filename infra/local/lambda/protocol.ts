/** What the lake and a function's thread say to each other. Events and results cross as JSON text, as in Lambda. */

/** A failed invocation as the Lambda runtime reports it. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
}

/** To the thread: one invocation. The thread answers with one `result` or `failure`. */
export interface InvokeMessage {
  readonly requestId: string;
  readonly event: string;
  /** When the time limit is over, in milliseconds since 1970. */
  readonly deadline: number;
}

/** From the thread. `ready` comes once, when the module is loaded; or `broken` when it cannot be. */
export type ThreadMessage =
  | { readonly kind: "ready" }
  | { readonly kind: "broken"; readonly error: FunctionError }
  | { readonly kind: "output"; readonly stream: "stdout" | "stderr"; readonly text: string }
  | { readonly kind: "result"; readonly text: string }
  | { readonly kind: "failure"; readonly error: FunctionError };

/** What a thread is started with. */
export interface ThreadData {
  readonly directory: string;
  /** `file.export`, e.g. `index.handler`. */
  readonly handler: string;
  readonly context: {
    readonly functionName: string;
    readonly functionVersion: string;
    readonly invokedFunctionArn: string;
    readonly memoryLimitInMB: string;
    readonly logGroupName: string;
    readonly logStreamName: string;
  };
}

/** Anything thrown, as the Node.js runtime of Lambda reports it: the error's name, message and stack. */
export function describeError(thrown: unknown, errorType?: string): FunctionError {
  if (!(thrown instanceof Error)) {
    return { errorType: errorType ?? typeof thrown, errorMessage: String(thrown), trace: [] };
  }
  const trace = (thrown.stack ?? "").split("\n");
  return { errorType: errorType ?? thrown.name, errorMessage: thrown.message, trace };
}
