import { type Columns, columnsOf } from "./columns.ts";
import { type LakeEvent, SHELL_DEFAULTS, scalarText } from "./event.ts";
import { isObject, wellFormedJson, writeJson } from "./json.ts";
import type { KeyIndex } from "./keys.ts";
import { fileUnder, type Partition, type Window } from "./partition.ts";
import { putSplice, type Splice } from "./splice.ts";
import { toUTC } from "./time.ts";
import { closeRow, openRow, putAll, putJson, putString, putWithin, roomFor } from "./writer.ts";

/** One line of the table, and the partition it belongs to. */
export interface Row {
  readonly partition: Partition;
  /** JSON in UTF-8, without a line end; `details` is a JSON-encoded string. Of an event, good until the next one's is written. */
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
  const tags = tag && !event.tags.includes(tag) ? [...event.tags, tag] : event.tags;
  const row = {
    // A text, unless a plugin made it something else.
    eventid: event.eventid as unknown,
    utctimestamp,
    severity: scalarText(event.severity) ?? SHELL_DEFAULTS.severity,
    summary: scalarText(event.summary) ?? SHELL_DEFAULTS.summary,
    columns: columnsOf(event, tags, index.ran),
    details: index.splice ?? writeJson(isObject(event.details) ? event.details : {}, index.exact),
    end: endOf(partition),
  };
  return { partition, bytes: rowBytes(row), source: row.columns.source };
}

/** What a row is made of, in its order. */
interface RowParts {
  readonly eventid: unknown;
  readonly utctimestamp: string;
  readonly severity: string;
  readonly summary: string;
  readonly columns: Columns;
  /** JSON, or what became of the bytes that arrived. */
  readonly details: string | Splice;
  readonly end: Uint8Array;
}

function rowBytes({ eventid, utctimestamp, severity, summary, columns, details, end }: RowParts): Uint8Array {
  const id = typeof eventid === "string" ? eventid : wellFormedJson(JSON.stringify(eventid) ?? "");
  const hasNone = id === "" && typeof eventid !== "string";
  const room = roomFor(id) + roomFor(severity) + roomFor(summary) + columns.bytes.length + end.length + 200;
  openRow(room + (typeof details === "string" ? details.length * 6 : details.room));
  putAll(hasNone ? NO_ID : ID);
  if (typeof eventid === "string") putString(id);
  else putJson(id);
  putAll(hasNone ? TIME.subarray(1) : TIME);
  putJson(utctimestamp);
  putAll(SEVERITY);
  putString(severity);
  putAll(SUMMARY);
  putString(summary);
  putAll(columns.bytes);
  if (typeof details === "string") putWithin(details);
  else putSplice(details);
  putAll(end);
  return closeRow();
}

const NO_ID = Buffer.from("{");
const ID = Buffer.from('{"eventid":');
const TIME = Buffer.from(',"utctimestamp":"');
const SEVERITY = Buffer.from('","severity":');
const SUMMARY = Buffer.from(',"summary":');

/** The end of a row, by the partition it is in: core/partition.ts makes one of each. */
const ends = new WeakMap<Partition, Uint8Array>();

function endOf(partition: Partition): Uint8Array {
  const known = ends.get(partition);
  if (known !== undefined) return known;
  const { year, month, day, hour } = partition;
  const end = Buffer.from(`","year":"${year}","month":"${month}","day":"${day}","hour":"${hour}"}`);
  ends.set(partition, end);
  return end;
}

/** A row as text, for people and tests: what is stored is its bytes. */
export function lineOf({ bytes }: Row): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
}
