import { join } from "node:path";
import { type LakeDatabase, openDatabase } from "./athena/lake.ts";
import type { PreparedStatement } from "./athena/prepared.ts";
import { openAthena } from "./athena/service.ts";
import type { NamedQuery, WorkGroup } from "./athena/workgroups.ts";
import { type CatalogTable, type GlueDatabase, openGlue } from "./glue/service.ts";
import type { S3 } from "./s3/s3.ts";
import type { Service } from "./service.ts";
import { declared, type LocalTemplate } from "./template.ts";

/**
 * Brings back the tables and views that people made. One may read another, whatever their order; what a newer template
 * took the ground from stays in Glue, and is not found by queries.
 */
async function putMade(made: readonly CatalogTable[], database: LakeDatabase): Promise<void> {
  for (let pending = made, before = made.length + 1; pending.length > 0 && pending.length < before; ) {
    before = pending.length;
    const failed: CatalogTable[] = [];
    for (const table of pending) await database.putTable(table).catch(() => failed.push(table));
    pending = failed;
  }
}

/** Athena and Glue over the template's tables, workgroups and saved queries. @returns the services and how to close them */
export async function openQueries(
  template: LocalTemplate,
  dir: string,
  s3: S3,
): Promise<{ services: Service[]; close: () => Promise<void> }> {
  const glue = openGlue({
    tables: declared<CatalogTable>(template, "AWS::Glue::Table"),
    databases: declared<GlueDatabase>(template, "AWS::Glue::Database"),
    file: join(dir, "glue.json"),
    changed: (table) => database.putTable(table),
    removed: (inside, name) => database.dropTable(inside, name),
  });
  const made = glue.made();
  const database = await openDatabase({
    tables: glue.tables().filter((table) => !made.includes(table)),
    changes: { put: glue.put, drop: glue.drop, s3Put: s3.put },
    s3Root: join(dir, "s3"),
    scratch: join(dir, "duckdb"),
  });
  await putMade(made, database);
  const athena = openAthena({
    database,
    workgroups: declared<WorkGroup>(template, "AWS::Athena::WorkGroup"),
    namedQueries: declared<NamedQuery>(template, "AWS::Athena::NamedQuery"),
    preparedStatements: declared<PreparedStatement>(template, "AWS::Athena::PreparedStatement"),
    s3Put: s3.put,
    dir: join(dir, "athena"),
  });
  const close = async () => {
    await athena.close();
    database.close();
  };
  return { services: [athena, glue], close };
}
