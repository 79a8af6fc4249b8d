import { Worker } from "node:worker_threads";
import type { StreamBuffer } from "./buffers.ts";
import type { Call, Delivery } from "./engine.ts";
import type { Ask, WorkerSetup } from "./worker.ts";

export type EngineThread = Awaited<ReturnType<typeof startEngine>>;

interface Answer {
  id: number;
  result?: unknown;
  failure?: string;
}

/**
 * Starts the engine in a worker thread and gives its functions back as asynchronous ones.
 *
 * @throws {Error} what the engine says when it cannot open: a jq program that does not compile, a folder in use
 */
export async function startEngine(setup: WorkerSetup) {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { name: "firehose", workerData: setup });
  const waiting = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  let dead: Error | undefined;
  let last = 0;

  const started = new Promise((resolve, reject) => waiting.set(0, { resolve, reject }));
  worker.on("message", ({ id, result, failure }: Answer) => {
    const caller = waiting.get(id);
    waiting.delete(id);
    if (failure === undefined) caller?.resolve(result);
    else caller?.reject(new Error(failure));
  });
  const die = (error: Error) => {
    dead ??= error;
    for (const caller of waiting.values()) caller.reject(dead);
    waiting.clear();
  };
  worker.on("error", die);
  worker.on("exit", () =>
    die(new Error("firehose: its thread has ended; restart the lake, what was accepted is on disk")),
  );
  await started;

  /** What comes back is what worker.ts answers to the operation. */
  function ask<T>(question: Ask, transfer: ArrayBuffer[] = []): Promise<T> {
    if (dead) return Promise.reject(dead);
    return new Promise((resolve, reject) => {
      waiting.set(++last, { resolve: (result) => resolve(result as T), reject });
      worker.postMessage({ id: last, ask: question }, transfer);
    });
  }

  return {
    put: (call: Call, memory: ArrayBuffer) => ask<void>({ op: "put", call }, [memory]),
    sealAll: () => ask<void>({ op: "sealAll" }),
    next: (now: number, except: number[]) => ask<Delivery | undefined>({ op: "next", now, except }),
    delivered: (id: number) => ask<void>({ op: "delivered", id }),
    buffers: () => ask<(StreamBuffer & { dueAt: number })[]>({ op: "buffers" }),
    async close() {
      await ask<void>({ op: "close" });
      await worker.terminate();
    },
  };
}
