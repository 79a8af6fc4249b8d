// An event's fields one by one, each with the plugin that set it last.
import type { Normalized, StoredEvent } from "../../contract.ts";
import { isFields, valueText } from "../json.ts";

export interface Field {
  /** Such as `details.user`. */
  readonly path: string;
  readonly text: string;
  /** A plugin; `LAKE` for the partition; undefined for what the producer sent. */
  readonly setBy: string | undefined;
}

/** Who files an event under its hour: no plugin. */
export const LAKE = "the lake";
const PARTITION = ["year", "month", "day", "hour"];

type Steps = Normalized["steps"];

/** Fields in the event's order, objects opened, lists kept as one. */
export function fieldsOf(event: StoredEvent, steps: Steps): Field[] {
  return leaves(event, "").map(([path, value]) => ({ path, text: valueText(value), setBy: setterOf(path, steps) }));
}

function leaves(fields: Readonly<Record<string, unknown>>, before: string): (readonly [string, unknown])[] {
  return Object.entries(fields).flatMap(([key, value]) => {
    const path = before === "" ? key : `${before}.${key}`;
    if (isFields(value) && Object.keys(value).length > 0) return leaves(value, path);
    return [[path, value] as const];
  });
}

/** The last plugin that set the field, something that holds it, or something inside it. */
function setterOf(path: string, steps: Steps): string | undefined {
  if (PARTITION.includes(path)) return LAKE;
  const touches = (set: string) =>
    set === path || path.startsWith(`${set}.`) || set.startsWith(`${path}.`) || set.startsWith(`${path}[`);
  return steps.findLast(({ set }) => set.some(touches))?.plugin;
}

/** The shell fields of an example that say what a source plugin did. */
const SHELL = ["source", "category", "severity", "summary", "utctimestamp"];

/**
 * The text of an example for a plugin's file: the event as it came, and what became of it. A plugin that does it
 * otherwise fails the contract's tests with it.
 */
export function exampleOf({ raw, event, steps }: Normalized): string {
  const input = JSON.stringify(compacted(raw));
  if (!event) return `{ in: ${input}, out: null },`;
  const fields = fieldsOf(event, steps).filter(({ setBy }) => setBy !== undefined);
  const out = fields.flatMap(({ path }) => {
    const name = path.replace(/^details\./, "");
    const own = SHELL.includes(path) || (path.startsWith("details.") && /^[a-z]\w*$/.test(name));
    return own ? [`    ${name}: ${JSON.stringify(valueAt(event, path))},`] : [];
  });
  return `{\n  in: ${input},\n  out: {\n${out.join("\n")}\n  },\n},`;
}

/** On one line where it is JSON, untouched otherwise. */
function compacted(text: string): string {
  return text.replace(/("(?:[^"\\]|\\.)*")|\s+/g, (_all, quoted: string | undefined) => quoted ?? "");
}

function valueAt(event: StoredEvent, path: string): unknown {
  if (!path.startsWith("details.")) return event[path];
  return isFields(event.details) ? event.details[path.slice("details.".length)] : undefined;
}
