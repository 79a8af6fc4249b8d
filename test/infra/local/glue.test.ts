import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  GetDatabaseCommand,
  GetDatabasesCommand,
  GetPartitionsCommand,
  GetTableCommand,
  GetTablesCommand,
  GlueClient,
  type TableInput,
  UpdateTableCommand,
} from "@aws-sdk/client-glue";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openGlue } from "../../../infra/local/glue/service.ts";
import { DATABASE, EVENTS, type Lab, openLab } from "./athena-lab.ts";

let lab: Lab;
let glue: GlueClient;

beforeAll(async () => {
  lab = await openLab();
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  glue = new GlueClient({ endpoint: lab.url, region: "us-east-1", credentials });
  await lab.put("2020/09/07/18", [{ eventid: "a" }]);
});
afterAll(async () => {
  glue.destroy();
  await lab.close();
});

const table = async () => (await glue.send(new GetTableCommand({ DatabaseName: DATABASE, Name: "events" }))).Table;

async function update(change: (input: TableInput) => TableInput): Promise<void> {
  const { Name, StorageDescriptor, PartitionKeys, Parameters } = (await table()) ?? {};
  const TableInput = change({ Name, StorageDescriptor, PartitionKeys, Parameters });
  await glue.send(new UpdateTableCommand({ DatabaseName: DATABASE, TableInput }));
}

describe("what any client reads", () => {
  test("databases", async () => {
    expect((await glue.send(new GetDatabasesCommand({}))).DatabaseList).toMatchObject([{ Name: DATABASE }]);
    const missing = glue.send(new GetDatabaseCommand({ Name: "nowhere" }));
    await expect(missing).rejects.toMatchObject({ name: "EntityNotFoundException" });
  });

  test("a table, with its columns, keys and projection", async () => {
    expect(await table()).toMatchObject({ DatabaseName: DATABASE, ...EVENTS.TableInput, TableType: "EXTERNAL_TABLE" });
    const listed = await glue.send(new GetTablesCommand({ DatabaseName: DATABASE, Expression: "ev*" }));
    expect(listed.TableList?.map(({ Name }) => Name)).toEqual(["events"]);
    const missing = glue.send(new GetTableCommand({ DatabaseName: DATABASE, Name: "none" }));
    await expect(missing).rejects.toMatchObject({ name: "EntityNotFoundException" });
  });

  test("no partitions, because projected ones are nowhere registered", async () => {
    const found = await glue.send(new GetPartitionsCommand({ DatabaseName: DATABASE, TableName: "events" }));
    expect(found.Partitions).toEqual([]);
  });
});

describe("UpdateTable", () => {
  async function count(): Promise<string | null | undefined> {
    const answers: (string | null)[][] = [];
    const sink = {
      start() {},
      columns() {},
      rows: (rows: readonly (readonly (string | null)[])[]) => void answers.push(...rows.map((row) => [...row])),
    };
    const statement = await lab.database.read("SELECT count(*) FROM events", DATABASE);
    await lab.database.run(statement, sink, AbortSignal.timeout(10_000));
    return answers[0]?.[0];
  }

  test("changes what queries find, at once and until the template declares the table otherwise", async () => {
    const range = (years: string) => (input: TableInput) => ({
      ...input,
      Parameters: { ...input.Parameters, "projection.year.range": years },
    });
    expect(await count()).toBe("1");
    await update(range("2024,2035"));
    expect(await count()).toBe("0");
    const file = join(lab.folder, "glue.json");
    expect(JSON.parse(await readFile(file, "utf8"))).toHaveProperty([`${DATABASE}.events`]);
    const parameters = (tables: (typeof EVENTS)[]) => openGlue({ tables, databases: [], file }).tables()[0]?.TableInput;
    expect(parameters([EVENTS])).toMatchObject({ Parameters: { "projection.year.range": "2024,2035" } });
    const redeclared = { ...EVENTS, TableInput: { ...EVENTS.TableInput, Name: "events", PartitionKeys: [] } };
    expect(parameters([redeclared])).toEqual(redeclared.TableInput);
    await update(range("2020,2035"));
    expect(await count()).toBe("1");
  });

  test("is refused where the lake could not follow, and changes nothing", async () => {
    const broken = update((input) => ({
      ...input,
      Parameters: { ...input.Parameters, "projection.year.range": "ever" },
    }));
    await expect(broken).rejects.toMatchObject({ name: "InvalidInputException", message: /projection.year.range/ });
    expect(await count()).toBe("1");
  });
});
