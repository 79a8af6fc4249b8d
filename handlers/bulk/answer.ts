import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";

export type Answer = APIGatewayProxyStructuredResultV2;

/**
 * Every answer names the product: Logstash and Elastic's own clients end the connection without this header
 * (logstash-output-elasticsearch, `elasticsearch?`, for servers from 7.14 on).
 */
const PRODUCT = { "x-elastic-product": "Elasticsearch" };

/** A refusal of the whole request, as Elasticsearch words it. */
export class RequestError extends Error {
  readonly status: number;
  /** Elasticsearch's name for the kind of error, e.g. `parse_exception`. */
  readonly type: string;

  constructor(status: number, type: string, reason: string) {
    super(reason);
    this.name = "RequestError";
    this.status = status;
    this.type = type;
  }
}

/** Compact JSON: Fluent Bit and Vector look for `"errors":false` and `"errors":true` in the text, without a blank. */
export function json(statusCode: number, body: object, headers: Record<string, string> = {}): Answer {
  return answer(statusCode, "application/json", JSON.stringify(body), headers);
}

export function text(body: string): Answer {
  return answer(200, "text/plain; charset=UTF-8", body);
}

export function refusal({ status, type, message: reason }: RequestError, headers: Record<string, string> = {}): Answer {
  return json(status, errorBody(status, type, reason), headers);
}

/** The body of an Elasticsearch error. */
export function errorBody(status: number, type: string, reason: string) {
  return { error: { root_cause: [{ type, reason }], type, reason }, status };
}

function answer(statusCode: number, contentType: string, body: string, headers: Record<string, string> = {}): Answer {
  return { statusCode, headers: { "content-type": contentType, ...PRODUCT, ...headers }, body };
}
