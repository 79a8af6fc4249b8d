import { type JsonObject, type Operation, ServiceError } from "../service.ts";
import { type Limits, matcher, page, required, text } from "./input.ts";
import { CATALOG } from "./setup.ts";
import type { GlueColumn, LakeTable } from "./table.ts";
import type { LakeView } from "./view.ts";

/** What GetTableMetadata tells of. */
type Listed = (LakeTable | LakeView) & { readonly parameters?: Readonly<Record<string, string>> };

/** Athena's name for Glue's catalog. */
const CATALOG_NAME = "AwsDataCatalog";
/** Athena API Reference, "ListTableMetadata" and its like. */
const PAGE: Limits = [50, 50];

/** What clients ask to show a tree of databases, tables and columns: one catalog, the lake's databases. */
export function metadataOperations(tables: () => readonly Listed[], started: number): Record<string, Operation> {
  const databases = [...new Set(tables().map(({ database }) => database))].sort();
  const inDatabase = (input: JsonObject) => {
    const name = database(input, databases);
    return tables()
      .filter((table) => table.database === name)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  };
  return {
    ListDataCatalogs: (input) =>
      page([{ CatalogName: CATALOG_NAME, Type: "GLUE" }], input, PAGE, "DataCatalogsSummary"),
    GetDataCatalog(input) {
      catalog(input, "Name");
      return { DataCatalog: { Name: CATALOG_NAME, Type: "GLUE", Parameters: {} } };
    },
    ListDatabases(input) {
      catalog(input);
      const listed = databases.map((Name) => ({ Name }));
      return page(listed, input, PAGE, "DatabaseList");
    },
    GetDatabase: (input) => ({ Database: { Name: database(input, databases) } }),
    ListTableMetadata(input) {
      const suits = matcher(text(input, "Expression"));
      const found = inDatabase(input).filter(({ name }) => suits(name));
      return page(
        found.map((table) => describe(table, started)),
        input,
        PAGE,
        "TableMetadataList",
      );
    },
    GetTableMetadata(input) {
      const name = required(input, "TableName").toLowerCase();
      const found = inDatabase(input).find((table) => table.name === name);
      if (!found) throw missing(`EntityNotFoundException: Entity Not Found: table ${name}`);
      return { TableMetadata: describe(found, started) };
    },
  };
}

const missing = (message: string): ServiceError => new ServiceError("MetadataException", message);

function catalog(input: JsonObject, key = "CatalogName"): void {
  const name = required(input, key);
  if (name.toLowerCase() !== CATALOG)
    throw missing(`Catalog ${name} does not exist; the local lake has ${CATALOG_NAME}`);
}

function database(input: JsonObject, databases: readonly string[]): string {
  catalog(input);
  const name = required(input, "DatabaseName").toLowerCase();
  if (!databases.includes(name)) throw missing(`EntityNotFoundException: Database ${name} not found.`);
  return name;
}

function describe(table: Listed, started: number): JsonObject {
  return {
    Name: table.name,
    CreateTime: started,
    TableType: "sql" in table ? "VIRTUAL_VIEW" : "EXTERNAL_TABLE",
    Columns: table.columns.map(column),
    PartitionKeys: table.partitionKeys.map(column),
    Parameters: { EXTERNAL: "TRUE", ...table.parameters },
  };
}

const column = ({ Name, Type, Comment }: GlueColumn): JsonObject => ({
  Name,
  Type,
  ...(Comment !== undefined && { Comment }),
});
