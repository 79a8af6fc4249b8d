/** What a local AWS service is to the rest of the lake: named operations on the JSON shapes of the wire. */

export type Json = null | boolean | number | string | Json[] | JsonObject;
export type JsonObject = { [key: string]: Json | undefined };

/** One operation of an AWS JSON protocol: input and output are the wire's JSON (blobs base64, timestamps epoch seconds). */
export type Operation = (input: JsonObject) => JsonObject | Promise<JsonObject>;

export interface Service {
  /** The part of `X-Amz-Target` before the dot, e.g. `Kinesis_20131202`. */
  readonly target: string;
  readonly operations: Readonly<Record<string, Operation>>;
}

/** An error as the AWS JSON protocols answer it: `__type` is the code. */
export class ServiceError extends Error {
  readonly code: string;
  readonly status: number;

  /**
   * @param code AWS's name for it, e.g. `ResourceNotFoundException`
   * @param status HTTP status: 400 for the caller's mistakes, 500 for ours
   */
  constructor(code: string, message: string, status = 400) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = status;
  }
}
