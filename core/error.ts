/** Why a document cannot become an event. A closed list: each code is a metric dimension and a value of `quarantine.code`. */
const CODES = [
  "empty_payload",
  "invalid_gzip",
  "invalid_zlib",
  "invalid_zstd",
  "expansion_limit",
  "invalid_utf8",
  "invalid_json",
  "not_an_object",
  "too_deep",
  "too_large",
  "unreadable_object",
] as const;

export type QuarantineCode = (typeof CODES)[number];

export function isQuarantineCode(value: unknown): value is QuarantineCode {
  return CODES.some((code) => code === value);
}

/** Where in the pipeline it failed. */
export type Stage = "receive" | "process" | "send";

/**
 * A failure that belongs to one document and never to its neighbours.
 *
 * The message says what failed, shows the value (quoted and cut at 120 characters) and what happens to the data now.
 * It has no stack: where in our code a bad record was found says nothing, and a stack is most of an error's cost.
 */
export class PipelineError extends Error {
  readonly code: QuarantineCode;
  readonly stage: Stage;
  /** Small facts for the log line; never the payload and never a secret. */
  readonly data: Readonly<Record<string, string | number>>;

  constructor(
    code: QuarantineCode,
    stage: Stage,
    message: string,
    options: { cause?: unknown; data?: Record<string, string | number> } = {},
  ) {
    const depth = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(message, { cause: options.cause });
    Error.stackTraceLimit = depth;
    this.name = "PipelineError";
    this.code = code;
    this.stage = stage;
    this.data = options.data ?? {};
  }
}

/** Does work whose errors are expected, many at a time: they are made without their stacks, which is most of their cost. */
export function withoutStacks<T>(work: () => T): T {
  const depth = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = depth;
  }
}

/** Quotes a value for an error message, cut at 120 characters. */
export function excerpt(text: string): string {
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 117)}...` : text);
}

/** The error of a payload, or of a part of one, that no document can be read from. */
export function undecodable(code: QuarantineCode, message: string, cause?: unknown): PipelineError {
  return new PipelineError(code, "receive", `decode: ${message}; the payload is quarantined`, { cause });
}
