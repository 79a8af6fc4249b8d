import { type LakeEvent, SHELL_DEFAULTS, scalarText } from "./event.ts";
import { isObject, wellFormedJson, writeJson } from "./json.ts";
import type { KeyIndex } from "./keys.ts";
import { fileUnder, type Partition, type Window } from "./partition.ts";
import { partOf, type Scanned } from "./scanned.ts";
import { closeRow, openRow, putAscii, putBytes, putJson, putString, putWithin, roomFor } from "./slab.ts";
import { putSplice, roomOf, type Splice } from "./splice.ts";
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
  const source = scalarText(event.source) ?? SHELL_DEFAULTS.source;
  const tags = tag && !event.tags.includes(tag) ? [...event.tags, tag] : event.tags;
  const columns = {
    eventid: event.eventid,
    utctimestamp,
    severity: scalarText(event.severity) ?? SHELL_DEFAULTS.severity,
    summary: scalarText(event.summary) ?? SHELL_DEFAULTS.summary,
    category: scalarText(event.category) ?? SHELL_DEFAULTS.category,
    source,
    tags: tags.length === 0 ? "[]" : json(tags),
    plugins: index.pluginsJson ?? json(event.plugins),
  };
  const details = index.splice ?? writeJson(isObject(event.details) ? event.details : {}, index.exact);
  const written = typeof details === "string" && index.written && beginsAs(details, index.written);
  return { partition, bytes: rowBytes(columns, written || details, endOf(partition)), source };
}

function json(value: unknown): string {
  return wellFormedJson(JSON.stringify(value));
}

interface Columns {
  /** A text, unless a plugin made it something else. */
  readonly eventid: unknown;
  readonly utctimestamp: string;
  readonly severity: string;
  readonly summary: string;
  readonly category: string;
  readonly source: string;
  /** These are JSON. */
  readonly tags: string;
  readonly plugins: string;
}

/** JSON that begins as a scanned document does, whose escaped bytes are there already, and what follows. */
interface Continued {
  readonly scanned: Scanned;
  readonly rest: string;
}

/** Undefined for JSON that begins otherwise: plugins changed what was there, or it was not written as JSON.stringify does. */
function beginsAs(json: string, scanned: Scanned): Continued | undefined {
  const { base, root, textEnd } = scanned;
  const start = base === root ? partOf(scanned, 0, textEnd - 1) : "";
  const isContinued =
    start !== "" && json.startsWith(start) && (json[start.length] === "," || json[start.length] === "}");
  return isContinued ? { scanned, rest: json.slice(start.length) } : undefined;
}

function putDetails(details: string | Splice | Continued): void {
  if (typeof details === "string") {
    putWithin(details);
  } else if ("edits" in details) {
    putSplice(details);
  } else {
    putBytes(details.scanned.escaped, 0, details.scanned.end - 1);
    putWithin(details.rest);
  }
}

function roomOfDetails(details: string | Splice | Continued): number {
  if (typeof details === "string") return details.length * 6;
  return "edits" in details ? roomOf(details) : details.scanned.end + details.rest.length * 6;
}

/** @param details JSON, or what became of the bytes that arrived */
function rowBytes(columns: Columns, details: string | Splice | Continued, end: string): Uint8Array {
  const { eventid, utctimestamp, severity, summary, category, source, tags, plugins } = columns;
  const id = typeof eventid === "string" ? undefined : json(eventid);
  const texts = [
    typeof eventid === "string" ? eventid : (id ?? ""),
    severity,
    summary,
    category,
    source,
    tags,
    plugins,
  ];
  let room = 300;
  for (const text of texts) room += roomFor(text);
  openRow(room + roomOfDetails(details));
  putAscii("{");
  if (eventid !== undefined) {
    putAscii('"eventid":');
    if (typeof eventid === "string") putString(eventid);
    else putJson(id ?? "null");
    putAscii(",");
  }
  putAscii('"utctimestamp":"');
  putAscii(utctimestamp);
  putAscii('","severity":');
  putString(severity);
  putAscii(',"summary":');
  putString(summary);
  putAscii(',"category":');
  putString(category);
  putAscii(',"source":');
  putString(source);
  putAscii(',"tags":');
  putJson(tags);
  putAscii(',"plugins":');
  putJson(plugins);
  putAscii(',"details":"');
  putDetails(details);
  putAscii(end);
  return closeRow();
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
