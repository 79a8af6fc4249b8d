/** Simulates a lake that `lake plan` has provided for: `npm run simulate`. */

import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { loadOf } from "../../handlers/cost/compare.ts";
import type { Load } from "../../handlers/cost/load.ts";
import { number } from "../../handlers/cost/print.ts";
import { planOf } from "../../handlers/plan/plan.ts";
import { plotOf } from "./plot.ts";
import { type Outcome, outcomesOf, USUAL } from "./scenarios.ts";

const HELP = `Usage: npm run simulate -- [--events-per-second N] [--bytes B] [--plot FILE] [--json]

Plays four scenarios on a lake with the shards and quotas that lake plan names, event by event: shards fill, the mapping
gathers batches, consumers work, Firehose throttles, buffers and writes. Seconds of iterator age (the oldest event that no
consumer has settled) and of delay (from arrival to object).

  --plot FILE  writes the series as an SVG picture
  --json       one JSON object, with the series`;

const { values } = parseArgs({
  options: {
    "events-per-second": { type: "string", default: String(USUAL.eventsPerSecond) },
    bytes: { type: "string", default: String(USUAL.bytes) },
    plot: { type: "string" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (values.help) console.log(HELP);
else main(Number(values["events-per-second"]), Number(values.bytes));

function main(eventsPerSecond: number, bytes: number): void {
  if (!(eventsPerSecond > 0 && bytes > 0)) throw new Error("simulate: --events-per-second and --bytes are above zero");
  const load = loadOf({ eventsPerSecond, bytes });
  const outcomes = outcomesOf(load);
  if (values.plot !== undefined) writeFileSync(values.plot, plotOf(outcomes));
  if (values.json) console.log(JSON.stringify({ load, outcomes }));
  else print(load, outcomes);
}

function print(load: Load, outcomes: readonly Outcome[]): void {
  const { shards, firehoseBytes } = planOf(load, "onDemand");
  console.log(
    `${number(load.eventsPerSecond)} events/s of ${number(load.bytes)} B: ${shards} shards on demand, Firehose at ` +
      `${(Math.max(firehoseBytes.peak, 5 * 2 ** 20) / 1e6).toFixed(1)} MB/s\n`,
  );
  for (const outcome of outcomes) console.log(textOf(outcome));
}

function textOf({ name, iteratorAge, recoveredAfter, simulated }: Outcome): string {
  const { delay, concurrency, part, gaveUp, heldBackSeconds } = simulated;
  const notes = [
    recoveredAfter === undefined ? "not over by the end" : `over ${span(recoveredAfter)} after its end`,
    ...(heldBackSeconds > 0 ? [`producers held back for ${span(heldBackSeconds)} by full shards`] : []),
    ...(gaveUp > 0 ? [`${number(gaveUp / part)} events to the failures, for lake redrive`] : []),
  ];
  return [
    name,
    `  iterator age  ${span(iteratorAge.usual)} usually, ${span(iteratorAge.most)} at most`,
    `  delay         ${span(delay.p50)} median, ${span(delay.p99)} p99, ${span(delay.most)} at most`,
    `  consumers     ${number(concurrency.average / part)} on average, ${number(concurrency.most / part)} at most`,
    `  ${notes.join("; ")}\n`,
  ].join("\n");
}

function span(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  return seconds < 120 ? `${seconds.toFixed(0)} s` : `${(seconds / 60).toFixed(0)} min`;
}
