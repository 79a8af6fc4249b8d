/** A Lambda function URL on this machine: HTTP requests become events of payload format 2.0, and results answers. */

import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { refusal } from "./endpoint.ts";
import { type HttpEvent, toAnswer, toEvent } from "./function-url/payload.ts";
import { MAX_EVENT_BYTES } from "./lambda/function.ts";
import type { Invocation } from "./lambda/sandbox.ts";

export interface FunctionUrlOptions {
  /** 0 takes any free port. */
  readonly port: number;
  readonly invoke: (event: HttpEvent) => Promise<Invocation>;
}

export interface ServedUrl {
  readonly url: string;
  readonly port: number;
  /** Stops listening and ends open connections; requests under way get no answer, as when a network fails. */
  close(): Promise<void>;
}

/** Longer than clients keep an idle connection, so that they never write into one that is being closed. */
const KEEP_ALIVE_MS = 65_000;

/**
 * Serves a function on the loopback address. Limits and failures are Lambda's: 413 for an event over 6 MB, 502 for a
 * function that throws, times out or crashes. A browser's page from elsewhere is refused (403), as by the AWS endpoint.
 *
 * @throws {Error} when the port is taken, saying which; its `cause` has the system's code
 */
export async function serveFunctionUrl({ port, invoke }: FunctionUrlOptions): Promise<ServedUrl> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    serve(invoke, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const message = `function url: port ${port} of 127.0.0.1 cannot be used (${cause.code}); stop what uses it or choose another`;
      reject(new Error(message, { cause }));
    });
    server.listen(port, "127.0.0.1", resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(
  invoke: FunctionUrlOptions["invoke"],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const refused = refusal(request.headers.host, request.headers.origin);
  if (refused) return void response.writeHead(refused.status, refused.headers).end(refused.body);
  const body = await readBody(request);
  const event = body && toEvent(request, body, randomUUID(), Date.now());
  if (!event || Buffer.byteLength(JSON.stringify(event)) > MAX_EVENT_BYTES)
    return fail(response, 413, "Request Too Long");
  const invocation = await invoke(event);
  if (!invocation.ok) return fail(response, 502, "Internal Server Error");
  const { status, headers, body: answer } = toAnswer(invocation.result);
  response.writeHead(status, { ...headers, "content-length": answer.length, "x-amzn-requestid": invocation.requestId });
  response.end(request.method === "HEAD" ? undefined : answer);
}

function fail(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ Message: message }));
}

/** The body, or undefined when it is too large; it is read to its end all the same, so that the client sees the answer. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= MAX_EVENT_BYTES) chunks.push(chunk);
    else chunks.length = 0;
  }
  return size <= MAX_EVENT_BYTES ? Buffer.concat(chunks) : undefined;
}
