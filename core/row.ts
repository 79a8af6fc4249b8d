import { type LakeEvent, SHELL_DEFAULTS, scalarText } from "./event.ts";
import { isObject, wellFormedJson, writeJson } from "./json.ts";
import type { KeyIndex } from "./keys.ts";
import { fileUnder, type Partition, type Window } from "./partition.ts";
import { roomOf, type Splice, writeFields } from "./splice.ts";
import { toUTC } from "./time.ts";

/** One line of the table, and the partition it belongs to. */
export interface Row {
  readonly partition: Partition;
  /** JSON in UTF-8, without a line end; `details` is a JSON-encoded string. */
  readonly bytes: Uint8Array;
  /** Of an event: its source. */
  readonly source?: string;
}

/**
 * Writes the row of an event. Its columns hold what they say whatever plugins did to them: texts are texts,
 * `utctimestamp` is a time, and `late` or `future` is among the tags when the event is not filed under its own hour.
 */
export function rowOf(event: LakeEvent, index: KeyIndex, arrivalMs: number, fallback: string, window: Window): Row {
  const utctimestamp = toUTC(event.utctimestamp, arrivalMs) ?? fallback;
  const { partition, tag } = fileUnder(utctimestamp, arrivalMs, window);
  const details = isObject(event.details) ? event.details : {};
  const source = scalarText(event.source) ?? SHELL_DEFAULTS.source;
  const columns = JSON.stringify({
    eventid: event.eventid,
    utctimestamp,
    severity: scalarText(event.severity) ?? SHELL_DEFAULTS.severity,
    summary: scalarText(event.summary) ?? SHELL_DEFAULTS.summary,
    category: scalarText(event.category) ?? SHELL_DEFAULTS.category,
    source,
    tags: tag && !event.tags.includes(tag) ? [...event.tags, tag] : event.tags,
    plugins: event.plugins,
  });
  const before = `${wellFormedJson(columns).slice(0, -1)},"details":"`;
  const bytes = rowBytes(before, index.splice ?? writeJson(details, index.exact), endOf(partition));
  return { partition, bytes, source };
}

/** The end of a row, by the partition it is in: core/partition.ts makes one of each. */
const ends = new WeakMap<Partition, string>();

function endOf(partition: Partition): string {
  const known = ends.get(partition);
  if (known !== undefined) return known;
  const { year, month, day, hour } = partition;
  const end = `","year":"${year}","month":"${month}","day":"${day}","hour":"${hour}"}`;
  ends.set(partition, end);
  return end;
}

/** A row as text, for people and tests: what is stored is its bytes. */
export function lineOf({ bytes }: Row): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
}

/** Rows are written one behind another into slabs of this size, and are never copied until they are packed. */
const SLAB_BYTES = 512 * 1024;

let slab = Buffer.alloc(0);
let used = 0;

/** @param details JSON, or what became of the bytes that arrived */
function rowBytes(before: string, details: string | Splice, after: string): Uint8Array {
  const isText = typeof details === "string";
  makeRoom((before.length + after.length + 2) * 3 + (isText ? details.length * 6 : roomOf(details)));
  const start = used;
  let end = start + slab.write(before, start);
  if (isText) {
    end = writeEscaped(details, end);
    end += slab.write(after, end);
  } else {
    const { added } = details;
    slab[end++] = 0x7b;
    const fieldsEnd = writeFields(details, slab, end);
    const comma = fieldsEnd > end && added !== "" ? "," : "";
    end = fieldsEnd + slab.write(`${comma}${added}}${after}`, fieldsEnd);
  }
  used = end;
  return slab.subarray(start, end);
}

function makeRoom(bytes: number): void {
  if (used + bytes <= slab.length) return;
  slab = Buffer.allocUnsafeSlow(Math.max(bytes, SLAB_BYTES));
  used = 0;
}

/** Working space, reused: JSON text as bytes. */
let plain = Buffer.alloc(1 << 16);

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
    if (byte === 0x22 || byte === 0x5c) slab[end++] = 0x5c;
    slab[end++] = byte;
  }
  return end;
}
