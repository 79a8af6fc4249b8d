import { rmSync } from "node:fs";
import { appendFile, open } from "node:fs/promises";
import type { Row } from "./run.ts";
import type { Column } from "./values.ts";

/** The rows of one query, in a file: a result may be larger than this process should hold. */
export interface Results {
  readonly columns: readonly Column[];
  readonly rowCount: number;
  columnsAre(columns: readonly Column[]): void;
  add(rows: readonly Row[]): Promise<void>;
  /** At most `count` rows from the row `from` on. */
  page(from: number, count: number): Promise<Row[]>;
  /** The whole result as Athena's file of it: CSV with every value in quotes, null as nothing; plain lines without a header. */
  file(kind: "csv" | "txt"): AsyncIterable<Buffer>;
  remove(): void;
}

/** Rows that are found by one offset; a page at most, so that a page reads two of them. */
const BLOCK_ROWS = 1000;

/** @param path of the file to write; each line is one row as a JSON array */
export function openResults(path: string): Results {
  /** Where each block of rows starts in the file, in bytes. */
  const starts: number[] = [];
  let [rowCount, bytes] = [0, 0];
  let columns: readonly Column[] = [];

  async function page(from: number, count: number): Promise<Row[]> {
    const block = Math.floor(from / BLOCK_ROWS);
    const start = starts[block] ?? bytes;
    const end = starts[Math.ceil((from + count) / BLOCK_ROWS)] ?? bytes;
    if (end <= start) return [];
    const rows = parseRows(await readRange(path, start, end - start));
    return rows.slice(from - block * BLOCK_ROWS, from - block * BLOCK_ROWS + count);
  }
  return {
    get columns() {
      return columns;
    },
    get rowCount() {
      return rowCount;
    },
    columnsAre(given) {
      columns = given;
    },
    async add(rows) {
      const lines = rows.map((row) => `${JSON.stringify(row)}\n`);
      for (const line of lines) {
        if (rowCount++ % BLOCK_ROWS === 0) starts.push(bytes);
        bytes += Buffer.byteLength(line);
      }
      await appendFile(path, lines.join(""));
    },
    page,
    async *file(kind) {
      const write = kind === "csv" ? csvLine : (row: Row) => `${row.join("\t")}\n`;
      if (kind === "csv") yield Buffer.from(csvLine(columns.map(({ name }) => name)));
      for (let from = 0; from < rowCount; from += BLOCK_ROWS)
        yield Buffer.from((await page(from, BLOCK_ROWS)).map(write).join(""));
    },
    remove() {
      rmSync(path, { force: true });
    },
  };
}

const csvLine = (row: Row): string =>
  `${row.map((value) => (value === null ? "" : `"${value.replaceAll('"', '""')}"`)).join(",")}\n`;

async function readRange(path: string, start: number, length: number): Promise<Buffer> {
  await using file = await open(path);
  const { buffer } = await file.read(Buffer.alloc(length), 0, length, start);
  return buffer;
}

/** Only line feeds end a row: JSON has none inside. */
const parseRows = (bytes: Buffer): Row[] =>
  bytes
    .toString()
    .split("\n")
    .filter((line) => line !== "")
    .map((line): Row => JSON.parse(line));
