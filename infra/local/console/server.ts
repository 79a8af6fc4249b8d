/** The console's HTTP server: the page's files for anyone on this machine, the calls for who has the token. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { failureOf, Refusal, type Routes, sendJson } from "./answer.ts";
import { checkCall, checkPlace, SAFE_HEADERS } from "./guard.ts";
import type { Page } from "./page.ts";

export interface ServerOptions {
  /** That port, or any free one for 0; 4580 or the next free one unless said. */
  readonly port?: number | undefined;
  readonly token: string;
  readonly page: Pick<Page, "find">;
  readonly routes: Routes;
  readonly log: (line: string) => void;
}

export interface ConsoleServer {
  readonly port: number;
  /** Stops listening and ends what is being answered. */
  close(): Promise<void>;
}

const DEFAULT_PORT = 4580;

/** Longer than browsers keep an idle connection, so that they never write into one that is being closed. */
const KEEP_ALIVE_MS = 65_000;

/** Ports that are tried, when the one before is taken. */
const PORTS_TRIED = 50;

/** @throws {Error} when the port is taken, saying which */
export async function serveConsole(options: ServerOptions): Promise<ConsoleServer> {
  let port = 0;
  const settings = { requestTimeout: 0, keepAliveTimeout: KEEP_ALIVE_MS }; // a large file may take its time
  const server = createServer(settings, (request, response) => void serve(request, response, { ...options, port }));
  port = await listen(server, options.port);
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function listen(server: Server, wanted: number | undefined): Promise<number> {
  const first = wanted ?? DEFAULT_PORT;
  for (let port = first; ; port++) {
    try {
      return await bind(server, port);
    } catch (cause) {
      const isTaken = cause instanceof Error && "code" in cause && cause.code === "EADDRINUSE";
      if (isTaken && wanted === undefined && port < first + PORTS_TRIED) continue;
      throw new Error(
        `console: port ${port} of 127.0.0.1 cannot be used; choose another with --console-port, or --no-console`,
        { cause },
      );
    }
  }
}

function bind(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

type Serving = ServerOptions & { readonly port: number };

async function serve(request: IncomingMessage, response: ServerResponse, serving: Serving): Promise<void> {
  for (const [name, value] of Object.entries(SAFE_HEADERS)) response.setHeader(name, value);
  const { pathname, searchParams: query } = new URL(request.url ?? "/", "http://localhost");
  try {
    checkPlace(request.headers, serving.port);
    if (!pathname.startsWith("/api/")) await sendFile(request, response, pathname, serving);
    else await answer(request, response, pathname, query, serving);
  } catch (error) {
    fail(response, error, `${request.method} ${pathname}`, serving);
  }
  request.resume(); // what was not read of the body must not block the connection
}

async function sendFile({ method = "" }: IncomingMessage, response: ServerResponse, path: string, { page }: Serving) {
  if (method !== "GET" && method !== "HEAD") throw notAllowed(response, ["GET", "HEAD"]);
  const file = await page.find(path);
  if (!file) throw new Refusal(404, `The console has no ${path}`);
  const { type, bytes } = file;
  response.writeHead(200, { "content-type": type, "content-length": bytes.length, "cache-control": "no-cache" });
  response.end(method === "HEAD" ? undefined : bytes);
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  query: URLSearchParams,
  { token, port, routes }: Serving,
): Promise<void> {
  const { method = "" } = request;
  checkCall(method, request.headers, token, port);
  const { handler, name } = findRoute(response, method, path, routes);
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  const result = await handler({ request, response, name, query, signal: gone.signal });
  if (response.headersSent) return;
  if (result === undefined) response.writeHead(204).end();
  else sendJson(response, 200, typeof result === "string" ? result : JSON.stringify(result));
}

/** A route is for a path as it is, or ends in `*`, which stands for one name. */
function findRoute(response: ServerResponse, method: string, path: string, routes: Routes) {
  const allowed: string[] = [];
  for (const [route, handler] of Object.entries(routes)) {
    const [of = "", pattern = ""] = route.split(" ");
    const name = nameIn(path, pattern);
    if (name !== undefined && of === method) return { handler, name };
    if (name !== undefined) allowed.push(of);
  }
  if (allowed.length > 0) throw notAllowed(response, allowed);
  throw new Refusal(404, `The console has no ${path}`);
}

function nameIn(path: string, pattern: string): string | undefined {
  const [start = "", end] = pattern.split("*");
  if (end === undefined) return path === pattern ? "" : undefined;
  if (path.length <= start.length + end.length || !path.startsWith(start) || !path.endsWith(end)) return undefined;
  const name = path.slice(start.length, path.length - end.length);
  if (name.includes("/")) return undefined;
  try {
    return decodeURIComponent(name);
  } catch {
    throw new Refusal(400, "The path is not encoded as URLs are");
  }
}

function notAllowed(response: ServerResponse, methods: readonly string[]): Refusal {
  response.setHeader("allow", methods.join(", "));
  return new Refusal(405, `Only ${methods.join(" and ")} can be asked of this path; nothing was done`);
}

function fail(response: ServerResponse, error: unknown, what: string, { log }: Serving): void {
  const { status, body } = failureOf(error);
  if (response.destroyed) return;
  if (status >= 500) log(`console: ${what}: ${error instanceof Error ? error.stack : error}`);
  if (response.headersSent) return void response.destroy();
  if (status === 413) response.setHeader("connection", "close");
  sendJson(response, status, JSON.stringify(body));
}
