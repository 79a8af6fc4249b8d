/** DuckDB's names of types, and Trino's. Trino has nothing larger than bigint. */
const NAMES: Readonly<Record<string, string>> = {
  BOOLEAN: "boolean",
  TINYINT: "tinyint",
  SMALLINT: "smallint",
  INTEGER: "integer",
  BIGINT: "bigint",
  HUGEINT: "bigint",
  UBIGINT: "bigint",
  FLOAT: "real",
  DOUBLE: "double",
  VARCHAR: "varchar",
  JSON: "json",
  UUID: "uuid",
  DATE: "date",
  BLOB: "varbinary",
  '"NULL"': "unknown",
  "TIMESTAMP WITH TIME ZONE": "timestamp(3) with time zone",
};

/**
 * Trino's name for a type as DuckDB writes it, such as `array(varchar)` for `VARCHAR[]`.
 *
 * @throws {Error} for a type whose name Trino would choose by more than the type: a timestamp has its literal's precision
 */
export function trinoType(duckdb: string): string {
  if (duckdb.endsWith("[]")) return `array(${trinoType(duckdb.slice(0, -2))})`;
  const [, kind, inner = ""] = /^(DECIMAL|MAP|STRUCT)\((.*)\)$/s.exec(duckdb) ?? [];
  if (kind === "DECIMAL") return `decimal(${inner.replace(" ", "")})`;
  if (kind === "MAP") return `map(${splitTop(inner).map(trinoType).join(", ")})`;
  if (kind === "STRUCT") return `row(${splitTop(inner).map(field).join(", ")})`;
  const name = NAMES[duckdb];
  if (name === undefined) throw new Error(`NOT_SUPPORTED: typeof does not know ${duckdb} in the local lake`);
  return name;
}

/** Hive's simple types, as Glue writes them; the others are there as they are called here. */
const HIVE: Readonly<Record<string, string>> = {
  integer: "int",
  real: "float",
  varchar: "string",
  json: "string",
  uuid: "string",
  unknown: "string",
  varbinary: "binary",
  "timestamp(3) with time zone": "timestamp",
};

/** Glue's type for a type as DuckDB writes it, such as `array<string>` for `VARCHAR[]`. */
export function hiveType(duckdb: string): string {
  if (duckdb.endsWith("[]")) return `array<${hiveType(duckdb.slice(0, -2))}>`;
  const [, kind, inner = ""] = /^(MAP|STRUCT)\((.*)\)$/s.exec(duckdb) ?? [];
  if (kind === "MAP") return `map<${splitTop(inner).map(hiveType).join(",")}>`;
  if (kind === "STRUCT") return `struct<${splitTop(inner).map(hiveField).join(",")}>`;
  if (duckdb === "TIMESTAMP") return "timestamp";
  const trino = trinoType(duckdb);
  return HIVE[trino] ?? trino;
}

const FIELD = /^("(?:[^"]|"")*"|\w+) (?!WITH TIME ZONE)(.+)$/s;

function hiveField(text: string, index: number): string {
  const [, name = `field${index}`, type = text] = FIELD.exec(text) ?? [];
  return `${name.replaceAll('"', "")}:${hiveType(type)}`;
}

/** A field has a name before its type, unless the row has none. */
function field(text: string): string {
  const [, name, type] = FIELD.exec(text) ?? [];
  return name === undefined || type === undefined ? trinoType(text) : `${name} ${trinoType(type)}`;
}

/** Splits at the commas that stand outside all brackets and quotes. */
function splitTop(list: string): string[] {
  const parts = [""];
  let depth = 0;
  for (const [token] of list.matchAll(/"(?:[^"]|"")*"|[\s\S]/g)) {
    if (token === "(") depth++;
    if (token === ")") depth--;
    if (token === "," && depth === 0) parts.push("");
    else parts[parts.length - 1] += token;
  }
  return parts.map((part) => part.trim());
}
