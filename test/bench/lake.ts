/** The whole lake on this machine, from PutRecords to a row that a query finds: `npm run bench:lake`. */

import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { KinesisClient, PutRecordsCommand, type PutRecordsRequestEntry } from "@aws-sdk/client-kinesis";
import { type RunningLake, remove, startLake, temporaryFolder } from "../e2e/support.ts";
import { createCorpus } from "./corpus.ts";
import { threadTimes } from "./threads.ts";

/** Records of a PutRecords call, and calls in flight. */
const CALL = { records: 500, inFlight: 2 };

/** How long everything may take once it is put, in milliseconds. */
const PATIENCE_MS = 300_000;

const HELP = `Usage: npm run bench:lake -- [--events N] [--json]

Starts a lake in a folder that is deleted afterwards, puts N events of the generated corpus (default 60000) over the Kinesis
protocol as fast as it takes them, and waits until a query counts them all. Producer and lake share the machine. Says how
many events a second go in and come out, what CPU time each thread takes for an event (on Linux), and what bounds it.`;

const { values } = parseArgs({
  options: {
    events: { type: "string", default: "60000" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (values.help) console.log(HELP);
else await main(Number(values.events), values.json);

async function main(events: number, json: boolean): Promise<void> {
  const dir = temporaryFolder();
  try {
    const lake = await startLake(dir, "--no-console", "--buffer-seconds", "2");
    const report = await measure(lake, events);
    await lake.kill("SIGINT");
    console.log(json ? JSON.stringify(report) : textOf(report));
  } finally {
    remove(dir);
  }
}

interface Report {
  readonly events: number;
  readonly bytes: number;
  /** Seconds until the stream had all of them, and until a query found all of them. */
  readonly putSeconds: number;
  readonly queryableSeconds: number;
  /** CPU time of the producer here, and of the lake by thread, in microseconds an event; the most first. */
  readonly producerUs: number;
  readonly threads: readonly { readonly name: string; readonly us: number }[];
}

async function measure(lake: RunningLake, events: number): Promise<Report> {
  const { texts, bytes } = createCorpus(events);
  const before = await settled(lake);
  const times = threadTimes(lake.pid);
  const own = process.cpuUsage();
  const start = performance.now();
  await putAll(lake, texts);
  const putSeconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(own);
  while ((await count(lake)) < before + events) {
    if (performance.now() - start > PATIENCE_MS) throw new Error("bench:lake: not all events became rows in time");
    await sleep(500);
  }
  const queryableSeconds = (performance.now() - start) / 1000;
  const threads = [...threadTimes(lake.pid)]
    .map(([name, seconds]) => ({ name, us: ((seconds - (times.get(name) ?? 0)) * 1e6) / events }))
    .sort((a, b) => b.us - a.us);
  return { events, bytes, putSeconds, queryableSeconds, producerUs: (user + system) / events, threads };
}

/** Rows once the samples that a new lake puts are in. */
async function settled(lake: RunningLake): Promise<number> {
  for (let last = -1; ; await sleep(3000)) {
    const rows = await count(lake);
    if (rows > 0 && rows === last) return rows;
    last = rows;
  }
}

async function count(lake: RunningLake): Promise<number> {
  const [row] = await lake.query("SELECT count(*) AS n FROM events");
  return Number(row?.n);
}

async function putAll(lake: RunningLake, texts: readonly string[]): Promise<void> {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const kinesis = new KinesisClient({ endpoint: lake.endpoint, region: "us-east-1", credentials });
  const calls: PutRecordsRequestEntry[][] = [];
  for (let i = 0; i < texts.length; i += CALL.records) {
    calls.push(
      texts.slice(i, i + CALL.records).map((text, j) => ({ Data: Buffer.from(text), PartitionKey: String(i + j) })),
    );
  }
  const queue = calls.values();
  const worker = async () => {
    for (const Records of queue) {
      const put = new PutRecordsCommand({ StreamName: lake.outputs.StreamName, Records });
      const { FailedRecordCount } = await kinesis.send(put);
      if (FailedRecordCount) throw new Error(`bench:lake: ${FailedRecordCount} records were refused`);
    }
  };
  await Promise.all(Array.from({ length: CALL.inFlight }, worker));
}

function textOf({ events, bytes, putSeconds, queryableSeconds, producerUs, threads }: Report): string {
  const rate = (seconds: number) =>
    `${Math.round(events / seconds).toLocaleString("en-US")} events/s, ${(bytes / 1e6 / seconds).toFixed(1)} MB/s`;
  return [
    `${events.toLocaleString("en-US")} events of ${Math.round(bytes / events)} B`,
    `into the stream      ${putSeconds.toFixed(1)} s   ${rate(putSeconds)}`,
    `found by a query     ${queryableSeconds.toFixed(1)} s   ${rate(queryableSeconds)}`,
    "",
    "CPU time, in microseconds an event:",
    `${line(threads.reduce((sum, { us }) => sum + us, 0))}the lake, all threads`,
    ...threads.slice(0, 6).map(({ name, us }) => `${line(us)}  of which ${name}`),
    `${line(producerUs)}the producer`,
    "",
    `Two cores with nothing else to do: ${bound(threads, producerUs)}`,
  ].join("\n");
}

function line(us: number): string {
  return `${us.toFixed(0).padStart(6)}  `;
}

/** What the CPU times allow: all of them on two cores, or the busiest thread on one of them. */
function bound(threads: Report["threads"], producerUs: number): string {
  const all = threads.reduce((sum, { us }) => sum + us, producerUs);
  const [busiest = { name: "none", us: 0 }] = threads;
  const rate = (us: number) => Math.round(1e6 / us).toLocaleString("en-US");
  return all / 2 > busiest.us
    ? `${rate(all / 2)} events/s, bound by both cores (the busiest thread, ${busiest.name}, could take ${rate(busiest.us)})`
    : `${rate(busiest.us)} events/s, bound by the thread ${busiest.name}`;
}
