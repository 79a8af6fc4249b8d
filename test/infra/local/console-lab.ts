/** One lake with its console, in this process, and calls to it as the page makes them. */

import { mkdtempSync, rmSync } from "node:fs";
import { type IncomingHttpHeaders, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Flow, Query } from "../../../infra/local/console/contract.ts";
import { type Lake, startLake } from "../../../infra/local/lake.ts";

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface ConsoleLab {
  readonly lake: Lake;
  readonly port: number;
  /** What the page sends with each call. */
  readonly own: Readonly<Record<string, string>>;
  /** Any request, with just these headers. */
  raw(method: string, path: string, headers: Record<string, string>, body?: string | Buffer): Promise<Answered>;
  /** A call of the page; its JSON. @throws {Error} for any status but 200 */
  call<T>(method: string, path: string, body?: unknown): Promise<T>;
  /** A statement's answer, once it has one. */
  query(sql: string): Promise<Query>;
  /** Samples of the flow, from those of the last minute on, until one suits. */
  flowUntil(suits: (flow: Flow) => boolean): Promise<Flow>;
  close(): Promise<void>;
}

export async function startConsoleLab(): Promise<ConsoleLab> {
  const dir = mkdtempSync(join(tmpdir(), "lake-console-"));
  const lake = await startLake({ dir, port: 0, bulkPort: 0, bufferSeconds: 1, console: { port: 0 } });
  const { origin, port, hash } = new URL(lake.consoleUrl ?? "");
  const own = { authorization: `Bearer ${hash.slice("#token=".length)}`, origin, "sec-fetch-site": "same-origin" };

  function raw(method: string, path: string, headers: Record<string, string>, body?: string | Buffer) {
    return new Promise<Answered>((resolve, reject) => {
      const sent = request({ host: "127.0.0.1", port, method, path, headers }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (piece) => {
          text += piece;
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
      });
      sent.on("error", reject).end(body);
    });
  }

  async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const isPlain = body === undefined || typeof body === "string" || Buffer.isBuffer(body);
    const { status, text } = await raw(method, path, own, isPlain ? body : JSON.stringify(body));
    if (status !== 200 && status !== 204) throw new Error(`${status}: ${text}`);
    return JSON.parse(text || "null");
  }

  return {
    lake,
    port: Number(port),
    own,
    raw,
    call,
    async query(sql) {
      const { id } = await call<{ id: string }>("POST", "/api/queries", { sql });
      for (;;) {
        const answer = await call<Query>("GET", `/api/queries/${id}`);
        if (answer.state !== "QUEUED" && answer.state !== "RUNNING") return answer;
        await sleep(20);
      }
    },
    async flowUntil(suits) {
      const response = await fetch(`${origin}/api/flow`, { headers: own });
      let text = "";
      for await (const piece of response.body ?? []) {
        text += Buffer.from(piece).toString();
        const events = text.split("\n\n");
        text = events.pop() ?? "";
        const found = events.map((event): Flow => JSON.parse(event.slice("data: ".length))).find(suits);
        if (found) return found;
      }
      throw new Error("the flow ended");
    },
    async close() {
      await lake.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Asks until the answer suits; fails with the last one when it never does. */
export async function until<T>(ask: () => Promise<T>, suits: (answer: T) => boolean): Promise<T> {
  for (let tries = 0; ; tries++) {
    const answer = await ask();
    if (suits(answer)) return answer;
    if (tries === 60) throw new Error(`never: ${JSON.stringify(answer)}`);
    await sleep(250);
  }
}
