import { type AthenaClient, BatchGetNamedQueryCommand, paginateListNamedQueries } from "@aws-sdk/client-athena";
import { paginateGetTables } from "@aws-sdk/client-glue";
import { DATABASE, WORKGROUP } from "../../../handlers/cli/athena.ts";
import { TRINO_FUNCTIONS } from "../athena/trino-functions.ts";
import type { Clients } from "./clients.ts";
import type { Schema } from "./contract.ts";

/** What can be asked of the lake: its tables as Glue has them now, and the workgroup's saved questions. */
export async function readSchema({ athena, glue }: Pick<Clients, "athena" | "glue">): Promise<Schema> {
  const [tables, questions] = await Promise.all([tablesOf(glue), questionsOf(athena)]);
  return { database: DATABASE, tables, functions: TRINO_FUNCTIONS, questions };
}

async function tablesOf(client: Clients["glue"]): Promise<Schema["tables"]> {
  const tables: Schema["tables"][number][] = [];
  for await (const { TableList = [] } of paginateGetTables({ client }, { DatabaseName: DATABASE })) {
    for (const { Name = "", StorageDescriptor, PartitionKeys = [] } of TableList) {
      const columns = [...(StorageDescriptor?.Columns ?? []), ...PartitionKeys];
      tables.push({ name: Name, columns: columns.map(({ Name: name = "", Type: type = "" }) => ({ name, type })) });
    }
  }
  return tables;
}

async function questionsOf(client: AthenaClient): Promise<Schema["questions"]> {
  const questions: Schema["questions"][number][] = [];
  for await (const { NamedQueryIds = [] } of paginateListNamedQueries({ client }, { WorkGroup: WORKGROUP })) {
    if (NamedQueryIds.length === 0) continue;
    const { NamedQueries = [] } = await client.send(new BatchGetNamedQueryCommand({ NamedQueryIds }));
    for (const { Name: name = "", Description: description = "", QueryString: sql = "" } of NamedQueries)
      questions.push({ name, description, sql });
  }
  return questions;
}
