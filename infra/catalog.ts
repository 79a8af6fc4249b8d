import { Aws } from "aws-cdk-lib";
import { CfnDatabase, CfnTable } from "aws-cdk-lib/aws-glue";
import type { IBucket } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import type { Settings } from "./settings.ts";
import { EVENTS_ONCE } from "./sql.ts";
import { PREFIXES } from "./storage.ts";
import { viewInput } from "./view.ts";

/** The names analysts write in SQL; those of the original data lake, so that its queries run unchanged. */
export const DATABASE = "defenda_data_lake";
export const EVENTS = "events";
export const QUARANTINE = "quarantine";
export const EVENTS_UNIQUE = "events_unique";

/** Column name to Glue type. All scalars are strings: a wrong type in one row must not fail a query. */
type Columns = Readonly<Record<string, string>>;

const EVENT_COLUMNS: Columns = {
  eventid: "string",
  utctimestamp: "string",
  severity: "string",
  summary: "string",
  category: "string",
  source: "string",
  tags: "array<string>",
  plugins: "array<string>",
  details: "string",
};

const QUARANTINE_COLUMNS: Columns = {
  quarantineid: "string",
  code: "string",
  message: "string",
  stream: "string",
  shard: "string",
  sequence: "string",
  subsequence: "string",
  position: "string",
  arrival: "string",
  partitionkey: "string",
  pluginset: "string",
  payload: "string",
  payload_location: "string",
  payload_bytes: "string",
};

const PARTITION_KEYS: Columns = { year: "string", month: "string", day: "string", hour: "string" };

interface CatalogProps {
  settings: Settings;
  lake: IBucket;
}

/**
 * The Glue database, its two tables and its view.
 *
 * Partitions are projected: Athena works out the hours a query asks for and looks for their objects, so an hour is there as
 * soon as its first object is, and nothing ever registers a partition.
 */
export class Catalog extends Construct {
  constructor(scope: Construct, id: string, { settings, lake }: CatalogProps) {
    super(scope, id);
    const database = new CfnDatabase(this, "Database", {
      catalogId: Aws.ACCOUNT_ID,
      databaseInput: { name: DATABASE, description: "Security events, normalized and enriched" },
    });
    const entry = (id: string, tableInput: CfnTable.TableInputProperty): void =>
      new CfnTable(this, id, { catalogId: Aws.ACCOUNT_ID, databaseName: DATABASE, tableInput }).addResourceDependency(
        database,
      );
    const table = (id: string, name: string, columns: Columns, prefix: string, description: string): void =>
      entry(id, { name, description, ...shape(columns, lake.s3UrlForObject(prefix), settings) });
    table("Events", EVENTS, EVENT_COLUMNS, PREFIXES.events, "One row an event; details is its JSON as text");
    table("Quarantine", QUARANTINE, QUARANTINE_COLUMNS, PREFIXES.quarantine, "Records that no event could be made of");
    const once = {
      name: EVENTS_UNIQUE,
      description: "Each event once in its hour, as it was last processed",
      columns: { ...EVENT_COLUMNS, ...PARTITION_KEYS },
      sql: EVENTS_ONCE,
    };
    entry("EventsUnique", viewInput({ ...once, database: DATABASE }));
  }
}

/** @param location the table's folder as an s3:// URL that ends in a slash */
function shape(columns: Columns, location: string, settings: Settings): CfnTable.TableInputProperty {
  return {
    tableType: "EXTERNAL_TABLE",
    parameters: {
      EXTERNAL: "TRUE",
      classification: "json",
      compressionType: "gzip",
      ...projection(location, settings),
    },
    partitionKeys: Object.entries(PARTITION_KEYS).map(([name, type]) => ({ name, type })),
    storageDescriptor: {
      columns: Object.entries(columns).map(([name, type]) => ({ name, type })),
      location,
      compressed: true,
      inputFormat: "org.apache.hadoop.mapred.TextInputFormat",
      outputFormat: "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
      serdeInfo: {
        serializationLibrary: "org.openx.data.jsonserde.JsonSerDe",
        // A damaged line becomes a row of nulls instead of the end of the query.
        parameters: { "ignore.malformed.json": "true", "case.insensitive": "true" },
      },
    },
  };
}

/** Athena User Guide, "Set up partition projection". `digits` pads, so that the values are the text that queries compare. */
function projection(location: string, { firstYear, lastYear }: Settings): Record<string, string> {
  const integer = (column: string, range: string, digits: number) => ({
    [`projection.${column}.type`]: "integer",
    [`projection.${column}.range`]: range,
    [`projection.${column}.digits`]: String(digits),
  });
  return {
    "projection.enabled": "true",
    ...integer("year", `${firstYear},${lastYear}`, 4),
    ...integer("month", "1,12", 2),
    ...integer("day", "1,31", 2),
    ...integer("hour", "0,23", 2),
    "storage.location.template": `${location}year=\${year}/month=\${month}/day=\${day}/hour=\${hour}/`,
  };
}
