import { type LakeEvent, SHELL_DEFAULTS, scalarText } from "./event.ts";
import { isObject, wellFormedJson, writeJson } from "./json.ts";
import type { KeyIndex } from "./keys.ts";
import { fileUnder, type Partition, type Window } from "./partition.ts";
import { toUTC } from "./time.ts";

/** One line of the table, and the partition it belongs to. */
export interface Row {
  readonly partition: Partition;
  /** JSON without a line end; `details` is a JSON-encoded string. */
  readonly text: string;
}

/**
 * Writes the row of an event. Its columns hold what they say whatever plugins did to them: texts are texts,
 * `utctimestamp` is a time, and `late` or `future` is among the tags when the event is not filed under its own hour.
 */
export function rowOf(event: LakeEvent, index: KeyIndex, arrivalMs: number, arrival: string, window: Window): Row {
  const utctimestamp = toUTC(event.utctimestamp, arrivalMs) ?? arrival;
  const { partition, tag } = fileUnder(utctimestamp, arrivalMs, window);
  const details = isObject(event.details) ? event.details : {};
  const row = {
    eventid: event.eventid,
    utctimestamp,
    severity: scalarText(event.severity) ?? SHELL_DEFAULTS.severity,
    summary: scalarText(event.summary) ?? SHELL_DEFAULTS.summary,
    category: scalarText(event.category) ?? SHELL_DEFAULTS.category,
    source: scalarText(event.source) ?? SHELL_DEFAULTS.source,
    tags: tag && !event.tags.includes(tag) ? [...event.tags, tag] : event.tags,
    plugins: event.plugins,
    details: writeJson(details, index.exact),
    ...partition,
  };
  return { partition, text: wellFormedJson(JSON.stringify(row)) };
}
