import { parseJson } from "../../core/json.ts";
import type { PluginSet } from "../../core/order.ts";
import { createPacker } from "../../core/pack.ts";
import { DEFAULT_WINDOW } from "../../core/partition.ts";
import { type Row, rowOf } from "../../core/row.ts";
import { createRunner, type Run } from "../../core/run.ts";
import { createBest } from "./best.ts";
import { CLOCK_MS, repeat, timed } from "./clock.ts";
import { ARRIVAL_MS, type Corpus } from "./corpus.ts";
import { ARRIVAL, type Job, jobsOf, runJob } from "./jobs.ts";

/** Microseconds an event. */
export interface StageTimes {
  /** Base64, UTF-8 and documents, without their JSON. */
  readonly decode: number;
  readonly parse: number;
  /** Lower-casing and every plugin. */
  readonly run: number;
  /** The row's text. */
  readonly row: number;
  /** Firehose's bytes. */
  readonly pack: number;
}

/** Times each stage of the path by itself. The race is run without any of these clocks. */
export function measureStages(corpus: Corpus, plugins: PluginSet, seconds: number): StageTimes {
  const best = createBest();
  const run = createRunner(plugins);
  repeat(corpus, seconds, ({ Records }, slice) => {
    const texts = Records.map(({ kinesis }) => Buffer.from(kinesis.data, "base64").toString());
    const [, parsing] = timed(() => texts.map(parseJson));
    const [jobs, decoding] = timed(() => Records.flatMap(jobsOf));
    const { rows, running, writing } = timeRows(run, jobs);
    const [, packing] = timed(() => pack(rows));
    const stages = { decode: decoding, parse: parsing, run: running, row: writing, pack: packing };
    for (const [name, ms] of Object.entries(stages)) best.note(name, slice, ms);
  });
  const us = (name: string) => (best.total(name) * 1000) / corpus.texts.length;
  return { decode: us("decode") - us("parse"), parse: us("parse"), run: us("run"), row: us("row"), pack: us("pack") };
}

/** Running and writing take turns event by event: the runner's index is valid until its next event. */
function timeRows(run: Run, jobs: readonly Job[]): { rows: Row[]; running: number; writing: number } {
  const rows: Row[] = [];
  const spent = { running: 0, writing: 0 };
  for (const job of jobs) {
    const start = performance.now();
    const result = runJob(run, job);
    const ran = performance.now();
    if (result.kind === "event") rows.push(rowOf(result.event, result.index, ARRIVAL_MS, ARRIVAL, DEFAULT_WINDOW));
    spent.writing += performance.now() - ran - CLOCK_MS;
    spent.running += ran - start - CLOCK_MS;
  }
  return { rows, ...spent };
}

function pack(rows: readonly Row[]): void {
  const packer = createPacker<number>();
  for (const [i, row] of rows.entries()) packer.add(row, i);
  packer.take();
}
