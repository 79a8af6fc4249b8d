import { existsSync, readdirSync } from "node:fs";
import type { DuckDBConnection } from "@duckdb/node-api";
import type { Definition } from "./catalog.ts";
import type { ChangeStatement } from "./change.ts";
import { type SelectedColumn, type StoreObject, selectedColumns, writeRows } from "./change-write.ts";
import { QueryError } from "./error.ts";
import type { Sink } from "./run.ts";
import { CATALOG } from "./setup.ts";
import type { Catalog, SelectStatement } from "./statement.ts";
import type { GlueColumn, LakeTable } from "./table.ts";
import { hiveType, trinoType } from "./type-names.ts";
import { viewDefinition } from "./view.ts";

/** Where changes of the catalog are kept, and objects written. */
export interface Changes {
  put(definition: Definition): Promise<void>;
  drop(database: string, name: string): Promise<void>;
  readonly s3Put: StoreObject;
}

interface Place {
  readonly connection: DuckDBConnection;
  readonly catalog: Catalog;
  readonly changes: Changes;
  readonly s3Root: string;
  /** `s3://bucket/prefix/`, where the objects of a table go that names no place. */
  readonly tableFolder: string;
  readonly sink: Sink;
  readonly signal: AbortSignal;
}

/**
 * Runs a statement that changes the catalog or writes objects.
 *
 * @returns bytes that it read; undefined where that cannot be told
 * @throws {QueryError} in Athena's words
 */
export async function runChange(statement: ChangeStatement, place: Place): Promise<number | undefined> {
  const { database, name } = statement;
  const found = [...place.catalog.tables, ...place.catalog.views].find(
    (one) => one.database === database && one.name === name,
  );
  const isThere = found !== undefined;
  switch (statement.command) {
    case "CREATE_VIEW":
      if (found && !("sql" in found))
        throw new QueryError(`TABLE_ALREADY_EXISTS: Table already exists: ${database}.${name}`);
      if (isThere && !statement.replace)
        throw new QueryError(`ALREADY_EXISTS: View already exists: '${database}.${name}'`);
      await createView(statement, place);
      return 0;
    case "DROP_VIEW":
    case "DROP_TABLE":
      return drop(statement, found !== undefined && "sql" in found, isThere, place);
    case "CREATE_TABLE_AS_SELECT":
      if (isThere && statement.lenient) return 0;
      if (isThere) throw new QueryError(`TABLE_ALREADY_EXISTS: Table '${CATALOG}.${database}.${name}' already exists`);
      return createTable(statement, place);
    case "INSERT":
      if (!found || "sql" in found)
        throw new QueryError(`TABLE_NOT_FOUND: Table '${CATALOG}.${database}.${name}' does not exist`);
      return insert(statement, found, place);
  }
}

async function drop(
  { database, name, command, lenient }: ChangeStatement & { lenient: boolean },
  isView: boolean,
  isThere: boolean,
  { changes }: Place,
) {
  const what = command === "DROP_VIEW" ? "View" : "Table";
  if (!isThere && lenient) return 0;
  if (!isThere)
    throw new QueryError(`${what.toUpperCase()}_NOT_FOUND: ${what} '${CATALOG}.${database}.${name}' does not exist`);
  if (isView !== (command === "DROP_VIEW"))
    throw new QueryError(
      `${what.toUpperCase()}_NOT_FOUND: ${database}.${name} is a ${isView ? "view: use DROP VIEW" : "table: use DROP TABLE"}`,
    );
  await changes.drop(database, name);
  return 0;
}

/** The columns of a SELECT, each of which must have a name of its own. */
async function namedColumns(select: SelectStatement, { connection }: Place): Promise<SelectedColumn[]> {
  const columns = await selectedColumns(connection, select);
  const names = columns.map(({ name }) => name);
  const unnamed = names.findIndex((one) => /^_col\d+$/.test(one));
  if (unnamed >= 0) throw new QueryError(`MISSING_COLUMN_NAME: Column name not specified at position ${unnamed + 1}`);
  const twice = names.find((one, index) => names.indexOf(one) < index);
  if (twice === undefined) return columns;
  throw new QueryError(`DUPLICATE_COLUMN_NAME: Column name '${twice}' specified more than once`);
}

