import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import type { LambdaFunctionURLEvent } from "aws-lambda";

/** Payload format 2.0 (Lambda Developer Guide, "Invoking Lambda function URLs"). */
export type HttpEvent = LambdaFunctionURLEvent;

/** Bodies that Lambda hands over as text; all others, and all that are compressed, arrive in base64. */
const TEXT_TYPES = /^(text\/|application\/(json|xml|javascript|[^;]+\+(json|xml))\s*(;|$))/i;

const CALLER = {
  accountId: "anonymous",
  apiId: "local",
  domainPrefix: "local",
  routeKey: "$default",
  stage: "$default",
};

/** The event of a request. @param now milliseconds since 1970 */
export function toEvent(request: IncomingMessage, body: Buffer, requestId: string, now: number): HttpEvent {
  const { method = "GET", url = "/", httpVersion } = request;
  const [path = "/", query = ""] = splitOnce(url, "?");
  const headers = headersOf(request);
  const parameters = new URLSearchParams(query);
  return {
    version: "2.0",
    routeKey: CALLER.routeKey,
    rawPath: path,
    rawQueryString: query,
    ...(headers.cookie !== undefined && { cookies: headers.cookie.split(/; */) }),
    headers,
    ...(parameters.size > 0 && { queryStringParameters: parametersOf(parameters) }),
    requestContext: {
      ...CALLER,
      domainName: headers.host ?? "",
      http: {
        method,
        path,
        protocol: `HTTP/${httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? "",
        userAgent: headers["user-agent"] ?? "",
      },
      requestId,
      time: new Date(now).toISOString(),
      timeEpoch: now,
    },
    ...bodyOf(body, headers),
  };
}

function headersOf(request: IncomingMessage): Record<string, string> {
  const entries = Object.entries(request.headersDistinct);
  return Object.fromEntries(entries.map(([name, values = []]) => [name, values.join(",")]));
}

/** Parameters that come several times are joined by commas. */
function parametersOf(parameters: URLSearchParams): Record<string, string> {
  return Object.fromEntries([...new Set(parameters.keys())].map((name) => [name, parameters.getAll(name).join(",")]));
}

function bodyOf(body: Buffer, headers: Record<string, string>): Pick<HttpEvent, "body" | "isBase64Encoded"> {
  if (body.length === 0) return { isBase64Encoded: false };
  const isText = TEXT_TYPES.test(headers["content-type"] ?? "") && headers["content-encoding"] === undefined;
  return isText && isUtf8(body)
    ? { body: body.toString(), isBase64Encoded: false }
    : { body: body.toString("base64"), isBase64Encoded: true };
}

/** The answer that a function's result stands for; a result without a status is the body of a 200. */
export function toAnswer(result: unknown): { status: number; headers: Record<string, string>; body: Buffer } {
  const structured = isObject(result) && "statusCode" in result ? result : { body: JSON.stringify(result ?? "") };
  const given = isObject(structured.headers) ? Object.entries(structured.headers) : [];
  const headers = Object.fromEntries(given.map(([name, value]) => [name.toLowerCase(), String(value)]));
  const encoding = structured.isBase64Encoded === true ? "base64" : "utf8";
  const body = Buffer.from(String(structured.body ?? ""), encoding);
  return {
    status: Number(structured.statusCode ?? 200),
    headers: { "content-type": "application/json", ...headers },
    body,
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
