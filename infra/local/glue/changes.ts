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

/**
 * The template's tables with what clients changed of them.
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
  return {
    tables: (): CatalogTable[] => declared.map((table) => changeOf(table)?.table ?? table),
    updated: (table: CatalogTable): number | undefined => changeOf(table)?.updated,
    keep(table: CatalogTable): void {
      const original = declared.find((one) => keyOf(one) === keyOf(table)) ?? table;
      kept[keyOf(table)] = { declared: hash(original), table, updated: Date.now() / 1000 };
      writeFileSync(`${file}.new`, JSON.stringify(kept, null, 2));
      renameSync(`${file}.new`, file);
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
