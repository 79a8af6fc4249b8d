import { bytesAt, constant, scanner } from "./scanner.ts";

/** Names of keys that the scanner looks for: see core/scanner/names.ts. */
export interface Names {
  readonly asked: readonly string[];
  /** The place of `details` among them, or -1. */
  readonly details: number;
  /** The scanner's table that holds them, unless others took it. */
  table: number;
}

/** By table, the names that it holds. */
const holders: (Names | undefined)[] = Array.from({ length: constant("MAX_TABLES") });
let next = 0;

const space = bytesAt(constant("ESCAPED"), constant("MAX_BYTES"));

export function createNames(asked: readonly string[]): Names {
  return { asked, details: asked.indexOf("details"), table: 0 };
}

/**
 * The scanner's table that holds the names, for the next document. The names that it met in documents are forgotten when
 * there are many: keys that are ids, or hostile, would fill it.
 *
 * @throws {Error} when two names cannot be told apart
 */
export function tableOf(names: Names): number {
  if (holders[names.table] !== names) {
    names.table = next;
    next = (next + 1) % holders.length;
    holders[names.table] = names;
    fillTable(names.table, names.asked);
  } else if (scanner.isFull(names.table)) {
    fillTable(names.table, names.asked);
  }
  return names.table;
}

/** Makes a table of the scanner hold these names and no others. @throws {Error} when two cannot be told apart */
export function fillTable(table: number, names: Iterable<string>): void {
  scanner.clearTable(table);
  for (const name of names) {
    const length = space.write(name);
    if (!scanner.addName(table, length)) throw new Error(`names: ${name} cannot be told from another name`);
  }
}
