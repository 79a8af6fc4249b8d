import { type LakeEvent, SHELL_DEFAULTS, scalarText } from "./event.ts";
import { isObject, wellFormedJson, writeJson } from "./json.ts";
import type { KeyIndex } from "./keys.ts";
import { fileUnder, type Partition, type Window } from "./partition.ts";
import { roomOf, type Splice, writeSplice } from "./splice.ts";
import { toUTC } from "./time.ts";

/** One line of the table, and the partition it belongs to. */
export interface Row {
  readonly partition: Partition;
  /** JSON in UTF-8, without a line end; `details` is a JSON-encoded string. */
  readonly bytes: Uint8Array;
}

/**
 * Writes the row of an event. Its columns hold what they say whatever plugins did to them: texts are texts,
 * `utctimestamp` is a time, and `late` or `future` is among the tags when the event is not filed under its own hour.
 */
export function rowOf(event: LakeEvent, index: KeyIndex, arrivalMs: number, fallback: string, window: Window): Row {
  const utctimestamp = toUTC(event.utctimestamp, arrivalMs) ?? fallback;
  const { partition, tag } = fileUnder(utctimestamp, arrivalMs, window);
  const details = isObject(event.details) ? event.details : {};
  const columns = JSON.stringify({
    eventid: event.eventid,
    utctimestamp,
    severity: scalarText(event.severity) ?? SHELL_DEFAULTS.severity,
    summary: scalarText(event.summary) ?? SHELL_DEFAULTS.summary,
    category: scalarText(event.category) ?? SHELL_DEFAULTS.category,
    source: scalarText(event.source) ?? SHELL_DEFAULTS.source,
    tags: tag && !event.tags.includes(tag) ? [...event.tags, tag] : event.tags,
    plugins: event.plugins,
  });
  const { year, month, day, hour } = partition;
  const bytes = rowBytes(
    `${wellFormedJson(columns).slice(0, -1)},"details":"`,
    index.splice ?? writeJson(details, index.exact),
    `","year":"${year}","month":"${month}","day":"${day}","hour":"${hour}"}`,
  );
  return { partition, bytes };
}

/** A row as text, for people and tests: what is stored is its bytes. */
export function lineOf({ bytes }: Row): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
}

/** Working space, reused from row to row: JSON text as bytes, and the row. */
let plain = Buffer.alloc(1 << 16);
let row = Buffer.alloc(1 << 18);

function rowBytes(before: string, details: string | Splice, after: string): Uint8Array {
  const isText = typeof details === "string";
  makeRoom((before.length + after.length) * 3 + (isText ? details.length * 6 : roomOf(details)));
  const start = row.write(before);
  let end = isText ? writeEscaped(details, start) : writeSplice(details, row, start, writeEscaped);
  end += row.write(after, end);
  return Buffer.from(row.subarray(0, end));
}

/**
 * Writes JSON text as the inside of a JSON string: being without a line end, it needs nothing escaped but quotes and
 * backslashes, which UTF-8 has in no other character.
 */
function writeEscaped(json: string, at: number): number {
  if (json.length * 3 > plain.length) plain = Buffer.alloc(json.length * 3);
  const length = plain.write(json);
  let end = at;
  for (let i = 0; i < length; i++) {
    const byte = plain[i] ?? 0;
    if (byte === 0x22 || byte === 0x5c) row[end++] = 0x5c;
    row[end++] = byte;
  }
  return end;
}

function makeRoom(bytes: number): void {
  if (bytes > row.length) row = Buffer.alloc(bytes);
}
