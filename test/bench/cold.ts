/** Starts the consumer cold again and again: `npm run bench:cold`. */

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { quantile } from "./best.ts";
import { type Variant, writeVariants } from "./cold-variants.ts";
import { createCorpus } from "./corpus.ts";

const CHILD = fileURLToPath(new URL("./cold-child.cjs", import.meta.url));

/** Events of the first batch. */
const EVENTS = 100;

const HELP = `Usage: npm run bench:cold -- [--runs N] [--json]

Starts three functions, each in a process of its own, in turn: one that does nothing; the consumer as a plain minified
CommonJS bundle with the SDK's clients; and the consumer's bundle as it is deployed. Says how large they are, how long
their import takes, and the time from the start of the process until a first batch of ${EVENTS} events is with a Firehose
on this machine. Medians; ratios are of runs side by side.

  --runs N  starts of each (default 21)
  --json    one JSON object instead of the table`;

interface Start {
  /** Milliseconds that the import took. */
  readonly init: number;
  /** Milliseconds from the start of the process to the answer of the first batch. */
  readonly done: number;
}

interface Result extends Omit<Variant, "file"> {
  readonly initMs: number;
  readonly doneMs: number;
  /** Medians of the ratios to the plain bundle's run beside it. */
  readonly initRatio: number;
  readonly doneRatio: number;
}

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "21" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (values.help) console.log(HELP);
else await main(Number(values.runs), values.json);

async function main(runs: number, json: boolean): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "lake-cold-"));
  const server = await firehose();
  try {
    const variants = await writeVariants(dir);
    const eventFile = join(dir, "event.json");
    writeFileSync(eventFile, JSON.stringify(createCorpus(EVENTS).slices[0]));
    const starts = await startAll(variants, eventFile, environment(server), runs);
    const results = variants.map((variant) => resultOf(variant, starts));
    console.log(json ? JSON.stringify({ runs, events: EVENTS, results }) : tableOf(results));
  } finally {
    server.close();
    rmSync(dir, { recursive: true });
  }
}

/** @returns starts by variant; one of each, which warms the file cache, is left out */
async function startAll(
  variants: readonly Variant[],
  eventFile: string,
  env: Record<string, string>,
  runs: number,
): Promise<Map<string, Start[]>> {
  const starts = new Map<string, Start[]>(variants.map(({ name }) => [name, []]));
  for (let run = 0; run <= runs; run++) {
    // There and back again, so that none is always first.
    for (const { name, file } of run % 2 === 0 ? variants : variants.toReversed()) {
      const start = await startOnce([CHILD, file, eventFile], env);
      if (run > 0) starts.get(name)?.push(start);
    }
  }
  return starts;
}

async function startOnce(args: string[], env: Record<string, string>): Promise<Start> {
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "inherit"] });
  const printed = await text(child.stdout);
  const { failed, ...start } = JSON.parse(printed) as Start & { failed: number };
  if (failed > 0) throw new Error(`bench:cold: ${failed} records of the first batch were not delivered`);
  return start;
}

function resultOf({ file: _, ...variant }: Variant, starts: ReadonlyMap<string, readonly Start[]>): Result {
  const own = starts.get(variant.name) ?? [];
  const plain = starts.get("plain") ?? [];
  const ratio = (of: keyof Start) => median(own.map((start, i) => start[of] / (plain[i]?.[of] ?? Number.NaN)));
  return {
    ...variant,
    initMs: median(own.map(({ init }) => init)),
    doneMs: median(own.map(({ done }) => done)),
    initRatio: ratio("init"),
    doneRatio: ratio("done"),
  };
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function tableOf(results: readonly Result[]): string {
  const header = "bundle     KB   gzip   import ms  of plain   first batch ms  of plain";
  const lines = results.map(({ name, bytes, gzipBytes, initMs, initRatio, doneMs, doneRatio }) =>
    [
      name.padEnd(8),
      (bytes / 1000).toFixed(0).padStart(5),
      (gzipBytes / 1000).toFixed(0).padStart(6),
      initMs.toFixed(1).padStart(11),
      initRatio.toFixed(2).padStart(9),
      doneMs.toFixed(1).padStart(16),
      doneRatio.toFixed(2).padStart(9),
    ].join(""),
  );
  return [header, ...lines].join("\n");
}

/** What infra/consumer.ts and Lambda set. */
function environment(server: Server): Record<string, string> {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("bench:cold: no port");
  return {
    DELIVERY_STREAM: "cold",
    QUARANTINE_STREAM: "cold",
    LAKE_BUCKET: "cold",
    PARTITION_BY: "event",
    LATE_HOURS: "480",
    FUTURE_HOURS: "1",
    ACCEPT_TEXT: "false",
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "cold",
    AWS_SECRET_ACCESS_KEY: "cold",
    AWS_ENDPOINT_URL: `http://127.0.0.1:${address.port}`,
  };
}

/** A Firehose that takes everything. */
async function firehose(): Promise<Server> {
  const server = createServer(async (request, response) => {
    const { Records } = JSON.parse(await text(request)) as { Records: unknown[] };
    const RequestResponses = Records.map((_, i) => ({ RecordId: String(i) }));
    response.setHeader("content-type", "application/x-amz-json-1.1");
    response.setHeader("connection", "close");
    response.end(JSON.stringify({ FailedPutCount: 0, RequestResponses }));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return server;
}
