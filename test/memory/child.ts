/**
 * Processes one batch, which comes as a message, as the consumer does, with a Firehose that takes 50 ms a call, and answers with
 * what it took: the peak of the resident set is of the process, so each batch needs one of its own.
 */

import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { DEFAULT_WINDOW } from "../../core/partition.ts";
import { createPipeline, type SourceRecord } from "../../core/pipeline.ts";
import { processBatch } from "../../handlers/batch.ts";
import { plugins } from "../../plugins/registry.ts";
import { ARRIVAL_MS } from "../bench/corpus.ts";

const CALL_MS = 50;

process.on("message", async (payloads: string[]) => {
  const records = payloads.map((data, i): SourceRecord => {
    const place = { stream: "lake", shard: "0", sequence: String(i), partitionKey: "key", arrivalMs: ARRIVAL_MS };
    return { payload: Buffer.from(data, "base64"), ...place };
  });
  const sent = { calls: 0, bytes: 0, inFlight: 0, most: 0 };
  const { counts } = await processBatch(records, {
    pipeline: createPipeline(plugins, DEFAULT_WINDOW),
    pluginSet: plugins.version,
    oneHour: true,
    timeLeft: () => 60_000,
    now: () => ARRIVAL_MS,
    async deliver(_table, calls) {
      sent.most = Math.max(sent.most, ++sent.inFlight);
      await sleep(CALL_MS);
      sent.inFlight--;
      for (const { data } of calls.flat()) sent.bytes += data.length;
      sent.calls += calls.length;
      return calls.map((call) => ({ delivered: call.map(() => true), retries: 0 }));
    },
    storePayload: async () => "s3://lake/payload",
  });
  process.send?.({ counts, sent, peak: peakBytes() });
  process.disconnect();
});

/** The peak of the resident set. Linux's `getrusage` counts that of the process it was forked from as well. */
function peakBytes(): number {
  if (process.platform !== "linux") return process.resourceUsage().maxRSS * 1024;
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) * 1024;
}
