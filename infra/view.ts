import type { CfnTable } from "aws-cdk-lib/aws-glue";

interface View {
  readonly name: string;
  readonly description: string;
  readonly database: string;
  /** Glue's types, in the order of the SELECT. */
  readonly columns: Readonly<Record<string, string>>;
  /** One SELECT, in Athena's SQL. */
  readonly sql: string;
}

/**
 * A view of Athena's as an entry of the Glue catalog: there after the deployment, with no query to run.
 *
 * AWS documents no way but CREATE VIEW. This is what that writes, as Trino reads it (HiveViewCodec, ConnectorViewDefinition),
 * as CloudFormation in aws-samples/amazon-cloudfront-access-logs-queries has it, and with what Athena's engine 3 came to
 * demand beside it: `presto_view`, or it is taken for Hive's; `path`, or "Invalid JSON bytes"; a SerDe, whatever its name,
 * or "Table storage descriptor is missing SerDe info".
 */
export function viewInput({ name, description, database, columns, sql }: View): CfnTable.TableInputProperty {
  const definition = {
    originalSql: sql,
    catalog: "awsdatacatalog",
    schema: database,
    columns: Object.entries(columns).map(([name, type]) => ({ name, type: trinoType(type) })),
    runAsInvoker: false,
    path: [],
  };
  return {
    name,
    description,
    tableType: "VIRTUAL_VIEW",
    parameters: { presto_view: "true", comment: "Presto View" },
    partitionKeys: [],
    storageDescriptor: {
      columns: Object.entries(columns).map(([name, type]) => ({ name, type })),
      serdeInfo: { name: "-", serializationLibrary: "-" },
    },
    viewOriginalText: `/* Presto View: ${Buffer.from(JSON.stringify(definition)).toString("base64")} */`,
    viewExpandedText: "/* Presto View */",
  };
}

/** `array<string>` is `array(varchar)` there; other types have not been needed yet. */
function trinoType(glue: string): string {
  return glue.replaceAll("string", "varchar").replaceAll("<", "(").replaceAll(">", ")");
}
