import { createHash } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { CatalogTable } from "./service.ts";

/** A change, and which declaration of the template it changed. */
interface Change {
  readonly declared: string;
  readonly table: CatalogTable;
  /** Seconds since 1970. */
  readonly updated: number;
}

/** In the place of a declaration's hash: the template declares no such table. */
const MADE = "made beside the template";

/**
 * The template's tables with what clients changed of them, and tables that clients made.
 *
 * As with CloudFormation, a change made beside the template stays until the template itself declares the table otherwise.
 */
export function openChanges(declared: readonly CatalogTable[], file: string) {
  const kept = readChanges(file);
  const changeOf = (table: CatalogTable): Change | undefined => {
    const change = kept[keyOf(table)];
    const original = declared.find((one) => keyOf(one) === keyOf(table));
    return original && change?.declared === hash(original) ? change : undefined;
  };
  const isDeclared = (key: string): boolean => declared.some((one) => keyOf(one) === key);
  const write = (): void => {
    writeFileSync(`${file}.new`, JSON.stringify(kept, null, 2));
    renameSync(`${file}.new`, file);
  };
  /** What clients made beside the template, in the order in which they did. */
  const made = () =>
    Object.entries(kept).flatMap(([key, one]) => (one.declared === MADE && !isDeclared(key) ? [one] : []));
  return {
    tables: (): CatalogTable[] => [
      ...declared.map((table) => changeOf(table)?.table ?? table),
      ...made().map(({ table }) => table),
    ],
    made: (): CatalogTable[] => made().map(({ table }) => table),
    isMade: (table: CatalogTable): boolean => made().some((one) => keyOf(one.table) === keyOf(table)),
    forget(table: CatalogTable): void {
      delete kept[keyOf(table)];
      write();
    },
    updated: (table: CatalogTable): number | undefined =>
      changeOf(table)?.updated ?? made().find((one) => keyOf(one.table) === keyOf(table))?.updated,
    keep(table: CatalogTable): void {
      const original = declared.find((one) => keyOf(one) === keyOf(table));
      kept[keyOf(table)] = { declared: original ? hash(original) : MADE, table, updated: Date.now() / 1000 };
      write();
    },
  };
}

const keyOf = ({ DatabaseName, TableInput }: CatalogTable): string =>
  `${DatabaseName}.${TableInput.Name}`.toLowerCase();

const hash = (table: CatalogTable): string => createHash("sha256").update(JSON.stringify(table)).digest("hex");

function readChanges(file: string): Record<string, Change> {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return {};
    throw new Error(`glue: ${file} cannot be read; remove it to have the template's tables`, { cause: error });
  }
}
