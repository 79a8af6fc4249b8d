/**
 * Processes one batch as the consumer does, with a Firehose that takes 50 ms a call, and answers with what it took. The batch is
 * the JSON in a file, as Lambda's runtime reads it from a response; the peak of the resident set is of the process, so each
 * batch needs one of its own.
 */

import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { KinesisStreamEvent } from "aws-lambda";
import { DEFAULT_WINDOW } from "../../core/partition.ts";
import { createPipeline } from "../../core/pipeline.ts";
import { processBatch } from "../../handlers/batch.ts";
import { recordsOf } from "../../handlers/kinesis.ts";
import { plugins } from "../../plugins/registry.ts";
import { ARRIVAL_MS } from "../bench/corpus.ts";

const CALL_MS = 50;

const event: KinesisStreamEvent = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8"));
void processAll(event);

async function processAll({ Records }: KinesisStreamEvent): Promise<void> {
  const records = recordsOf(Records);
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
}

/** The peak of the resident set. Linux's `getrusage` counts that of the process it was forked from as well. */
function peakBytes(): number {
  if (process.platform !== "linux") return process.resourceUsage().maxRSS * 1024;
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) * 1024;
}
