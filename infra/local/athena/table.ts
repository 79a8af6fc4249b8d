import { resolve } from "node:path";
import * as sql from "./sql.ts";
import { duckdbType } from "./types.ts";

export interface GlueColumn {
  Name: string;
  Type: string;
  Comment?: string;
}

/** The properties of an `AWS::Glue::Table`, every intrinsic function resolved. Others than these are not read. */
export interface GlueTable {
  DatabaseName: string;
  TableInput: {
    Name: string;
    StorageDescriptor: {
      Columns: readonly GlueColumn[];
      /** `s3://bucket/prefix/` */
      Location: string;
      SerdeInfo?: { SerializationLibrary?: string; Parameters?: Readonly<Record<string, string>> };
    };
    PartitionKeys?: readonly GlueColumn[];
    Parameters?: Readonly<Record<string, string>>;
  };
}

/** A Glue table as files on this machine and as SQL for DuckDB. */
export interface LakeTable {
  readonly database: string;
  readonly name: string;
  readonly columns: readonly GlueColumn[];
  readonly partitionKeys: readonly GlueColumn[];
  readonly location: string;
  /** Glue's parameters of it, its projection among them. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The folder that holds every object of the table. */
  readonly folder: string;
  /** The session variable that holds the list of files a query reads. */
  readonly variable: string;
  /** An empty file that stands for the table in every list: it makes a list of none legal, and marks the table's scans. */
  readonly marker: string;
  /** SQL for the table's present files: `file` and the partition columns. Its location and its projection allow these, no others. */
  readonly filesSql: string;
  /** SQL for the table's rows, with or without the hidden column `"$path"`. */
  viewSql(withPath: boolean): string;
}

/**
 * Works out where a table's objects are and what their paths say.
 *
 * @param s3Root the folder where the object `s3://bucket/key` is the file `bucket/key`
 * @param scratch a folder for the marker
 * @throws {Error} for a template or a projection that this lake cannot follow, naming the table and the column
 */
