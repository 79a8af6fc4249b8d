/** The one HTTP endpoint of the local lake: AWS's JSON and CBOR services by `X-Amz-Target`, everything else is S3. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttp2Server, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import { type AddressInfo, createServer as createNetServer, type Server, type Socket } from "node:net";
import { type Answer, answerAwsCall, answerJson, isAwsCall } from "./protocol.ts";
import type { Service } from "./service.ts";

export interface EndpointOptions {
  /** 0 takes any free port. */
  port: number;
  services: readonly Service[];
  /** Gets every request that is no AWS JSON or CBOR call, its body unread. */
  s3: (request: IncomingMessage, response: ServerResponse) => void;
  /** Loopback only: there is no authentication here. */
  host?: "127.0.0.1";
}

export interface Endpoint {
  url: string;
  port: number;
  /** Stops listening and ends open connections. */
  close(): Promise<void>;
}

/** Longer than clients keep an idle connection, so that they never write into one that is being closed. */
const KEEP_ALIVE_MS = 65_000;

/** No S3 bucket can have this name: underscores are not allowed in one. */
const HEALTH_PATH = "/_lake/health";

/**
 * Starts the endpoint. HTTP/1.1 for all, and HTTP/2 without TLS for the services, because the JavaScript SDK's Kinesis
 * client speaks nothing else by default. Signatures are not checked.
 *
 * A browser's page from elsewhere is refused (403): its `Origin`, or the `Host` that it reached us by, is not loopback.
 *
 * @throws {Error} when the port is taken, saying which
 */
export async function startEndpoint(options: EndpointOptions): Promise<Endpoint> {
  const { port, host = "127.0.0.1" } = options;
  const http1 = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    serve(options, request, response).catch((error) => abandon(response, error));
  });
  const http2 = createHttp2Server((request, response) => {
    serveHttp2(options, request, response).catch((error) => abandon(response, error));
  });
  const open = new Set<Socket>();
  const listener = createNetServer((socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.once("data", (start) => {
      socket.pause();
      socket.unshift(start);
      (isHttp2(start) ? http2 : http1).emit("connection", socket);
      process.nextTick(() => socket.resume());
    });
  });
  const bound = await listen(listener, port, host);
  return {
    url: `http://${host}:${bound}`,
    port: bound,
    close: () =>
      new Promise((resolve) => {
        listener.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const taken = error.code === "EADDRINUSE" || error.code === "EACCES";
      const message = `endpoint: port ${port} of ${host} cannot be used (${error.code}); stop what uses it or choose another with --port`;
      reject(taken ? new Error(message, { cause: error }) : error);
    });
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

/** The first bytes that every HTTP/2 connection starts with (RFC 9113, 3.4). */
function isHttp2(start: Buffer): boolean {
  return start.subarray(0, 6).toString("latin1") === "PRI * ";
}

async function serve(options: EndpointOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const answer = refusal(request.headers.host, request.headers.origin) ?? (await ownAnswer(options, request));
  if (!answer) return options.s3(request, response);
  response.writeHead(answer.status, answer.headers).end(answer.body);
}

async function serveHttp2(
  options: EndpointOptions,
  request: Http2ServerRequest,
  response: Http2ServerResponse,
): Promise<void> {
  const answer =
    refusal(request.authority, request.headers.origin) ??
    (await ownAnswer(options, request)) ??
    answerJson(505, { message: "S3 is served over HTTP/1.1 only" });
  response.writeHead(answer.status, answer.headers);
  response.end(answer.body);
}

function abandon(response: ServerResponse | Http2ServerResponse, error: unknown): void {
  console.error("endpoint: a request could not be answered and its connection is dropped:", error);
  response.socket?.destroy();
}

/** Our own answer, or undefined when the request is for S3. */
async function ownAnswer(
  { services }: EndpointOptions,
  request: IncomingMessage | Http2ServerRequest,
): Promise<Answer | undefined> {
  if (isAwsCall(request.headers)) return answerAwsCall(services, request.headers, request);
  if (request.method !== "GET" || request.url !== HEALTH_PATH) return undefined;
  return answerJson(200, { status: "ok", services: [...services.map(({ target }) => target), "s3"] });
}

/**
 * Keeps web pages out: a page of another site has its own Origin, and one that had its name point here (DNS rebinding) has
 * its own Host.
 */
export function refusal(host: string | undefined, origin: string | undefined): Answer | undefined {
  if (!isLoopback(`http://${host}`)) return forbidden(`Host ${host} is not this machine`);
  if (origin !== undefined && !isLoopback(origin)) return forbidden(`Origin ${origin} is not this machine`);
  return undefined;
}

function forbidden(reason: string): Answer {
  return answerJson(403, {
    __type: "AccessDeniedException",
    message: `${reason}; the local lake answers only itself.`,
  });
}

function isLoopback(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { hostname } = new URL(url);
  return hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname) || /(^|\.)localhost$/.test(hostname);
}
