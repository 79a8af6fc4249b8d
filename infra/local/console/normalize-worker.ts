/** Runs one record through the plugins as they are in the folder now: each call has a thread, and so modules, of its own. */

import { parentPort, workerData } from "node:worker_threads";
import { decode } from "../../../core/decode.ts";
import { originsOf } from "../../../core/origin.ts";
import type { Outcome, SourceRecord } from "../../../core/pipeline.ts";
import { lineOf } from "../../../core/row.ts";
import { type Step, tracePipeline } from "../../../core/trace.ts";
import { loadPlugins } from "../../../handlers/cli/registry.ts";
import { equipped } from "../../../handlers/cli/settings.ts";
import type { ConsumerConfig } from "../../../handlers/config.ts";
import { runRecord } from "../../../handlers/events.ts";
import type { Normalized } from "./contract.ts";
import { storedText } from "./stored.ts";

export interface NormalizeInput {
  readonly payload: Uint8Array;
  readonly now: number;
  readonly settings: Pick<ConsumerConfig, "acceptText" | "window" | "places">;
  /** The consumer's bundle: what its settings name for plugins by a path is in it. */
  readonly folder: string;
}

/** Documents of a record that are answered; a record may hold many thousands. */
const MOST_DOCUMENTS = 500;

/** A plugin's first run is mostly the engine's warming up: its time is the shortest of this many, within this time. */
const ROUNDS = { most: 20, milliseconds: 100 };

const { payload, now, settings, folder }: NormalizeInput = workerData;
const plugins = await equipped(await loadPlugins(), settings.places, { folder });
const { pipeline, stepsOf } = tracePipeline(plugins, settings.window, settings, () => performance.now());
const place = { stream: "console", shard: "page", sequence: "1", partitionKey: "" };
const record: SourceRecord = { ...place, payload: Buffer.from(payload), arrivalMs: now };

const outcomes = runRecord(pipeline, record, now);
const shown = outcomes.slice(0, MOST_DOCUMENTS);
const steps = timed(shown.map((_, i) => stepsOf(i)));
const raw = originsOf(record).flatMap((origin) => decode(origin.payload, settings));
const answers = shown.map((outcome, i) => textOf(outcome, steps[i] ?? [], raw[i]?.payload() ?? payload));
parentPort?.postMessage(`[${answers.join(",")}]`);

/** The same steps with the shortest times of more rounds; a plugin that did not come back is not tried again. */
function timed(first: readonly (readonly Step[])[]): readonly (readonly Step[])[] {
  if (first.flat().some(({ error }) => error !== undefined)) return first;
  let best = first;
  const until = performance.now() + ROUNDS.milliseconds;
  for (let round = 1; round < ROUNDS.most && performance.now() < until; round++) {
    pipeline.process(record, now);
    best = best.map((steps, i) => shorter(steps, stepsOf(i)));
  }
  return best;
}

function shorter(steps: readonly Step[], others: readonly Step[]): Step[] {
  return steps.map((step, i) => {
    const microseconds = Math.min(step.microseconds, others[i]?.microseconds ?? step.microseconds);
    return { ...step, microseconds };
  });
}

function textOf(outcome: Outcome, steps: readonly Step[], raw: Uint8Array): string {
  const failed = outcome.kind === "quarantined" ? [] : outcome.failed;
  const why = (step: Step) => failed.find(({ plugin }) => plugin === step.plugin)?.error ?? step.error;
  const answer: Normalized = {
    raw: Buffer.from(raw).toString(),
    ...(outcome.kind === "dropped" && { droppedBy: outcome.plugin }),
    ...(outcome.kind === "quarantined" && {
      quarantined: { code: outcome.entry.code, reason: outcome.entry.message },
    }),
    steps: steps.map((step) => {
      const error = why(step);
      return error === undefined ? step : { ...step, error };
    }),
  };
  const text = JSON.stringify(answer);
  if (outcome.kind !== "event") return text;
  const { details, ...shell } = JSON.parse(lineOf(outcome.row));
  return `${text.slice(0, -1)},"event":${storedText(shell, details)}}`;
}
