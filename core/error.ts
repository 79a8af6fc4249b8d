/** Why a document cannot become an event. A closed list: each code is a metric dimension and a value of `quarantine.code`. */
export type QuarantineCode =
  | "empty_payload"
  | "invalid_gzip"
  | "expansion_limit"
  | "invalid_utf8"
  | "invalid_json"
  | "not_an_object"
  | "too_deep"
  | "too_large";

/** Where in the pipeline it failed. */
export type Stage = "receive" | "process" | "send";

/**
 * A failure that belongs to one document and never to its neighbours.
 *
 * The message says what failed, shows the value (quoted and cut at 120 characters) and what happens to the data now.
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
    super(message, { cause: options.cause });
    this.name = "PipelineError";
    this.code = code;
    this.stage = stage;
    this.data = options.data ?? {};
  }
}

/** Quotes a value for an error message, cut at 120 characters. */
export function excerpt(text: string): string {
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 117)}...` : text);
}
