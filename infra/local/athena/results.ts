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
  file(kind: "csv" | "txt"): Promise<Buffer>;
  remove(): void;
}

/** @param path of the file to write; each line is one row as a JSON array */
export function openResults(path: string): Results {
  /** Where each row ends in the file, in bytes. */
  const ends: number[] = [0];
  let columns: readonly Column[] = [];

  async function page(from: number, count: number): Promise<Row[]> {
    const start = ends[from] ?? 0;
    const end = ends[Math.min(from + count, ends.length - 1)] ?? start;
    return end > start ? parseRows(await readRange(path, start, end - start)) : [];
  }
  return {
    get columns() {
      return columns;
    },
    get rowCount() {
      return ends.length - 1;
    },
    columnsAre(given) {
      columns = given;
    },
    async add(rows) {
      const lines = rows.map((row) => `${JSON.stringify(row)}\n`);
      for (const line of lines) ends.push((ends.at(-1) ?? 0) + Buffer.byteLength(line));
      await appendFile(path, lines.join(""));
    },
    page,
    async file(kind) {
      const rows = await page(0, ends.length);
      const lines =
        kind === "txt" ? rows.map((row) => row.join("\t")) : [columns.map(({ name }) => name), ...rows].map(csvLine);
      return Buffer.from(lines.map((line) => `${line}\n`).join(""));
    },
    remove() {
      rmSync(path, { force: true });
    },
  };
}

const csvLine = (row: Row): string =>
  row.map((value) => (value === null ? "" : `"${value.replaceAll('"', '""')}"`)).join(",");

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
