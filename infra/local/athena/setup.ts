import { macrosSql } from "./macros.ts";
import * as sql from "./sql.ts";
import type { LakeTable } from "./table.ts";
import type { LakeView } from "./view.ts";

export const CATALOG = "awsdatacatalog";

/** The same tables with their hidden column `"$path"`, for the queries that ask for it; `SELECT *` must not show it. */
export const PATH_CATALOG = "awsdatacatalog_path";

/** Where DuckDB's own functions have their own names, and the lake's macros stand before none. */
export const USE_PLAIN = "USE memory.main";

/** Every account has it. A query in a database that is not the lake's runs here: functions are there, tables are not. */
export const DEFAULT_DATABASE = "default";

/** SQL that makes the lake's databases, functions and tables. */
export function setupSql(tables: readonly LakeTable[]): string {
  const lines = ["SET GLOBAL TimeZone = 'UTC'"];
  for (const catalog of [CATALOG, PATH_CATALOG]) {
    lines.push(`ATTACH ':memory:' AS ${catalog}`);
    for (const database of new Set([DEFAULT_DATABASE, ...tables.map((table) => table.database)])) {
      const schema = `${catalog}.${sql.name(database)}`;
      lines.push(`CREATE SCHEMA ${schema}`, macrosSql(schema));
    }
  }
  return [...lines, tableSql(tables)].join(";\n");
}

/** SQL that makes tables, or makes them anew. */
export function tableSql(tables: readonly LakeTable[]): string {
  // A view is checked when it is made, which takes a list of files; each connection has its own lists afterwards.
  const lists = tables.map((table) => setFiles(table, "[]"));
  const views = [CATALOG, PATH_CATALOG].flatMap((catalog) =>
    tables.map(({ database, name, viewSql }) => {
      const select = viewSql(catalog === PATH_CATALOG);
      return `CREATE OR REPLACE VIEW ${catalog}.${sql.name(database)}.${sql.name(name)} AS ${select}`;
    }),
  );
  return [...lists, ...views].join(";\n");
}

/** SQL that makes views over the tables. They too are in both catalogs, and each reads the tables beside it. */
export function viewsSql(views: readonly LakeView[]): string {
  const lines = [CATALOG, PATH_CATALOG].flatMap((catalog) =>
    views.flatMap(({ database, name, sql: select }) => [
      `USE ${catalog}.${sql.name(database)}`,
      `CREATE OR REPLACE VIEW ${sql.name(name)} AS ${select}`,
    ]),
  );
  return [...lines, USE_PLAIN].join(";\n");
}

/** SQL for the last settings that can be made: from there on SQL reaches these folders and nothing else. */
export function lockSql(allowed: readonly string[]): string {
  const folders = allowed.map((folder) => sql.text(`${folder}/`));
  return `SET allowed_directories = [${folders.join(", ")}];
    SET enable_external_access = false; SET lock_configuration = true`;
}

/** @param paths SQL for the list of files to read; each one is a glob */
export function setFiles({ variable, marker }: LakeTable, paths: string): string {
  return `SET VARIABLE ${sql.name(variable)} = [${sql.text(sql.literalPath(marker))}] || ${paths}`;
}
