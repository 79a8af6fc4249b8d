import { type CsvError, parse } from "csv-parse";
import { UnreadableObject } from "./errors.ts";
import type { Piece } from "./split.ts";
import { chain, through } from "./through.ts";

/** A table has no first bytes of its own: the name says that it is one. */
const TABLE_KEY = /\.(csv|tsv)(\.(gz|zst|zstd))?$/i;

/** Rows that are handed on together. */
const ROWS = 200;

export function isTable(key: string): boolean {
  return TABLE_KEY.test(key);
}

/**
 * The rows of a table, each as a document whose keys are the names in the first row and whose values are text. The first
 * row after the names has position 0. A row with more or fewer values than there are names is broken.
 *
 * The separator is a comma, semicolon or tab, whichever the names have most of.
 *
 * @param largest a row of more bytes ends the table: a quote that is never closed would take everything after it
 * @throws {UnreadableObject} after the rows before it, for what is no table
 */
export async function* rowsOf(text: AsyncIterable<Buffer>, largest: number): AsyncGenerator<Piece[]> {
  let names: readonly string[] | undefined;
  let pieces: Piece[] = [];
  try {
    for await (const { record, raw } of rowsIn(text, largest)) {
      if (names) pieces.push(pieceOf(names, record, raw));
      names ??= unique(record);
      if (pieces.length < ROWS) continue;
      yield pieces;
      pieces = [];
    }
  } catch (error) {
    yield pieces;
    if (!isCsvError(error)) throw error;
    throw new UnreadableObject(`the table cannot be read further (${error.message})`, { cause: error });
  }
  yield pieces;
}

interface Row {
  readonly record: readonly string[];
  /** The row as it stood. */
  readonly raw: string;
}

async function* rowsIn(text: AsyncIterable<Buffer>, largest: number): AsyncGenerator<Row> {
  const bytes = text[Symbol.asyncIterator]();
  const first = await bytes.next();
  if (first.done) return;
  const options = { raw: true, relax_column_count: true, relax_quotes: true, skip_empty_lines: true };
  const parser = parse({ ...options, delimiter: delimiterIn(first.value), max_record_size: largest });
  yield* through<Row>(chain(first.value, bytes), parser);
}

function delimiterIn(bytes: Buffer): string {
  const line = bytes.toString("latin1").split("\n", 1)[0] ?? "";
  const count = (delimiter: string) => line.split(delimiter).length;
  return [",", ";", "\t"].reduce((best, delimiter) => (count(delimiter) > count(best) ? delimiter : best));
}

/** Names that are missing or stand twice get the number of their column. */
function unique(names: readonly string[]): string[] {
  return names.map((name, i) => (name === "" || names.indexOf(name) < i ? `${name}_${i + 1}` : name));
}

function pieceOf(names: readonly string[], values: readonly string[], raw: string): Piece {
  if (values.length !== names.length) return { kind: "broken", bytes: Buffer.from(raw.trimEnd()) };
  const members = names.map((name, i) => `${JSON.stringify(name)}:${JSON.stringify(values[i])}`);
  return { kind: "document", bytes: Buffer.from(`{${members.join(",")}}`) };
}

function isCsvError(error: unknown): error is CsvError {
  return error instanceof Error && "code" in error && String(error.code).startsWith("CSV_");
}
