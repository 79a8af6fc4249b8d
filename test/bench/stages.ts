import { createNames } from "../../core/names.ts";
import type { PluginSet } from "../../core/order.ts";
import { createPacker } from "../../core/pack.ts";
import { DEFAULT_WINDOW } from "../../core/partition.ts";
import type { SourceRecord } from "../../core/pipeline.ts";
import { type Row, rowOf } from "../../core/row.ts";
import { createRunner, type Run } from "../../core/run.ts";
import { scan } from "../../core/scan.ts";
import type { Records as LazyRecords } from "../../handlers/events.ts";
import { recordsOf } from "../../handlers/kinesis.ts";
import { createBest } from "./best.ts";
import { CLOCK_MS, repeat, timed } from "./clock.ts";
import { ARRIVAL_MS, type Corpus } from "./corpus.ts";
import { ARRIVAL, runRecord } from "./jobs.ts";
import { sourceRecordOf } from "./product.ts";

const NO_NAMES = createNames([]);

/** Microseconds an event. */
export interface StageTimes {
  /** Lambda's records to ours, and base64. */
  readonly record: number;
  /** Reading the bytes, where nobody asks for a field. */
  readonly scan: number;
  /** The fields that plugins ask for, parsing where one needs all of the event, and every plugin. */
  readonly run: number;
  /** The row's bytes. */
  readonly row: number;
  /** Firehose's bytes. */
  readonly pack: number;
}

/** Times each stage of the path by itself. The race is run without any of these clocks. */
export function measureStages(corpus: Corpus, plugins: PluginSet, seconds: number): StageTimes {
  const best = createBest();
  const run = createRunner(plugins);
  repeat(corpus, seconds, ({ Records }, slice) => {
    const [, reading] = timed(() => readAll(recordsOf(Records)));
    const sources = Records.map(sourceRecordOf);
    const [, scanning] = timed(() => sources.map(({ payload }) => scan(payload, NO_NAMES)));
    const { rows, running, writing } = timeRows(run, sources);
    const [, packing] = timed(() => pack(rows));
    const stages = { record: reading, scan: scanning, run: running, row: writing, pack: packing };
    for (const [name, ms] of Object.entries(stages)) best.note(name, slice, ms);
  });
  const us = (name: string) => (best.total(name) * 1000) / corpus.texts.length;
  return { record: us("record"), scan: us("scan"), run: us("run") - us("scan"), row: us("row"), pack: us("pack") };
}

function readAll(records: LazyRecords): void {
  for (let i = 0; i < records.length; i++) records.at(i);
}

/** Running and writing take turns event by event: the runner's index is valid until its next event. */
function timeRows(run: Run, sources: readonly SourceRecord[]): { rows: Row[]; running: number; writing: number } {
  const rows: Row[] = [];
  const spent = { running: 0, writing: 0 };
  for (const source of sources) {
    const start = performance.now();
    const result = runRecord(run, source);
    const ran = performance.now();
    if (result.kind !== "event") continue;
    const row = rowOf(result.event, result.index, ARRIVAL_MS, ARRIVAL, DEFAULT_WINDOW);
    spent.writing += performance.now() - ran - CLOCK_MS;
    spent.running += ran - start - CLOCK_MS;
    rows.push({ ...row, bytes: row.bytes.slice() }); // the next is written over it
  }
  return { rows, ...spent };
}

function pack(rows: readonly Row[]): void {
  const packer = createPacker<number>();
  for (const [i, row] of rows.entries()) packer.add(row, i);
  packer.take();
}
