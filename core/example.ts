import { isDeepStrictEqual } from "node:util";
import type { PluginSet } from "./order.ts";
import { DEFAULT_WINDOW } from "./partition.ts";
import { createPipeline, type Outcome } from "./pipeline.ts";
import type { Example, Plugin } from "./plugin.ts";
import { lineOf } from "./row.ts";

/** A field that is not as the example says. */
export interface Difference {
  readonly field: string;
  readonly expected: unknown;
  readonly got: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

/** What becomes of an example's event. */
export interface Tried {
  /** The stored event with its details read back; undefined when there is none. */
  readonly event: Fields | undefined;
  /** None: the example holds. */
  readonly differences: readonly Difference[];
}

/**
 * Runs one example of a plugin with all the plugins of a set around it, as the lake would. `out` of `null` also holds
 * where the plugin is in COUNT mode and would drop the event.
 *
 * @param arrivalMs when the event arrives and is processed, milliseconds since 1970
 */
export function tryExample(set: PluginSet, plugin: Plugin, example: Example, arrivalMs: number): Tried {
  const resources = { ...set.resources, ...example.resources };
  const record = { stream: "examples", shard: "0", sequence: "1", partitionKey: "", arrivalMs };
  const payload = new TextEncoder().encode(example.in);
  const pipeline = createPipeline({ ...set, resources }, DEFAULT_WINDOW);
  const [outcome] = pipeline.process({ ...record, payload }, arrivalMs);
  const event = outcome?.kind === "event" ? readBack(outcome) : undefined;
  if (example.out === null) {
    const isMeant = isDroppedBy(plugin, outcome);
    return { event, differences: isMeant ? [] : [{ field: "event", expected: "dropped", got: fateOf(outcome) }] };
  }
  if (!event) return { event, differences: [{ field: "event", expected: "an event", got: fateOf(outcome) }] };
  return { event, differences: differencesOf(event, example.out) };
}

/** The row as it is stored, with `details` as an object again. */
export function readBack({ row }: Extract<Outcome, { kind: "event" }>): Fields & { readonly details: Fields } {
  const stored = JSON.parse(lineOf(row));
  return { ...stored, details: JSON.parse(stored.details) };
}

function isDroppedBy({ name, dropMode }: Plugin, outcome: Outcome | undefined): boolean {
  if (dropMode !== "count") return outcome?.kind === "dropped" && isLabelOf(name, outcome.plugin);
  return outcome?.kind === "event" && outcome.wouldDrop?.some((label) => isLabelOf(name, label)) === true;
}

function isLabelOf(name: string, label: string): boolean {
  return label === `normalization_${name}` || label === `enrichment_${name}`;
}

function fateOf(outcome: Outcome | undefined): string {
  if (outcome?.kind === "dropped") return `dropped by ${outcome.plugin}`;
  if (outcome?.kind === "quarantined") return `quarantined: ${outcome.entry.message}`;
  return outcome ? "an event" : "nothing";
}

/** Fields of the shell are compared with the event, all others with its details. */
function differencesOf(event: Fields, out: Fields): Difference[] {
  const details = Object(event.details);
  return Object.entries(out).flatMap(([field, expected]) => {
    const got = Object.hasOwn(event, field) ? event[field] : details[field];
    return isDeepStrictEqual(got, expected) ? [] : [{ field, expected, got }];
  });
}
