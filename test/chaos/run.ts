import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { KinesisClient } from "@aws-sdk/client-kinesis";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { LAKE_FILE } from "../../handlers/cli/target.ts";
import { lake as runCommand } from "../e2e/support.ts";
import type { ChaosAssembly } from "./assembly.ts";
import { type Audit, audit } from "./audit.ts";
import { createFaults } from "./faults.ts";
import { type Injected, touchedBy } from "./injected.ts";
import { type ChaosLake, type Counts, chaosLake } from "./lake.ts";
import { countCrashes, type Logged, readConsumerLog, readNotes } from "./logs.ts";
import type { Corpus } from "./payloads.ts";
import { CLIENT, type Produced } from "./producer.ts";
import { startProxy } from "./proxy.ts";
import { readStored } from "./stored.ts";
import { storm } from "./storm.ts";
import { readStream, type Streamed } from "./stream.ts";

export interface RunOptions extends Corpus {
  /** Empty; holds the lake when it is over. */
  readonly dir: string;
  readonly assembly: ChaosAssembly;
  /** How often the lake is killed, the stream resharded, and the clock set. */
  readonly kills: number;
  /** How much of the run is over, 0 to 1; at 1 nothing more is put. */
  readonly share: (produced: Produced) => number;
  readonly onProgress?: (phase: string, produced: Produced) => void;
}

export interface ChaosRun {
  readonly injected: readonly Injected[];
  readonly audit: Audit;
  readonly produced: Produced;
  readonly logged: Logged;
  readonly notes: ReadonlyMap<string, readonly unknown[]>;
  readonly counts: Counts;
  /** Rows of both tables in storage, copies included. */
  readonly rows: number;
  /** Invocations that crashed, threw or timed out. */
  readonly crashes: number;
}

/** Seconds for everything on the stream to be worked off once nothing more is put, faults and all. */
const DRAIN_SECONDS = 600;

/** Firehose's interval: short, so that there are many objects, and buffers that a kill finds full. */
const BUFFER_SECONDS = 1;

/** Times that a redrive which S3 or Kinesis refused is run again. */
const MOST_REDRIVES = 20;

/** Runs the lake through the storm, lets it settle, has what was given up redriven, and audits its storage. */
export async function runChaos(options: RunOptions): Promise<ChaosRun> {
  const { dir, assembly, onProgress = () => {} } = options;
  const injected: Injected[] = [];
  const faults = createFaults(options.seed);
  let produced: Produced = { payloads: 0, documents: 0, acknowledged: new Map() };
  const proxy = await startProxy({
    faults,
    onFault: (name, request) => injected.push({ name, touched: touchedBy(request), payloads: produced.payloads }),
  });
  const setup = { dir, assembly: assembly.assembly, functionEndpoint: proxy.url, bufferSeconds: BUFFER_SECONDS };
  const lake = chaosLake(setup);
  const kinesis = new KinesisClient({ ...CLIENT, endpoint: proxy.url, requestHandler: new NodeHttpHandler() });
  try {
    proxy.target = await lake.start();
    await storm({
      ...{ ...options, lake, proxy, kinesis },
      onProgress(now) {
        produced = now;
        onProgress("storm", now);
      },
      onDisturbed: (name, payloads, again) =>
        injected.push({ name, payloads, touched: again === undefined ? "all so far" : [again] }),
    });
    onProgress("drain", produced);
    await lake.settle(DRAIN_SECONDS);
    const stream = await readStream(kinesis, lake.outputs.StreamName ?? "", options);
    onProgress("redrive", produced);
    writeFileSync(join(assembly.bundle, "calm"), "");
    await redrive(dir, lake, proxy.url);
    faults.stop();
    await lake.settle(DRAIN_SECONDS);
    await lake.kill();
    onProgress("audit", produced);
    return { injected, produced, counts: lake.counts, ...examine(options, lake, produced, stream) };
  } finally {
    await lake.kill();
    await proxy.close();
    kinesis.destroy();
  }
}

/** Reads what the lake has left on disk. */
function examine({ dir, assembly, ...corpus }: RunOptions, lake: ChaosLake, produced: Produced, stream: Streamed[]) {
  const { StreamName: streamName = "", LakeBucket = "" } = lake.outputs;
  const notes = readNotes(assembly.bundle);
  const stored = readStored(join(dir, "s3"), LakeBucket);
  const dropped = new Set(notes.get("dropped"));
  return {
    audit: audit({ ...corpus, streamName, produced, stream, stored, dropped }),
    notes,
    rows: stored.rows,
    logged: readConsumerLog(dir, assembly.consumer),
    crashes: countCrashes(dir),
  };
}

/** Puts back what Lambda gave up, with the command that people use, until it says that all was put. */
async function redrive(dir: string, { pid, outputs }: ChaosLake, endpoint: string): Promise<void> {
  if (!existsSync(join(dir, "s3", outputs.LakeBucket ?? "", "aws"))) return;
  writeFileSync(join(dir, LAKE_FILE), JSON.stringify({ endpoint, pid, outputs }));
  let said = "";
  for (let run = 0; run < MOST_REDRIVES; run++) {
    const { code, stderr } = await runCommand(["redrive", "--only", "failures", "--dir", dir]);
    if (code === 0) return;
    said = stderr;
  }
  throw new Error(`chaos: what was given up could not be redriven in ${MOST_REDRIVES} runs:\n${said}`);
}
