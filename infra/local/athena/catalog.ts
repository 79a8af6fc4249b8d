import { writeFileSync } from "node:fs";
import type { DuckDBConnection } from "@duckdb/node-api";
import { informationSql } from "./information.ts";
import { CATALOG, PATH_CATALOG, setupSql, tableSql, viewsSql } from "./setup.ts";
import * as sql from "./sql.ts";
import type { Catalog } from "./statement.ts";
import { type GlueTable, type LakeTable, readTable } from "./table.ts";
import { type GlueView, isView, type LakeView, readView } from "./view.ts";

export type Definition = GlueTable | GlueView;

/** The tables and views of a lake, in DuckDB and here. */
export interface LakeCatalog extends Catalog {
  /** Makes a table or view, or makes it anew. @throws {Error} when this lake cannot follow it */
  put(definition: Definition): Promise<void>;
  /** @throws {Error} when a view reads it */
  drop(database: string, name: string): Promise<void>;
}

interface Options {
  /** The connection that parses SQL and makes what is in the catalog. */
  readonly connection: DuckDBConnection;
  readonly s3Root: string;
  /** A folder for the tables' markers. */
  readonly markers: string;
}

/** @throws {Error} for a table or a view that this lake cannot follow, naming it */
export async function openCatalog(given: readonly Definition[], options: Options): Promise<LakeCatalog> {
  const { connection, s3Root, markers } = options;
  const definitions = [...given];
  const tables = given.flatMap((one) => (isView(one) ? [] : read(one)));
  const views: LakeView[] = [];
  const catalog = { tables, views, parse, unparse };

  function read(definition: GlueTable): LakeTable {
    const table = readTable(definition, s3Root, markers);
    writeFileSync(table.marker, "");
    return table;
  }
  async function ask(query: string): Promise<string> {
    const result = await connection.runAndReadAll(query);
    return String(result.getRows()[0]?.[0]);
  }
  function parse(query: string): Promise<string> {
    return ask(`SELECT json_serialize_sql(${sql.text(query)})`);
  }
  function unparse(tree: string): Promise<string> {
    return ask(`SELECT json_deserialize_sql(${sql.text(tree)})`);
  }
  /** Reads each view over the tables as they are and over other views, whatever their order. */
  async function readViews(): Promise<void> {
    const found: LakeView[] = [];
    let pending = definitions.filter(isView);
    while (pending.length > 0) {
      const failed = new Map<GlueView, unknown>();
      for (const definition of pending)
        await readView(definition, { ...catalog, views: found }).then(
          (view) => found.push(view),
          (error) => failed.set(definition, error),
        );
      if (failed.size === pending.length) throw [...failed.values()][0];
      pending = [...failed.keys()];
    }
    views.splice(0, views.length, ...found);
    await connection.run(informationSql([...tables, ...views], CATALOG));
  }
  const indexOf = ({ DatabaseName, TableInput }: Definition) =>
    definitions.findIndex(
      (one) => keyOf(one.DatabaseName, one.TableInput.Name) === keyOf(DatabaseName, TableInput.Name),
    );

  await connection.run(setupSql(tables));
  await readViews();
  if (views.length > 0) await connection.run(viewsSql(views));
  return {
    ...catalog,
    async put(definition) {
      const index = indexOf(definition);
      const before = definitions[index];
      if (before && isView(before) !== isView(definition))
        throw new Error(`${definition.TableInput.Name} is a ${isView(before) ? "view" : "table"}, and stays one`);
      if (isView(definition)) {
        const others = views.filter(
          (one) => keyOf(one.database, one.name) !== keyOf(definition.DatabaseName, definition.TableInput.Name),
        );
        await connection.run(viewsSql([await readView(definition, { ...catalog, views: others })]));
      } else {
        const table = read(definition);
        await connection.run(tableSql([table]));
        const at = tables.findIndex((one) => keyOf(one.database, one.name) === keyOf(table.database, table.name));
        tables.splice(at < 0 ? tables.length : at, 1, table);
      }
      definitions.splice(index < 0 ? definitions.length : index, 1, definition);
      await readViews();
    },
    async drop(database, name) {
      const key = keyOf(database, name);
      const reader = views.find(({ reads }) => reads.has(key));
      if (reader) throw new Error(`view ${reader.database}.${reader.name} reads ${key}; drop the view first`);
      const place = `${sql.name(database)}.${sql.name(name)}`;
      await connection.run(`DROP VIEW ${CATALOG}.${place}; DROP VIEW ${PATH_CATALOG}.${place}`);
      const remaining = definitions.filter((one) => keyOf(one.DatabaseName, one.TableInput.Name) !== key);
      definitions.splice(0, definitions.length, ...remaining);
      const kept = tables.filter((one) => keyOf(one.database, one.name) !== key);
      tables.splice(0, tables.length, ...kept);
      await readViews();
    },
  };
}

const keyOf = (database: string, name: string): string => `${database}.${name}`.toLowerCase();
