import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

/** An event as the lake has it, over all its copies. */
export interface StoredEvent {
  copies: number;
  readonly probe: string;
  readonly partition: string;
  readonly isTagged: boolean;
  /** Copies that are in another partition, or hold another event. */
  differing: number;
}

export interface StoredEntry {
  copies: number;
  readonly code: string;
  /** The payload as it is kept: in the row, or where the row says. */
  readonly payload: () => Uint8Array;
}

/** All that is in the lake's bucket, as its files have it. */
export interface Stored {
  /** By eventid. */
  readonly events: ReadonlyMap<string, StoredEvent>;
  /** By quarantineid. */
  readonly quarantine: ReadonlyMap<string, StoredEntry>;
  /** Rows that Firehose could not deliver: lines under errors/. */
  readonly errors: number;
  /** Records that Lambda gave up, as `shard:sequence number`. */
  readonly givenUp: ReadonlySet<string>;
  /** Rows of both tables, copies included. */
  readonly rows: number;
}

interface EventRow {
  readonly eventid: string;
  readonly details: string;
  readonly tags: readonly string[];
}

interface QuarantineRow {
  readonly quarantineid: string;
  readonly code: string;
  readonly payload: string | null;
  readonly payload_location: string | null;
}

/** Reads the bucket's folder. Nothing must be written meanwhile. @param root the folder of all buckets */
export function readStored(root: string, bucket: string): Stored {
  const folder = join(root, bucket);
  const events = new Map<string, StoredEvent>();
  const quarantine = new Map<string, StoredEntry>();
  let rows = 0;
  for (const { partition, line } of linesUnder(join(folder, "events"))) {
    addEvent(events, partition, JSON.parse(line));
    rows++;
  }
  for (const { line } of linesUnder(join(folder, "quarantine"))) {
    addEntry(quarantine, root, JSON.parse(line));
    rows++;
  }
  const errors = linesUnder(join(folder, "errors")).reduce((count) => count + 1, 0);
  return { events, quarantine, errors, givenUp: readGivenUp(join(folder, "aws", "lambda")), rows };
}

function addEvent(events: Map<string, StoredEvent>, partition: string, { eventid, details, tags }: EventRow): void {
  const probe = String(JSON.parse(details).probe);
  const known = events.get(eventid);
  if (!known) {
    events.set(eventid, { copies: 1, probe, partition, isTagged: tags.includes("plugin_error"), differing: 0 });
    return;
  }
  known.copies++;
  if (known.probe !== probe || known.partition !== partition) known.differing++;
}

function addEntry(quarantine: Map<string, StoredEntry>, root: string, row: QuarantineRow): void {
  const { quarantineid, code, payload, payload_location: location } = row;
  const known = quarantine.get(quarantineid);
  if (known) known.copies++;
  else quarantine.set(quarantineid, { copies: 1, code, payload: () => payloadOf(root, payload, location) });
}

function payloadOf(root: string, inline: string | null, location: string | null): Uint8Array {
  if (location === null) return Buffer.from(inline ?? "", "base64");
  const file = join(root, location.replace("s3://", ""));
  return existsSync(file) ? readFileSync(file) : new Uint8Array();
}

function readGivenUp(folder: string): Set<string> {
  const records = filesUnder(folder).flatMap((file) => {
    const { payload }: { payload: string } = JSON.parse(readFileSync(join(folder, file), "utf8"));
    const { Records }: { Records: { eventID: string }[] } = JSON.parse(payload);
    return Records.map(({ eventID }) => eventID);
  });
  return new Set(records);
}

/** @returns the lines of all objects, with the folder that each object is in */
function* linesUnder(folder: string): Generator<{ partition: string; line: string }> {
  for (const file of filesUnder(folder)) {
    const bytes = readFileSync(join(folder, file));
    const text = (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString();
    const partition = file.slice(0, file.lastIndexOf("/"));
    for (const line of text.split("\n")) if (line !== "") yield { partition, line };
  }
}

function filesUnder(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1));
}
