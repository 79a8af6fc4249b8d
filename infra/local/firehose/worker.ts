/** The thread that the engine lives in: one message in, one answer out, in any order. */

import { parentPort, workerData } from "node:worker_threads";
import type { StreamPlan } from "./config.ts";
import { type Call, type Delivery, openEngine } from "./engine.ts";

export type Ask =
  | { op: "put"; call: Call }
  | { op: "sealAll" }
  | { op: "next"; now: number; except: number[] }
  | { op: "delivered"; id: number }
  | { op: "buffers" }
  | { op: "close" };

export interface WorkerSetup {
  file: string;
  plans: StreamPlan[];
}

const { file, plans } = workerData as WorkerSetup;
const engine = await openEngine(file, plans);

function answer(ask: Ask): unknown {
  if (ask.op === "put") return engine.put(ask.call);
  if (ask.op === "sealAll") return engine.sealAll();
  if (ask.op === "next") return engine.next(ask.now, ask.except);
  if (ask.op === "delivered") return engine.delivered(ask.id);
  if (ask.op === "buffers") return engine.buffers();
  return engine.close();
}

parentPort?.on("message", async ({ id, ask }: { id: number; ask: Ask }) => {
  try {
    const result = await answer(ask);
    parentPort?.postMessage({ id, result }, transferable(result));
  } catch (error) {
    parentPort?.postMessage({ id, failure: error instanceof Error ? error.message : String(error) });
  }
});
parentPort?.postMessage({ id: 0 });

/** An object's bytes are handed over, not copied, when they have their memory for themselves. */
function transferable(result: unknown): ArrayBuffer[] {
  const bytes = (result as Delivery | undefined)?.bytes;
  const memory = bytes?.buffer;
  return memory instanceof ArrayBuffer && memory.byteLength === bytes?.byteLength ? [memory] : [];
}
