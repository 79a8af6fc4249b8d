import { fork } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { KinesisStreamRecord } from "aws-lambda";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { NODE_OPTIONS } from "../../infra/limits.ts";
import { ARRIVAL_MS } from "../bench/corpus.ts";
import { BATCHES } from "./payloads.ts";

const folder = mkdtempSync(join(tmpdir(), "lake-memory-"));
const bundle = join(folder, "child.cjs");
const batch = join(folder, "batch.json");

/** Bundled, as it is deployed: loading TypeScript would take more memory than a batch. */
beforeAll(() =>
  build({
    entryPoints: [fileURLToPath(new URL("child.ts", import.meta.url))],
    outfile: bundle,
    bundle: true,
    platform: "node",
    target: "node24",
    mainFields: ["module", "main"],
  }),
);
afterAll(() => rmSync(folder, { recursive: true }));

interface Answer {
  readonly counts: { readonly received: number; readonly delivered: number };
  readonly sent: { readonly bytes: number; readonly most: number };
  /** Peak of the resident set, in bytes. */
  readonly peak: number;
}

function answerOf(payloads: readonly Buffer[]): Promise<Answer> {
  return new Promise((resolve, reject) => {
    writeFileSync(batch, JSON.stringify({ Records: payloads.map(recordOf) }));
    const child = fork(bundle, [batch], { execArgv: [NODE_OPTIONS] });
    child.on("message", (answer) => resolve(answer as Answer)); // what child.ts sends
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`memory: the child ended with ${code}`)));
  });
}

/** As Lambda hands it over. */
function recordOf(payload: Buffer, i: number): Partial<KinesisStreamRecord> {
  return {
    eventID: `shardId-000000000000:${i}`,
    eventSourceARN: "arn:aws:kinesis:us-east-1:000000000000:stream/lake",
    kinesis: {
      data: payload.toString("base64"),
      sequenceNumber: String(i),
      partitionKey: "key",
      approximateArrivalTimestamp: ARRIVAL_MS / 1000,
      kinesisSchemaVersion: "1.0",
    },
  };
}

test.each(Object.entries(BATCHES))("%s: memory is bounded", async (_, { payloads, mostMB, events }) => {
  const { counts, sent, peak } = await answerOf(payloads());
  expect(counts).toMatchObject({ received: events, delivered: events });
  expect(sent.most, "calls in flight").toBeLessThanOrEqual(2);
  expect(peak / 1e6, "peak of the resident set, MB").toBeLessThan(mostMB);
});
