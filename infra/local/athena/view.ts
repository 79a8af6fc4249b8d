import { type Catalog, readStatement } from "./statement.ts";
import type { GlueColumn, GlueTable, LakeTable } from "./table.ts";

/** The properties of an `AWS::Glue::Table` that is a view of Athena's. Others than these are not read. */
export interface GlueView {
  DatabaseName: string;
  TableInput: {
    Name: string;
    TableType: "VIRTUAL_VIEW";
    /** A comment around base64 of JSON, as Athena stores its views. */
    ViewOriginalText: string;
    ViewExpandedText?: string;
    StorageDescriptor: { Columns: readonly GlueColumn[]; SerdeInfo?: { Name?: string; SerializationLibrary?: string } };
    Parameters?: Readonly<Record<string, string>>;
  };
}

/** A view over the lake's tables. */
export interface LakeView {
  readonly database: string;
  readonly name: string;
  readonly columns: readonly GlueColumn[];
  /** None: a view has columns only, those of its tables' partitions among them. */
  readonly partitionKeys: readonly GlueColumn[];
  /** Its SELECT as it is declared. */
  readonly query: string;
  /** The same for DuckDB. */
  readonly sql: string;
  /** The tables that its rows come from. */
  readonly tables: readonly LakeTable[];
  /** The tables and views that it names, as `database.name`. */
  readonly reads: ReadonlySet<string>;
}

const TEXT = /^\/\* Presto View: ([A-Za-z0-9+/]+={0,2}) \*\/$/;

export function isView(table: GlueTable | GlueView): table is GlueView {
  return "TableType" in table.TableInput && table.TableInput.TableType === "VIRTUAL_VIEW";
}

/**
 * Reads a view and refuses in its SELECT whatever a query may not do.
 *
 * @throws {Error} naming the view, when its text is not what Athena stores or its SELECT may not run
 */
export async function readView({ DatabaseName, TableInput }: GlueView, catalog: Catalog): Promise<LakeView> {
  const database = DatabaseName.toLowerCase();
  const name = TableInput.Name.toLowerCase();
  try {
    const statement = await readStatement(selectOf(TableInput.ViewOriginalText), database, catalog);
    if (statement.kind !== "select") throw new Error("its originalSql is no SELECT");
    const { query, sql, tables, references } = statement;
    const columns = TableInput.StorageDescriptor.Columns;
    const reads = new Set(references.map(({ schema, table }) => `${schema || database}.${table}`));
    return { database, name, columns, partitionKeys: [], query, sql, tables, reads };
  } catch (error) {
    throw new Error(`view ${database}.${name}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

function selectOf(text: string): string {
  const encoded = TEXT.exec(text)?.[1];
  if (encoded === undefined) throw new Error("its ViewOriginalText is not /* Presto View: <base64> */");
  const definition: { originalSql?: unknown } = JSON.parse(Buffer.from(encoded, "base64").toString());
  if (typeof definition.originalSql !== "string") throw new Error("its definition has no originalSql");
  return definition.originalSql;
}

interface ViewColumn extends GlueColumn {
  /** Its type as Trino writes it. */
  readonly trino: string;
}

/** A view as CREATE VIEW of Athena's stores it. @param query its SELECT */
export function viewDefinition(
  database: string,
  name: string,
  query: string,
  columns: readonly ViewColumn[],
): GlueView {
  const definition = {
    originalSql: query,
    catalog: "awsdatacatalog",
    schema: database,
    columns: columns.map(({ Name, trino }) => ({ name: Name, type: trino })),
    runAsInvoker: false,
    path: [],
  };
  return {
    DatabaseName: database,
    TableInput: {
      Name: name,
      TableType: "VIRTUAL_VIEW",
      Parameters: { presto_view: "true", comment: "Presto View" },
      StorageDescriptor: {
        Columns: columns.map(({ Name, Type }) => ({ Name, Type })),
        SerdeInfo: { Name: "-", SerializationLibrary: "-" },
      },
      ViewOriginalText: `/* Presto View: ${Buffer.from(JSON.stringify(definition)).toString("base64")} */`,
      ViewExpandedText: "/* Presto View */",
    },
  };
}
