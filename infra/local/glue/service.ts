/** Glue's catalog on this machine: what the template declares and what clients made, as clients read and change it. */

import { type Limits, matcher, page } from "../athena/input.ts";
import type { GlueTable } from "../athena/table.ts";
import type { GlueView } from "../athena/view.ts";
import { type JsonObject, type Operation, type Service, ServiceError } from "../service.ts";
import { asObject } from "../template/assembly.ts";
import { openChanges } from "./changes.ts";

/** The properties of an `AWS::Glue::Table`, a view of Athena's among them, every intrinsic function resolved. */
export type CatalogTable = GlueTable | GlueView;

/** The properties of an `AWS::Glue::Database`, every intrinsic function resolved. */
export interface GlueDatabase {
  DatabaseInput: JsonObject & { Name?: string; Description?: string };
}

export interface GlueOptions {
  tables: readonly CatalogTable[];
  databases: readonly GlueDatabase[];
  /** Keeps what UpdateTable changed, until the template declares that table otherwise. */
  file: string;
  /**
   * Told of a changed table before it is kept.
   * @throws {Error} to refuse the change, saying why
   */
  changed?: (table: CatalogTable) => Promise<void>;
  /**
   * Told of a table before it is removed.
   * @throws {Error} to refuse it, saying why
   */
  removed?: (database: string, name: string) => Promise<void>;
}

export interface Glue extends Service {
  /** The tables as they are now: the template's, with the changes. */
  tables(): CatalogTable[];
  /** Those of them that clients made beside the template. */
  made(): CatalogTable[];
  /** Makes or changes a table, as CreateTable and UpdateTable do. */
  put(table: CatalogTable): Promise<void>;
  /** @throws {ServiceError} for a table of the template */
  drop(databaseName: string, name: string): Promise<void>;
}

const ACCOUNT = "000000000000";
/** Glue Web API Reference, GetTables. */
const PAGE: Limits = [100, 100];

export function openGlue({ tables, databases, file, changed, removed }: GlueOptions): Glue {
  const started = Date.now() / 1000;
  const changes = openChanges(tables, file);
  const all = new Map<string, JsonObject>(tables.map((table) => [databaseOf(table), {}]));
  for (const { DatabaseInput } of databases) all.set(String(DatabaseInput.Name).toLowerCase(), DatabaseInput);

  function database(name: unknown): string {
    const found = String(name ?? "").toLowerCase();
    if (!all.has(found)) throw missing(`Database ${found} not found.`);
    return found;
  }
  function find(databaseName: unknown, tableName: unknown): CatalogTable {
    const [inside, name] = [database(databaseName), String(tableName ?? "").toLowerCase()];
    const found = changes.tables().find((table) => nameOf(table) === name && databaseOf(table) === inside);
    return found ?? fail(`Table ${name} not found.`);
  }
  const describeDatabase = (name: string): JsonObject => {
    const { Description } = all.get(name) ?? {};
    const description = typeof Description === "string" ? { Description } : {};
    return { Name: name, ...description, CreateTime: started, CatalogId: ACCOUNT };
  };
  const describe = (table: CatalogTable) => describeTable(table, started, changes.updated(table));
  async function put(table: CatalogTable): Promise<void> {
    await changed?.(table).catch(refuse);
    changes.keep(table);
  }
  async function drop(databaseName: unknown, name: unknown): Promise<void> {
    const table = find(databaseName, name);
    if (!changes.isMade(table)) throw invalid(`${nameOf(table)} is a table of the template; take it out there`);
    await removed?.(databaseOf(table), nameOf(table)).catch(refuse);
    changes.forget(table);
  }
  const operations: Record<string, Operation> = {
    GetDatabase: ({ Name }) => ({ Database: describeDatabase(database(Name)) }),
    GetDatabases: (input) => page([...all.keys()].sort().map(describeDatabase), input, PAGE, "DatabaseList"),
    GetTable: ({ DatabaseName, Name }) => ({ Table: describe(find(DatabaseName, Name)) }),
    GetTables(input) {
      const inside = database(input.DatabaseName);
      const suits = matcher(typeof input.Expression === "string" ? input.Expression : undefined);
      const found = changes.tables().filter((table) => databaseOf(table) === inside && suits(nameOf(table)));
      return page(found.map(describe), input, PAGE, "TableList");
    },
    /** Projected partitions are nowhere registered, and so there are none to list. */
    GetPartitions({ DatabaseName, TableName }) {
      find(DatabaseName, TableName);
      return { Partitions: [] };
    },
    GetPartition({ DatabaseName, TableName }) {
      find(DatabaseName, TableName);
      throw missing("Cannot find partition.");
    },
    async CreateTable({ DatabaseName, TableInput }) {
      const input = asObject(TableInput);
      const name = String(input.Name ?? "").toLowerCase();
      if (!/^[\w-]+$/.test(name))
        throw invalid(`TableInput.Name is ${JSON.stringify(name)}; it takes a-z, 0-9, _ and -`);
      const inside = database(DatabaseName);
      const exists = changes.tables().some((one) => nameOf(one) === name && databaseOf(one) === inside);
      if (exists) throw new ServiceError("AlreadyExistsException", "Table already exists.");
      await put(readInput(inside, name, input));
      return {};
    },
    async UpdateTable({ DatabaseName, TableInput }) {
      const input = asObject(TableInput);
      const table = find(DatabaseName, input.Name);
      await put(readInput(table.DatabaseName, table.TableInput.Name, input));
      return {};
    },
    async DeleteTable({ DatabaseName, Name }) {
      await drop(DatabaseName, Name);
      return {};
    },
  };
  return { target: "AWSGlue", operations, tables: changes.tables, made: changes.made, put, drop };
}

export const nameOf = ({ TableInput }: CatalogTable): string => TableInput.Name.toLowerCase();
export const databaseOf = ({ DatabaseName }: CatalogTable): string => DatabaseName.toLowerCase();

const missing = (message: string): ServiceError => new ServiceError("EntityNotFoundException", message);

function fail(message: string): never {
  throw missing(message);
}

const invalid = (message: string): ServiceError => new ServiceError("InvalidInputException", message);

function refuse(error: Error): never {
  throw invalid(error.message);
}

/** A table as a client defines it: CreateTable and UpdateTable give all of it. */
function readInput(DatabaseName: string, Name: string, input: JsonObject): CatalogTable {
  const descriptor = asObject(input.StorageDescriptor);
  if (!Array.isArray(descriptor.Columns)) throw invalid("TableInput.StorageDescriptor.Columns is missing");
  if (typeof descriptor.Location !== "string" && input.TableType !== "VIRTUAL_VIEW")
    throw invalid("TableInput.StorageDescriptor.Location is missing");
  const given = input as unknown as GlueTable["TableInput"];
  return { DatabaseName, TableInput: { ...given, Name } } as CatalogTable;
}

function describeTable(table: CatalogTable, created: number, updated: number | undefined): JsonObject {
  const input = table.TableInput as unknown as JsonObject;
  return {
    Retention: 0,
    PartitionKeys: [],
    Parameters: {},
    TableType: "EXTERNAL_TABLE",
    ...input,
    Name: nameOf(table),
    DatabaseName: databaseOf(table),
    CreateTime: created,
    UpdateTime: updated ?? created,
    CatalogId: ACCOUNT,
    IsRegisteredWithLakeFormation: false,
    VersionId: updated === undefined ? "0" : "1",
  };
}
