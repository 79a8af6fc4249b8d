import { type GlueClient, type Table, UpdateTableCommand } from "@aws-sdk/client-glue";
import { desiredTable } from "./desired.ts";
import { patchOf } from "./difference.ts";
import { DATABASE, type Lake } from "./lake.ts";
import { type Shape, shapes } from "./shape.ts";
import { differencesOf } from "./table.ts";

/** An update of one table that is not made yet. */
export interface Repair {
  readonly table: string;
  /** The difference, as lines of a patch. */
  readonly patch: readonly string[];
  apply(glue: GlueClient): Promise<void>;
}

/** What `lake doctor --fix` would change: the tables that are there and differ. Partition columns it cannot change. */
export async function repairsOf(lake: Lake): Promise<Repair[]> {
  const looked = await Promise.all(
    shapes().map(async (shape) => ({ shape, table: await lake.read.table(shape.table) })),
  );
  return looked.flatMap(({ shape, table }) => (table ? repairOf(table, shape, lake) : []));
}

function repairOf(table: Table, shape: Shape, lake: Lake): Repair[] {
  const patch = differencesOf(table, shape, lake).flatMap(patchOf);
  if (patch.length === 0) return [];
  return [{ table: shape.table, patch, apply: (glue) => update(glue, table, shape, lake) }];
}

/** Glue keeps the version before. @throws {Error} when the table was changed since it was looked at */
async function update(glue: GlueClient, table: Table, shape: Shape, lake: Lake): Promise<void> {
  const { VersionId } = table;
  await glue.send(
    new UpdateTableCommand({
      DatabaseName: DATABASE,
      TableInput: desiredTable(table, shape, lake),
      ...(VersionId !== undefined && { VersionId }),
    }),
  );
}
