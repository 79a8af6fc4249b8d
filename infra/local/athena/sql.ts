/** Quoting for the SQL that this folder writes itself. */

export const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

export const name = (identifier: string): string => `"${identifier.replaceAll('"', '""')}"`;

/** A path for a function that reads globs, with the characters that mean something in one taken literally. */
export const literalPath = (path: string): string => path.replace(/[*?[]/g, "[$&]");

/** SQL for the reverse of `literalPath`, and for itself, over an expression. */
export const sqlPlainPath = (path: string): string => `regexp_replace(${path}, '\\[([*?[])\\]', '\\1', 'g')`;
export const sqlLiteralPath = (path: string): string => `regexp_replace(${path}, '([*?[])', '[\\1]', 'g')`;
