import { join } from "node:path";
import { openDatabase } from "./athena/lake.ts";
import { type AthenaService, openAthena } from "./athena/service.ts";
import type { GlueTable } from "./athena/table.ts";
import type { GlueView } from "./athena/view.ts";
import type { NamedQuery, WorkGroup } from "./athena/workgroups.ts";
import type { S3 } from "./s3/s3.ts";
import { declared, type LocalTemplate } from "./template.ts";

/** Athena over the template's tables, workgroups and saved queries. @returns the service and how to close it */
export async function openQueries(
  template: LocalTemplate,
  dir: string,
  s3: S3,
): Promise<{ service: AthenaService; close: () => Promise<void> }> {
  const database = await openDatabase({
    tables: declared<GlueTable | GlueView>(template, "AWS::Glue::Table"),
    s3Root: join(dir, "s3"),
    scratch: join(dir, "duckdb"),
  });
  const service = openAthena({
    database,
    workgroups: declared<WorkGroup>(template, "AWS::Athena::WorkGroup"),
    namedQueries: declared<NamedQuery>(template, "AWS::Athena::NamedQuery"),
    s3Put: s3.put,
    dir: join(dir, "athena"),
  });
  const close = async () => {
    await service.close();
    database.close();
  };
  return { service, close };
}