async function createView(statement: ChangeStatement & { command: "CREATE_VIEW" }, place: Place): Promise<void> {
  const { database, name, select } = statement;
  const columns = (await namedColumns(select, place)).map(({ name: Name, type }) => ({
    Name,
    Type: hiveType(type),
    trino: type === "TIMESTAMP" ? "timestamp(3)" : trinoType(type),
  }));
  await place.changes.put(viewDefinition(database, name, select.query.trim(), columns));
}

async function createTable(statement: ChangeStatement & { command: "CREATE_TABLE_AS_SELECT" }, place: Place) {
  const { database, name, select } = statement;
  const columns = (await namedColumns(select, place)).map(({ name: Name, type }) => ({
    Name,
    Type: storedType(Name, type),
  }));
  const Location = folder(statement.location ?? place.tableFolder);
  const path = `${place.s3Root}/${Location.slice("s3://".length)}`;
  if (existsSync(path) && readdirSync(path).length > 0)
    throw new QueryError(
      `HIVE_PATH_ALREADY_EXISTS: Target directory for table '${database}.${name}' already exists: ${Location}`,
    );
  const answer = statement.isEmpty ? 0 : await writeRows(select, columns, Location, place);
  const serializationLibrary = "org.openx.data.jsonserde.JsonSerDe";
  await place.changes.put({
    DatabaseName: database,
    TableInput: {
      Name: name,
      StorageDescriptor: {
        Columns: columns,
        Location,
        SerdeInfo: { SerializationLibrary: serializationLibrary, Parameters: {} },
      },
      PartitionKeys: [],
      Parameters: { EXTERNAL: "TRUE", classification: "json" },
    },
  });
  return answer;
}

const folder = (location: string): string => (location.endsWith("/") ? location : `${location}/`);

/** The type of a column in Glue. @throws {QueryError} for one that a JSON file cannot hold, in Athena's words */
function storedType(name: string, type: string): string {
  if (/JSON|BLOB|TIME ZONE|UUID|"NULL"/.test(type))
    throw new QueryError(
      `NOT_SUPPORTED: Unsupported Hive type of column ${name}: ${trinoType(type)}; cast it to varchar`,
    );
  return hiveType(type);
}

async function insert(statement: ChangeStatement & { command: "INSERT" }, table: LakeTable, place: Place) {
  if (table.partitionKeys.length > 0)
    throw new QueryError(
      `NOT_SUPPORTED: INSERT INTO the partitioned table ${table.name}: put events on the stream instead`,
    );
  const given = (await selectedColumns(place.connection, statement.select)).map(({ type }) => hiveType(type));
  const names = statement.columns.length > 0 ? statement.columns : table.columns.map(({ Name }) => Name);
  const targets = names.map((name) => targetColumn(table, name));
  if (given.length !== targets.length || !targets.every(({ Type }, index) => fits(given[index] ?? "", Type)))
    throw new QueryError(
      "TYPE_MISMATCH: Insert query has mismatched column types: " +
        `Table: [${targets.map(({ Type }) => Type).join(", ")}], Query: [${given.join(", ")}]`,
    );
  return writeRows(statement.select, targets, folder(table.location), place);
}

function targetColumn(table: LakeTable, name: string): GlueColumn {
  const found = table.columns.find(({ Name }) => Name === name);
  if (found) return found;
  throw new QueryError(`COLUMN_NOT_FOUND: Insert column name does not exist in target table: ${name}`);
}

const WHOLE = ["tinyint", "smallint", "int", "bigint", "double"];

/** Whether a value of a type may go into a column of another. */
const fits = (from: string, to: string): boolean =>
  from === to || (WHOLE.includes(from) && WHOLE.indexOf(from) < WHOLE.indexOf(to));
