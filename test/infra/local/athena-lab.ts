import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { openDatabase } from "../../../infra/local/athena/lake.ts";
import { openAthena } from "../../../infra/local/athena/service.ts";
import type { GlueTable } from "../../../infra/local/athena/table.ts";
import { startEndpoint } from "../../../infra/local/endpoint.ts";
import { openGlue } from "../../../infra/local/glue/service.ts";
import { openS3 } from "../../../infra/local/s3/s3.ts";

const KEYS = ["year", "month", "day", "hour"];
const RANGES = { year: ["2020,2035", 4], month: ["1,12", 2], day: ["1,31", 2], hour: ["0,23", 2] } as const;
const COLUMNS = {
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

export const DATABASE = "defenda_data_lake";
export const WORKGROUP = "defenda_data_lake";

/** The events table with the years of the original's example queries. */
export const EVENTS: GlueTable = {
  DatabaseName: DATABASE,
  TableInput: {
    Name: "events",
    StorageDescriptor: {
      Columns: Object.entries(COLUMNS).map(([Name, Type]) => ({ Name, Type })),
      Location: "s3://lake/events/",
      SerdeInfo: { Parameters: { "ignore.malformed.json": "true" } },
    },
    PartitionKeys: KEYS.map((Name) => ({ Name, Type: "string" })),
    Parameters: {
      "projection.enabled": "true",
      ...Object.fromEntries(
        Object.entries(RANGES).flatMap(([key, [range, digits]]) => [
          [`projection.${key}.type`, "integer"],
          [`projection.${key}.range`, range],
          [`projection.${key}.digits`, String(digits)],
        ]),
      ),
      "storage.location.template": `s3://lake/events/${KEYS.map((key) => `${key}=\${${key}}`).join("/")}/`,
    },
  },
};

export type Lab = Awaited<ReturnType<typeof openLab>>;

/** Athena, Glue and S3 behind one endpoint, without the rest of the lake. */
export async function openLab({ cutoff }: { cutoff?: number } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "athena-lab-"));
  const s3 = await openS3(join(folder, "s3"));
  for (const bucket of ["lake", "results"]) s3.ensureBucket(bucket);
  const file = join(folder, "glue.json");
  const glue = openGlue({
    tables: [EVENTS],
    databases: [],
    file,
    changed: (table) => database.putTable(table),
    removed: (inside, name) => database.dropTable(inside, name),
  });
  const database = await openDatabase({
    tables: [EVENTS],
    changes: { put: glue.put, drop: glue.drop, s3Put: s3.put },
    s3Root: join(folder, "s3"),
    scratch: join(folder, "duckdb"),
  });
  const configuration = {
    ResultConfiguration: { OutputLocation: "s3://results/queries/" },
    ...(cutoff !== undefined && { BytesScannedCutoffPerQuery: cutoff }),
  };
  const athena = openAthena({
    database,
    workgroups: [{ Name: WORKGROUP, WorkGroupConfiguration: configuration }],
    namedQueries: [],
    dir: join(folder, "athena"),
    s3Put: s3.put,
  });
  const endpoint = await startEndpoint({ port: 0, services: [athena, glue], s3: s3.handler });
  return {
    folder,
    url: endpoint.url,
    s3,
    database,
    /** @param hour e.g. `2020/09/07/18` */
    async put(hour: string, events: readonly object[]): Promise<number> {
      const path = hour.split("/").map((value, index) => `${KEYS[index]}=${value}`);
      const bytes = gzipSync(events.map((event) => `${JSON.stringify(event)}\n`).join(""));
      await s3.put("lake", `events/${path.join("/")}/a.json.gz`, bytes);
      return bytes.length;
    },
    async close(): Promise<void> {
      await endpoint.close();
      await athena.close();
      database.close();
      await s3.close();
      await rm(folder, { recursive: true });
    },
  };
}
