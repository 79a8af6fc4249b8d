import type { Column, StorageDescriptor, Table, TableInput } from "@aws-sdk/client-glue";
import type { Lake } from "./lake.ts";
import { HOUR_TEMPLATE, PARTITIONS, type Shape } from "./shape.ts";

/** How long before its end a range of years counts as running out. */
export const RUNWAY_DAYS = 90;

/** Years that a range which ends gets beyond this one. */
const MORE_YEARS = 10;

const HOUR_MS = 3_600_000;

/** Properties of a table that UpdateTable takes back (Glue API Reference, TableInput); the others Glue writes itself. */
const KEPT = [
  ...([
    "Name",
    "Description",
    "Owner",
    "LastAccessTime",
    "LastAnalyzedTime",
    "Retention",
    "StorageDescriptor",
  ] as const),
  ...(["PartitionKeys", "ViewOriginalText", "ViewExpandedText", "TableType", "Parameters", "TargetTable"] as const),
];

/** The table as it should be: everything that is right, or no concern of the code's, stays as it is. */
export function desiredTable(table: Table, shape: Shape, lake: Lake): TableInput {
  const kept = Object.fromEntries(KEPT.flatMap((key) => (table[key] === undefined ? [] : [[key, table[key]]])));
  const location = folderOf(shape, lake);
  return {
    ...kept,
    Name: shape.table,
    StorageDescriptor: desiredStorage(table.StorageDescriptor, shape, location),
    Parameters: desiredParameters(table.Parameters ?? {}, location, lake),
  };
}

/** @returns the table's folder as an `s3://` URL that ends in a slash */
export function folderOf({ table }: Shape, { settings }: Lake): string {
  return `s3://${settings.lakeBucket}/${table}/`;
}

function desiredStorage(storage: StorageDescriptor | undefined, shape: Shape, location: string): StorageDescriptor {
  return {
    ...storage,
    Columns: desiredColumns(storage?.Columns ?? [], shape),
    Location: location,
    InputFormat: "org.apache.hadoop.mapred.TextInputFormat",
    OutputFormat: "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
    SerdeInfo: {
      ...storage?.SerdeInfo,
      SerializationLibrary: "org.openx.data.jsonserde.JsonSerDe",
      Parameters: {
        ...storage?.SerdeInfo?.Parameters,
        "ignore.malformed.json": "true",
        "case.insensitive": "true",
      },
    },
  };
}

/** The SerDe goes by names: the order is the table's own, and columns that someone added may stay. */
function desiredColumns(columns: readonly Column[], shape: Shape): Column[] {
  const named = new Set(columns.map(({ Name }) => Name));
  const missing = Object.entries(shape.columns).filter(([name]) => !named.has(name));
  return [
    ...columns.map((column) => ({ ...column, Type: shape.columns[column.Name ?? ""] ?? column.Type })),
    ...missing.map(([Name, Type]) => ({ Name, Type })),
  ];
}

/** Athena User Guide, "Set up partition projection". A parameter that is undefined is to go. */
function desiredParameters(given: Record<string, string>, location: string, lake: Lake): Record<string, string> {
  const parameters: Record<string, string> = {
    ...given,
    "projection.enabled": "true",
    "storage.location.template": location + HOUR_TEMPLATE,
  };
  for (const [key, { digits }] of Object.entries(PARTITIONS)) {
    parameters[`projection.${key}.type`] = "integer";
    parameters[`projection.${key}.digits`] = String(digits);
    delete parameters[`projection.${key}.interval`];
  }
  for (const key of ["month", "day", "hour"] as const) parameters[`projection.${key}.range`] = PARTITIONS[key].range;
  parameters["projection.year.range"] = desiredYears(given["projection.year.range"], lake);
  return parameters;
}

function desiredYears(range: string | undefined, lake: Lake): string {
  const { oldest, soon, thisYear } = yearsOf(lake);
  const [first = oldest, last = 0] = readYears(range) ?? [];
  return `${Math.min(first, oldest)},${last >= soon ? last : Math.max(thisYear + MORE_YEARS, last)}`;
}

/** @returns the first and the last year of a range, or undefined when it is none */
export function readYears(range: string | undefined): [number, number] | undefined {
  const [, first, last] = /^\s*(\d+)\s*,\s*(\d+)\s*$/.exec(range ?? "") ?? [];
  return first === undefined ? undefined : [Number(first), Number(last)];
}

/** The years of the events that may come today: the oldest that is not filed as late, the newest, and the one after next. */
export function yearsOf({ now, settings: { window } }: Lake) {
  const yearAt = (hours: number) => new Date(now + hours * HOUR_MS).getUTCFullYear();
  return {
    oldest: yearAt(-window.lateHours),
    thisYear: yearAt(0),
    newest: yearAt(window.futureHours),
    soon: yearAt(RUNWAY_DAYS * 24),
  };
}
