/** Hive's simple types as Glue writes them, and DuckDB's for the same values. */
const SIMPLE: Readonly<Record<string, string>> = {
  string: "VARCHAR",
  varchar: "VARCHAR",
  char: "VARCHAR",
  boolean: "BOOLEAN",
  tinyint: "TINYINT",
  smallint: "SMALLINT",
  int: "INTEGER",
  integer: "INTEGER",
  bigint: "BIGINT",
  float: "FLOAT",
  double: "DOUBLE",
  decimal: "DECIMAL",
  date: "DATE",
  timestamp: "TIMESTAMP",
  binary: "BLOB",
};

/**
 * The DuckDB type for a Glue column type such as `array<string>` or `struct<a:int,b:map<string,double>>`.
 *
 * @throws {Error} for a type that Hive does not have
 */
export function duckdbType(glue: string): string {
  const [, head = "", , inner = ""] = /^\s*(\w+)\s*([<(](.*)[>)])?\s*$/s.exec(glue) ?? [];
  const kind = head.toLowerCase();
  if (kind === "array") return `${duckdbType(inner)}[]`;
  if (kind === "map") return `MAP(${splitTop(inner).map(duckdbType).join(", ")})`;
  if (kind === "struct") return `STRUCT(${splitTop(inner).map(structField).join(", ")})`;
  const simple = SIMPLE[kind];
  if (simple === undefined) throw new Error(`${JSON.stringify(glue)} is no type of a Glue column`);
  return simple === "DECIMAL" && inner !== "" ? `DECIMAL(${inner})` : simple;
}

function structField(field: string): string {
  const colon = field.indexOf(":");
  return `"${field.slice(0, colon).trim().replaceAll('"', '""')}" ${duckdbType(field.slice(colon + 1))}`;
}

/** Splits at the commas that stand outside all brackets. */
function splitTop(list: string): string[] {
  const parts = [""];
  let depth = 0;
  for (const char of list) {
    if ("<(".includes(char)) depth++;
    if (">)".includes(char)) depth--;
    if (char === "," && depth === 0) parts.push("");
    else parts[parts.length - 1] += char;
  }
  return parts;
}
