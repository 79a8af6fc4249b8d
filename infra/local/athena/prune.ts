import type { DuckDBConnection } from "@duckdb/node-api";
import { setFiles } from "./setup.ts";
import * as sql from "./sql.ts";
import type { LakeTable } from "./table.ts";

/** A scan in DuckDB's plan: `table` is known by its marker, `filter` is the condition a file must meet to be read. */
interface Scan {
  readonly table: LakeTable;
  readonly filter: string;
}

/**
 * Narrows each table's list of files to those that the plan of a query reads, and adds up their sizes.
 *
 * DuckDB leaves out files by conditions on partition columns and `"$path"`, and its plan tells which conditions those were.
 * They are asked once more over the list itself, which gives the sizes and spares the run the files.
 *
 * @param plan DuckDB's `EXPLAIN (FORMAT json)` with the full lists set
 * @returns bytes of the files to read, a file that two scans read counted twice; undefined if the plan could not be
 *   followed, and then the lists still hold every file that is needed
 */
export async function narrow(
  connection: DuckDBConnection,
  tables: readonly LakeTable[],
  plan: string,
): Promise<number | undefined> {
  const scans = readScans(JSON.parse(plan), tables);
  if (scans === undefined) return undefined;
  let bytes = 0;
  for (const table of tables) {
    const filters = scans.filter((scan) => scan.table === table).map(({ filter }) => filter);
    const size = filters.length > 0 ? await keep(connection, table, filters) : 0;
    if (size === undefined) return undefined;
    bytes += size;
  }
  return bytes;
}

async function keep(connection: DuckDBConnection, table: LakeTable, filters: readonly string[]) {
  const files = `(SELECT unnest(getvariable(${sql.text(table.variable)})) AS path)`;
  const survivors = `SELECT path FROM (SELECT path, ${sql.sqlPlainPath("path")} AS filename FROM ${files})
    WHERE ${filters.join(" OR ")}`;
  try {
    await connection.run(setFiles(table, `(SELECT coalesce(list(path), []) FROM (${survivors}))`));
  } catch {
    return undefined; // a condition whose text is no SQL; the list is as it was
  }
  const times = filters.map((filter) => `(${filter})::INTEGER`).join(" + ");
  const result = await connection.runAndReadAll(
    `SELECT coalesce(sum(size * (${times})), 0)::DOUBLE FROM read_blob(getvariable(${sql.text(table.variable)}))`,
  );
  return Number(result.getRows()[0]?.[0] ?? 0);
}

interface PlanNode {
  name: string;
  children: PlanNode[];
  extra_info?: { "File Filters"?: string };
}

/** @returns undefined if a scan is in the plan that cannot be told whose it is */
function readScans(roots: PlanNode[], tables: readonly LakeTable[]): Scan[] | undefined {
  const scans: Scan[] = [];
  const nodes = [...roots];
  for (let node = nodes.pop(); node; node = nodes.pop()) {
    nodes.push(...node.children);
    if (!node.name.includes("READ_JSON")) continue;
    const conditions = splitConditions(node.extra_info?.["File Filters"] ?? "");
    const table = tables.find(({ marker }) => conditions.includes(`(filename != ${sql.text(marker)})`));
    if (!table) return undefined;
    scans.push({ table, filter: `(${conditions.join(" AND ")})` });
  }
  return scans;
}

/** The plan writes its conditions one after the other with nothing between; each ends where its brackets close. */
function splitConditions(filters: string): string[] {
  const conditions = [""];
  let depth = 0;
  for (const [token] of filters.matchAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|[()]|[^()'"]+/g)) {
    conditions[conditions.length - 1] += token;
    if (token === "(") depth++;
    if (token === ")" && --depth === 0) conditions.push("");
  }
  return conditions.filter((condition) => condition !== "");
}
