import { Worker } from "node:worker_threads";
import { config } from "../../../handlers/config.ts";
import { MAX_PAYLOAD_BYTES } from "../../../handlers/records.ts";
import { type Handler, Refusal, readBody } from "./answer.ts";
import type { NormalizeInput } from "./normalize-worker.ts";

/** A plugin that does not come back is left out after two seconds at most; many that do not may take longer. */
const PATIENCE_MS = 20_000;

const MEMORY_MB = 512;

export interface Consumer {
  /** Its environment, as JSON: the output `ConsumerSettings`. */
  readonly settings: string;
  /** The folder of its bundle. */
  readonly folder: string;
  /** What AWS's clients in it are told: where the lake is. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Runs the bytes of a record through the pipeline with the consumer's settings and the plugins that are in the folder
 * now. Beside this process: whatever a plugin does, the lake goes on.
 */
export function normalizeHandler({ settings: json, folder, env }: Consumer): Handler {
  const { acceptText, window, places } = config(JSON.parse(json));
  const settings = { acceptText, window, places };
  return async ({ request, signal }) => {
    const payload = await readBody(request, MAX_PAYLOAD_BYTES);
    return normalize({ payload, now: Date.now(), settings, folder }, env, signal);
  };
}

function normalize(workerData: NormalizeInput, env: Consumer["env"], signal: AbortSignal): Promise<string> {
  const worker = new Worker(new URL("normalize-worker.ts", import.meta.url), {
    workerData,
    env: { ...process.env, ...env },
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
  });
  const ended = new Promise<string>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", (error) => reject(new Refusal(422, `The plugins cannot be run: ${error.message}`)));
    worker.once("exit", () => reject(new Refusal(422, `The plugins did not come back within ${PATIENCE_MS} ms`)));
  });
  const stop = () => void worker.terminate();
  const timer = setTimeout(stop, PATIENCE_MS);
  signal.addEventListener("abort", stop, { once: true });
  return ended.finally(() => {
    clearTimeout(timer);
    stop();
  });
}
