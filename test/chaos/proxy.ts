/** Stands between the lake's AWS endpoint and those who call it, and does to their requests what faults.ts says. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { refusal, refusePart } from "./answers.ts";
import type { Fault, Faults } from "./faults.ts";
import { type Answer, forward, type Request, readAll } from "./forward.ts";

export interface ProxyOptions {
  readonly faults: Faults;
  /** Told of each fault that took place, with the request that it struck. */
  readonly onFault: (name: string, request: Request) => void;
}

export interface ChaosProxy {
  readonly url: string;
  /** Where requests go; while it is undefined, every connection is reset, as with a lake that is down. */
  target: string | undefined;
  close(): Promise<void>;
}

/** How slow a slow answer is, in milliseconds. */
const SLOW_MS = { least: 50, most: 600 };

/** Starts the proxy on a free port of the loopback address. HTTP/1.1 only. */
export async function startProxy(options: ProxyOptions): Promise<ChaosProxy> {
  const server = createServer((request, response) => {
    serve(request, response).catch(() => request.socket.resetAndDestroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // of a TCP server
  const proxy: ChaosProxy = {
    url: `http://127.0.0.1:${port}`,
    target: undefined,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "GET", url = "/", headers } = incoming;
    const request = { method, path: url, headers, body: await readAll(incoming) };
    const operation = operationOf(request);
    const fault = options.faults.next(operation, url);
    const answer = await (fault ? strike(request, operation, fault) : pass(request));
    if (answer === "reset") incoming.socket.resetAndDestroy();
    else if (answer !== "none") response.writeHead(answer.status, headersOf(answer)).end(answer.body);
  }

  function pass(request: Request): Promise<Answer> {
    if (proxy.target === undefined) throw new Error("chaos: the lake is down");
    return forward(proxy.target, request);
  }

  /** Does what the fault says; a fault counts when what it needs to take place did. */
  async function strike(request: Request, operation: string, fault: Fault): Promise<Answer | "reset" | "none"> {
    const { kind, random } = fault;
    const answer = await struck(request, operation.split(".")[0] ?? "", fault);
    if (kind === "slow") await sleep(random.int(SLOW_MS.least, SLOW_MS.most));
    options.onFault(`${operation}: ${kind}`, request);
    return answer;
  }

  async function struck(
    request: Request,
    service: string,
    { kind, random }: Fault,
  ): Promise<Answer | "reset" | "none"> {
    if (kind === "throttled" || kind === "500") return refusal(service, kind);
    if (kind === "reset before it was taken") return "reset";
    if (kind === "part refused") {
      const { rest, merge } = refusePart(service, request, random);
      const answer = rest && (await pass(rest));
      return answer === undefined || answer.status === 200 ? merge(answer) : answer;
    }
    const answer = await pass(request);
    if (kind === "slow") return answer;
    return kind === "reset after it was taken" ? "reset" : "none";
  }
}

/** `Firehose.PutRecordBatch`, or `S3.PUT` by the method. */
function operationOf({ headers, method }: Request): string {
  const target = headers["x-amz-target"];
  if (typeof target !== "string") return `S3.${method}`;
  const [service = "", operation = ""] = target.split(".");
  return `${service.split("_")[0]}.${operation}`;
}

function headersOf({ headers, body }: Answer) {
  return { ...headers, "content-length": body.length };
}
