import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalType,
  DuckDBIntervalValue,
  DuckDBListType,
  DuckDBListValue,
  DuckDBMapType,
  DuckDBMapValue,
  DuckDBStructType,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
} from "@duckdb/node-api";
import { javaDouble } from "./json-functions.ts";

const NAMES: Partial<Record<DuckDBTypeId, string>> = {
  [DuckDBTypeId.BOOLEAN]: "boolean",
  [DuckDBTypeId.TINYINT]: "tinyint",
  [DuckDBTypeId.SMALLINT]: "smallint",
  [DuckDBTypeId.INTEGER]: "integer",
  [DuckDBTypeId.BIGINT]: "bigint",
  // What DuckDB makes of sum() and of large literals; Trino has nothing larger than bigint.
  [DuckDBTypeId.HUGEINT]: "bigint",
  [DuckDBTypeId.UBIGINT]: "bigint",
  [DuckDBTypeId.FLOAT]: "float",
  [DuckDBTypeId.DOUBLE]: "double",
  [DuckDBTypeId.DECIMAL]: "decimal",
  [DuckDBTypeId.DATE]: "date",
  [DuckDBTypeId.TIMESTAMP]: "timestamp",
  [DuckDBTypeId.TIMESTAMP_TZ]: "timestamp with time zone",
  [DuckDBTypeId.BLOB]: "varbinary",
  [DuckDBTypeId.LIST]: "array",
  [DuckDBTypeId.MAP]: "map",
  [DuckDBTypeId.STRUCT]: "row",
  [DuckDBTypeId.INTERVAL]: "interval day to second",
};

/** Athena's precision for the types that have a fixed one; varchar's is the greatest length. */
const PRECISIONS: Readonly<Record<string, number>> = {
  tinyint: 3,
  smallint: 5,
  integer: 10,
  bigint: 19,
  float: 17,
  double: 17,
  timestamp: 3,
  "timestamp with time zone": 3,
  varchar: 2_147_483_647,
  varbinary: 1_073_741_824,
};

/** A column of a result, as GetQueryResults tells of it. */
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly precision: number;
  readonly scale: number;
}

export function describeColumn(name: string, type: DuckDBType): Column {
  const athena = type.alias === "JSON" ? "json" : (NAMES[type.typeId] ?? "varchar");
  if (type instanceof DuckDBDecimalType) return { name, type: athena, precision: type.width, scale: type.scale };
  return { name, type: athena, precision: PRECISIONS[athena] ?? 0, scale: 0 };
}

/**
 * A value as Athena writes it in its results: `[a, b]` for an array, `{k=v}` for a map or a row,
 * `2020-06-19 01:00:00.000 UTC` for a time, hex bytes for binary. Null has no text.
 */
export function athenaText(value: DuckDBValue, type: DuckDBType): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "number") return isFloat(type) ? javaDouble(value) : String(value);
  if (value instanceof DuckDBTimestampTZValue) return `${timeText(value.micros)} UTC`;
  if (value instanceof DuckDBTimestampValue) return timeText(value.micros);
  if (value instanceof DuckDBDateValue) return value.toString();
  if (value instanceof DuckDBIntervalValue) return intervalText(value);
  if (value instanceof DuckDBBlobValue)
    return Buffer.from(value.bytes)
      .toString("hex")
      .replace(/..(?=.)/g, "$& ");
  if (value instanceof DuckDBListValue && type instanceof DuckDBListType)
    return `[${value.items.map((item) => inner(item, type.valueType)).join(", ")}]`;
  if (value instanceof DuckDBMapValue && type instanceof DuckDBMapType)
    return `{${value.entries.map((one) => `${inner(one.key, type.keyType)}=${inner(one.value, type.valueType)}`).join(", ")}}`;
  if (value instanceof DuckDBStructValue && type instanceof DuckDBStructType) {
    const fields = type.entryNames.map((name, index) => {
      const fieldType = type.entryTypes[index];
      return `${name}=${fieldType ? inner(value.entries[name] ?? null, fieldType) : null}`;
    });
    return `{${fields.join(", ")}}`;
  }
  return String(value);
}

const inner = (value: DuckDBValue, type: DuckDBType): string => athenaText(value, type) ?? "null";

const isFloat = ({ typeId }: DuckDBType): boolean => typeId === DuckDBTypeId.DOUBLE || typeId === DuckDBTypeId.FLOAT;

/** As Trino writes its two kinds of intervals: `1-2` for a year and two months, `3 04:05:06.000` for days and less. */
function intervalText({ months, days, micros }: DuckDBIntervalValue): string {
  if (months !== 0) return `${months < 0 ? "-" : ""}${Math.floor(Math.abs(months) / 12)}-${Math.abs(months) % 12}`;
  const millis = BigInt(days) * 86_400_000n + micros / 1000n;
  const size = Number(millis < 0n ? -millis : millis);
  const time = new Date(size % 86_400_000).toISOString().slice(11, -1);
  return `${millis < 0n ? "-" : ""}${Math.floor(size / 86_400_000)} ${time}`;
}

/** @param micros since 1970, UTC; Athena shows milliseconds */
function timeText(micros: bigint): string {
  const millis = (micros - (((micros % 1000n) + 1000n) % 1000n)) / 1000n;
  return new Date(Number(millis)).toISOString().replace("T", " ").slice(0, -1);
}
