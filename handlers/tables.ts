import { basename } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { json } from "node:stream/consumers";
import { createGunzip } from "node:zlib";
import { isObject, type JsonObject } from "../core/json.ts";
import type { TableBuilder } from "../core/lookup.ts";

/** Longest row, in bytes: a quote that is never closed would take everything after it. */
const MAX_ROW_BYTES = 65_536;

/** Rows whose mistakes are told; they repeat. */
const MAX_TOLD = 3;

/** Endings of a table's name and what they stand for; any of them may be followed by `.gz`. */
const FORMATS = { csv: csvRows, tsv: tsvRows, json: listedRows, ndjson: lineRows, jsonl: lineRows } as const;

const NAME = new RegExp(`^(.+)\\.(${Object.keys(FORMATS).join("|")})(\\.gz)?$`, "i");

/** True when a file of this name can be read as a lookup table. */
export function isTableName(place: string): boolean {
  return NAME.test(basename(place));
}

/**
 * Reads a table into the tables, row by row: it takes no memory but for what the rows say. A row that is wrong is left out.
 *
 * @param place names the table, without folder and endings: `s3://lake/lists/threats.csv.gz` is `threats`
 * @returns what is wrong with it, for people; nothing when every row was taken
 * @throws {Error} for what is no table, and when it cannot be read to its end
 */
export async function readTable(place: string, stream: Readable, builder: TableBuilder): Promise<string[]> {
  const [, table = "", ending = "", gz] = NAME.exec(basename(place)) ?? [];
  const format = Object.entries(FORMATS).find(([name]) => name === ending.toLowerCase())?.[1];
  if (!format) throw new Error(`its name must end in one of ${Object.keys(FORMATS).join(", ")}, and .gz after it`);
  const told: string[] = [];
  let wrong = 0;
  let row = 0;
  for await (const columns of format(gz === undefined ? stream : unzipped(stream))) {
    row++;
    try {
      builder.add(table, columns);
    } catch (error) {
      if (++wrong <= MAX_TOLD) told.push(`row ${row}: ${error instanceof Error ? error.message : error}`);
    }
  }
  return wrong === 0 ? [] : [`${place}: ${wrong} of ${row} rows are left out: ${told.join("; ")}`];
}

function unzipped(stream: Readable): Readable {
  const gunzip = createGunzip();
  stream.on("error", (error) => gunzip.destroy(error));
  return stream.pipe(gunzip);
}

type Rows = AsyncGenerator<JsonObject>;

function csvRows(stream: Readable): Rows {
  return separatedRows(stream, ",");
}

function tsvRows(stream: Readable): Rows {
  return separatedRows(stream, "\t");
}

/** The first line that is no comment names the columns. */
async function* separatedRows(stream: Readable, delimiter: string): Rows {
  const { parse } = await import("csv-parse");
  const parser = parse({
    ...{ delimiter, bom: true, trim: true, columns: true, comment: "#", comment_no_infix: true },
    ...{ relax_column_count: true, relax_quotes: true, skip_empty_lines: true, max_record_size: MAX_ROW_BYTES },
  });
  stream.on("error", (error) => parser.destroy(error));
  yield* stream.pipe(parser);
}

/** One JSON list of rows. It is held as a whole: large tables are better off as lines or CSV. */
async function* listedRows(stream: Readable): Rows {
  const list = await json(stream);
  if (!Array.isArray(list)) throw new Error("it is no JSON list of rows");
  yield* list;
}

async function* lineRows(stream: Readable): Rows {
  for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
    const row: unknown = line.trim() === "" ? undefined : JSON.parse(line);
    if (isObject(row)) yield row;
  }
}
