import { isTable, rowsOf } from "./csv.ts";
import { expand } from "./expand.ts";
import { logTableOf } from "./log-table.ts";
import { createSplitter, type Piece } from "./split.ts";
import { textOf } from "./text.ts";

/** Largest document that is looked at as a whole; a little less fits a record of the stream (handlers/records.ts). */
const LARGEST_DOCUMENT_BYTES = 1024 * 1024;

/**
 * The pieces of an object in the order in which they stand, some at a time: the documents of JSON in any form, the rows
 * of a table when the key says that it is one, or the lines of a log whose first lines name its fields.
 *
 * @throws {UnreadableObject} after the pieces that could be read
 */
export async function* piecesOf(key: string, bytes: AsyncIterable<Buffer>): AsyncGenerator<Piece[]> {
  const text = textOf(expand(bytes));
  if (isTable(key)) return yield* rowsOf(text, LARGEST_DOCUMENT_BYTES);
  const log = await logTableOf(text, LARGEST_DOCUMENT_BYTES);
  if (log.rows) return yield* log.rows;
  const splitter = createSplitter(LARGEST_DOCUMENT_BYTES);
  for await (const part of log.text) yield splitter.push(part);
  yield splitter.end();
}
