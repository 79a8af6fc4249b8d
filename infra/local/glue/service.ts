/** Glue's catalog on this machine: the databases and tables that the template declares, as clients read and change them. */

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
}

export interface Glue extends Service {
  /** The tables as they are now: the template's, with the changes. */
  tables(): CatalogTable[];
}

const ACCOUNT = "000000000000";
/** Glue Web API Reference, GetTables. */
const PAGE: Limits = [100, 100];

export function openGlue({ tables, databases, file, changed }: GlueOptions): Glue {
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
    async UpdateTable({ DatabaseName, TableInput }) {
      const input = asObject(TableInput);
      const table = replaced(find(DatabaseName, input.Name), input);
      await changed?.(table).catch((error: Error) => {
        throw new ServiceError("InvalidInputException", error.message);
      });
      changes.keep(table);
      return {};
    },
  };
  return { target: "AWSGlue", operations, tables: changes.tables };
}

export const nameOf = ({ TableInput }: CatalogTable): string => TableInput.Name.toLowerCase();
export const databaseOf = ({ DatabaseName }: CatalogTable): string => DatabaseName.toLowerCase();

const missing = (message: string): ServiceError => new ServiceError("EntityNotFoundException", message);

function fail(message: string): never {
  throw missing(message);
}

/** A table with the definition that a client gives it; UpdateTable replaces all of it. */
function replaced(table: CatalogTable, input: JsonObject): CatalogTable {
  const descriptor = asObject(input.StorageDescriptor);
  if (!Array.isArray(descriptor.Columns))
    throw new ServiceError("InvalidInputException", "TableInput.StorageDescriptor.Columns is missing");
  const given = input as unknown as GlueTable["TableInput"];
  return { DatabaseName: table.DatabaseName, TableInput: { ...given, Name: table.TableInput.Name } } as CatalogTable;
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