export function readTable({ DatabaseName, TableInput }: GlueTable, s3Root: string, scratch: string): LakeTable {
  const { Columns: columns, Location } = TableInput.StorageDescriptor;
  const database = DatabaseName.toLowerCase();
  const name = TableInput.Name.toLowerCase();
  const partitionKeys = TableInput.PartitionKeys ?? [];
  const where = `table ${database}.${name}`;
  const root = resolve(s3Root);
  const layout = readLayout(TableInput, `${root}/${Location.replace(/^s3:\/\//, "")}`, root, where);
  const conditions = [
    "NOT regexp_matches(file, '/[_.][^/]*$')",
    ...layout.literals.map(({ position, text }) => `${segment("file", position)} = ${sql.text(text)}`),
    ...partitionKeys.flatMap(({ Name }) => projected(layout, Name, TableInput.Parameters ?? {}, where)),
  ];
  const partitions = (column: "file" | "filename") =>
    partitionKeys.map(({ Name }) => `${partitionValue(layout, Name, column, where)} AS ${sql.name(Name)}`);
  const parameters = TableInput.Parameters ?? {};
  const table = { database, name, columns, partitionKeys, location: Location, parameters, folder: layout.folder };
  const variable = `files of ${database}.${name}`;
  const marker = resolve(scratch, `${database}.${name}.json`);
  return {
    ...table,
    variable,
    marker,
    filesSql: `SELECT ${["file", ...partitions("file")].join(", ")} FROM glob(${sql.text(`${sql.literalPath(layout.folder)}/**`)})
      WHERE ${conditions.join(" AND ")}`,
    viewSql: (withPath) => {
      const values = partitions("filename");
      if (withPath) values.push(`'s3://' || system.main.substr(filename, ${root.length + 2}) AS "$path"`);
      const selected = [...columns.map(({ Name }) => sql.name(Name)), ...values].join(", ");
      return `SELECT ${selected} FROM ${readerSql(TableInput, variable)} WHERE filename <> ${sql.text(marker)}`;
    },
  };
}

/** OpenX makes a row of nulls of a line it cannot read if `ignore.malformed.json` is set, and fails the query if not. */
function readerSql({ StorageDescriptor }: GlueTable["TableInput"], variable: string): string {
  const columns = StorageDescriptor.Columns.map(({ Name, Type }) => `${sql.text(Name)}: ${sql.text(duckdbType(Type))}`);
  const lenient = StorageDescriptor.SerdeInfo?.Parameters?.["ignore.malformed.json"] === "true";
  return `system.main.read_json(getvariable(${sql.text(variable)}), format = 'newline_delimited', filename = true,
    hive_partitioning = false, compression = 'auto_detect', ignore_errors = ${lenient}, columns = {${columns.join(", ")}})`;
}

/** Where in the path of a file its partition values stand; segments are counted from 1, the first one before the root's slash. */
interface Layout {
  folder: string;
  literals: { position: number; text: string }[];
  values: Map<string, { position: number; prefix: string }>;
}

function readLayout(input: GlueTable["TableInput"], location: string, root: string, where: string): Layout {
  const keys = input.PartitionKeys ?? [];
  const parameters = input.Parameters ?? {};
  if (keys.length > 0 && parameters["projection.enabled"] !== "true")
    throw new Error(
      `${where} has partition keys but no projection: nothing registers partitions here, set projection.enabled`,
    );
  const template = parameters["storage.location.template"];
  const hive = `${trimSlash(location)}/${keys.map(({ Name }) => `${Name}=\${${Name}}`).join("/")}`;
  const path = template === undefined ? hive : `${root}/${template.replace(/^s3:\/\//, "")}`;
  const segments = trimSlash(path).split("/");
  const layout: Layout = { folder: "", literals: [], values: new Map() };
  segments.forEach((segment, index) => {
    const [, prefix = "", key] = /^([^$]*)\$\{(\w+)\}$/.exec(segment) ?? [];
    if (key !== undefined) layout.values.set(key.toLowerCase(), { position: index + 1, prefix });
    else if (segment.includes("${"))
      throw new Error(`${where}: ${segment} in its location template must end in its only placeholder`);
    else if (layout.values.size > 0) layout.literals.push({ position: index + 1, text: segment });
    else layout.folder += index === 0 ? segment : `/${segment}`;
  });
  return layout;
}

const trimSlash = (path: string): string => path.replace(/\/+$/, "");

const segment = (column: string, position: number): string =>
  `system.main.array_extract(system.main.string_split(${column}, '/'), ${position})`;

function partitionValue(layout: Layout, key: string, column: "file" | "filename", where: string): string {
  const value = layout.values.get(key.toLowerCase());
  if (!value) throw new Error(`${where}: its location template has no \${${key}}`);
  return `system.main.substr(${segment(column, value.position)}, ${value.prefix.length + 1})`;
}

/** What a path must have for Athena to look there: the projection's values, written as the projection writes them. */
function projected(layout: Layout, key: string, parameters: Readonly<Record<string, string>>, where: string): string[] {
  const value = partitionValue(layout, key, "file", where);
  const { position, prefix } = layout.values.get(key.toLowerCase()) ?? { position: 0, prefix: "" };
  const starts = `starts_with(${segment("file", position)}, ${sql.text(prefix)})`;
  const setting = (of: string) => parameters[`projection.${key}.${of}`];
  const type = setting("type");
  if (type === "enum") {
    const values = (setting("values") ?? "").split(",").map((one) => sql.text(one.trim()));
    return [starts, `${value} IN (${values.join(", ")})`];
  }
  if (type !== "integer")
    throw new Error(`${where}: projection.${key}.type is ${type}; this lake follows integer and enum`);
  const [low, high] = (setting("range") ?? "").split(",").map(Number);
  const interval = Number(setting("interval") ?? 1);
  if (!Number.isInteger(low) || !Number.isInteger(high) || !(interval >= 1))
    throw new Error(
      `${where}: projection.${key}.range is ${setting("range")}; it must be two whole numbers, as in 1,12`,
    );
  const number = `TRY_CAST(${value} AS BIGINT)`;
  const digits = `greatest(${Number(setting("digits") ?? 1)}, length(${number}::VARCHAR))`;
  const written = `lpad(${number}::VARCHAR, ${digits}::INTEGER, '0')`;
  return [
    starts,
    `${number} BETWEEN ${low} AND ${high}`,
    `(${number} - ${low}) % ${interval} = 0`,
    `${value} = ${written}`,
  ];
}
