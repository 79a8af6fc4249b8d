import type { ServerResponse } from "node:http";
import type { Handler } from "./answer.ts";
import type { Flow } from "./contract.ts";
import { type FlowParts, fullSample, quickSample } from "./sample.ts";

/** One sample a second; a minute of them is kept. */
const SAMPLE_MS = 1000;
const KEPT = 60;

/** Starts to sample the pipeline, once for all who look. While nobody does, only numbers that are there are kept. */
export function startFlow(parts: FlowParts, log: (line: string) => void): { handler: Handler; close(): void } {
  const history: Flow[] = [];
  const viewers = new Set<ServerResponse>();
  let isBusy = false;
  let shards = 0;

  async function sample(): Promise<void> {
    const flow = viewers.size > 0 ? await fullSample(parts) : quickSample(parts, shards);
    shards = flow.stream.shards;
    for (const viewer of viewers) send(viewer, flow);
    history.push({ ...flow, buffers: [], landed: [] });
    if (history.length > KEPT) history.shift();
  }

  /** A sample that takes longer than a second costs the next one. */
  async function tick(): Promise<void> {
    if (isBusy) return;
    isBusy = true;
    await sample().catch((error: unknown) => log(`console: the flow could not be sampled: ${error}`));
    isBusy = false;
  }

  const timer = setInterval(() => void tick(), SAMPLE_MS);
  return {
    async handler({ response, signal }) {
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
      for (const flow of history) send(response, flow);
      send(response, await fullSample(parts));
      if (signal.aborted) return;
      viewers.add(response);
      signal.addEventListener("abort", () => viewers.delete(response));
    },
    close: () => clearInterval(timer),
  };
}

/** A page that does not keep up misses samples; they do not pile up here. */
function send(viewer: ServerResponse, flow: Flow): void {
  if (!viewer.writableNeedDrain) viewer.write(`data: ${JSON.stringify(flow)}\n\n`);
}
