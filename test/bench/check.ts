import { isDeepStrictEqual } from "node:util";
import { excerpt } from "../../core/error.ts";
import { idOf } from "../../core/identity.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import type { PluginSet } from "../../core/order.ts";
import type { Corpus } from "./corpus.ts";
import { FORMATS } from "./formats.ts";
import { createProduct, type Deliver, sourceRecordOf, takeAll } from "./product.ts";
import { SETS, type SetName } from "./sets.ts";

/** Enough to see what kind of difference it is. */
const MAX_SHOWN = 5;

/** Columns of the table: what an event in the shell's form keeps beside its `details`, unless a source plugin knows it. */
const COLUMNS = ["utctimestamp", "severity", "summary", "category", "source", "tags"];

/**
 * Runs the corpus once and compares what would be sent with what went in.
 *
 * Every event must come out as one row, whose `details` hold all its data under lower-case keys, numbers to the digit.
 * Plugins may add fields at the first level, and move an address (see `isMoved`).
 *
 * @returns what differs, a line each, the first few in full; nothing when all is well
 */
export async function differences(corpus: Corpus, name: SetName): Promise<string[]> {
  const { rows, counts, repeated } = await runOnce(corpus, SETS[name]);
  const lines: string[] = [];
  const expected = `received ${corpus.texts.length}, delivered ${corpus.texts.length}`;
  if (counts !== expected) lines.push(`counts: ${counts}, not ${expected}`);
  if (repeated > 0) lines.push(`${repeated} rows repeat an eventid`);
  const records = corpus.slices.flatMap(({ Records }) => Records.map(sourceRecordOf));
  const { perRecord, place } = FORMATS[corpus.format];
  for (const [i, text] of corpus.texts.entries()) {
    const record = records[Math.floor(i / perRecord)];
    const id = record ? idOf({ ...record, ...place(i % perRecord) }) : "";
    const row = rows.get(id);
    rows.delete(id);
    const difference = row === undefined ? "is not among the rows" : differenceOf(text, row, name);
    if (difference) lines.push(`event ${i} ${difference}: ${excerpt(text)}`);
  }
  if (rows.size > 0)
    lines.push(`${rows.size} rows belong to no event, the first: ${excerpt([...rows.values()][0] ?? "")}`);
  return lines.length > MAX_SHOWN ? [...lines.slice(0, MAX_SHOWN), `and ${lines.length - MAX_SHOWN} more`] : lines;
}

async function runOnce(
  { slices }: Corpus,
  plugins: PluginSet,
): Promise<{ rows: Map<string, string>; counts: string; repeated: number }> {
  const rows = new Map<string, string>();
  let repeated = 0;
  const collect: Deliver = (table, calls) => {
    for (const { data } of calls.flat()) {
      for (const row of Buffer.from(data).toString().split("\n").slice(0, -1)) {
        const { eventid } = parse(row);
        if (rows.has(String(eventid))) repeated++;
        rows.set(String(eventid), row);
      }
    }
    return takeAll(table, calls);
  };
  const product = createProduct(plugins, collect);
  const total = { received: 0, delivered: 0 };
  for (const slice of slices) {
    const { counts } = await product(slice);
    total.received += counts.received;
    total.delivered += counts.delivered;
  }
  return { rows, repeated, counts: `received ${total.received}, delivered ${total.delivered}` };
}

/** How a row differs from what its event must become; undefined when it does not. */
function differenceOf(text: string, rowText: string, name: SetName): string | undefined {
  const row = parse(rowText);
  const details = parse(String(row.details));
  const document = lowercase(parse(text));
  const input = isObject(document.details) ? document.details : document;
  for (const key of Object.keys(input)) {
    if (isDeepStrictEqual(details[key], input[key]) || isMoved(key, input, details)) continue;
    return `has ${show(details[key])} as details.${key}, not ${show(input[key])}`;
  }
  for (const column of input === document || name !== "seed" ? [] : COLUMNS) {
    if (!isDeepStrictEqual(row[column], document[column])) return `has ${show(row[column])} as ${column}`;
  }
  const hour = [row.year, row.month, row.day].join("-").concat("T", String(row.hour));
  return String(row.utctimestamp).startsWith(hour)
    ? undefined
    : `is filed under ${hour}, but is of ${row.utctimestamp}`;
}

/** Google's `ipaddress` becomes the source address; a service that CloudTrail names as address and user agent is none. */
function isMoved(key: string, input: JsonObject, details: JsonObject): boolean {
  if (key === "ipaddress") return details.sourceipaddress === input.ipaddress;
  return key === "sourceipaddress" && details[key] === undefined && input[key] === input.useragent;
}

/** A plain reference for the keys; core's own walk is what is being checked. */
function lowercase(document: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(document).map(([key, value]) => [key.toLowerCase(), lowercaseIn(value)]));
}

function lowercaseIn(value: Json): Json {
  if (Array.isArray(value)) return value.map(lowercaseIn);
  return isObject(value) ? lowercase(value) : value;
}

/** Numbers are compared as they are written: a double would hide lost digits on both sides. */
function parse(text: string): JsonObject {
  return JSON.parse(text, asWritten);
}

function asWritten(_key: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === "number" ? `number ${context?.source}` : value;
}

function show(value: Json | undefined): string {
  return value === undefined ? "nothing" : excerpt(JSON.stringify(value));
}
