import { type StorageDescriptor, type Table, UpdateTableCommand } from "@aws-sdk/client-glue";
import { StartStreamEncryptionCommand, StopStreamEncryptionCommand } from "@aws-sdk/client-kinesis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { examine } from "../../handlers/doctor/examine.ts";
import { repairsOf } from "../../handlers/doctor/fix.ts";
import type { Lake } from "../../handlers/doctor/lake.ts";
import type { JsonObject } from "../../infra/local/service.ts";
import { type Lab, openLab } from "./doctor-lab.ts";

const HOUR_MS = 3_600_000;

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
  await lab.putRecord('{"eventName":"ConsoleLogin"}');
  await lab.putEvent(Date.now() - HOUR_MS);
  await lab.putEvent(Date.now());
});
afterAll(() => lab?.close());

/** `severity check`, and that what is said of it. */
const said = (findings: Awaited<ReturnType<typeof examine>>) =>
  findings.map(({ severity, check, what }) => `${severity} ${check}: ${what}`);

/** Examines with a table of events that someone changed. */
async function withTable(change: (table: Table) => Table, changes: Partial<Lake> = {}) {
  const { read } = lab.lake();
  const table = async (name: string) => {
    const found = await read.table(name);
    return found && name === "events" ? change(found) : found;
  };
  return examine(lab.lake({ ...changes, read: { ...read, table } }));
}

const withParameters = (parameters: Record<string, string>, changes: Partial<Lake> = {}) =>
  withTable((table) => ({ ...table, Parameters: { ...table.Parameters, ...parameters } }), changes);

const withStorage = (change: (storage: StorageDescriptor) => StorageDescriptor) =>
  withTable((table) => ({ ...table, StorageDescriptor: change(table.StorageDescriptor ?? {}) }));

/** Examines with a change of some properties, which is undone afterwards. */
async function withChange(properties: JsonObject, change: JsonObject, changes: Partial<Lake> = {}) {
  const before = structuredClone(properties);
  Object.assign(properties, change);
  try {
    return await examine(lab.lake(changes));
  } finally {
    for (const key of Object.keys(properties)) delete properties[key];
    Object.assign(properties, before);
  }
}

const mapping = () => lab.properties("AWS::Lambda::EventSourceMapping", "Consumer");
const workgroup = () => lab.properties("AWS::Athena::WorkGroup", "Queries").WorkGroupConfiguration as JsonObject;
const delivery = () => lab.streams[0]?.ExtendedS3DestinationConfiguration as unknown as JsonObject;

test("nothing is found on a healthy lake", async () => {
  expect(said(await examine(lab.lake()))).toEqual([]);
});

describe("a table", () => {
  test.each([
    [
      "storage.location.template",
      "s3://lake/{year}/",
      /^problem table: storage.location.template is s3:\/\/lake\/\{year\}\/ and must be s3:.*year=\$\{year\}.*finds no rows/,
    ],
    ["projection.enabled", "false", /^problem projection: projection.enabled is false.*nothing registers any/],
    ["projection.hour.type", "enum", /^problem projection: projection.hour.type is enum and must be integer/],
    ["projection.hour.range", "1,24", /^problem projection: projection.hour.range is 1,24 and must be 0,23/],
    ["projection.day.interval", "2", /^problem projection: projection.day.interval is 2 and must not be there/],
    ["projection.year.range", "2020,2025", /^problem projection: the range of years ended with 2025/],
    ["projection.year.range", "NOW", /^problem projection: projection.year.range is NOW/],
  ])("whose %s is %s", async (name, value, expected) => {
    const found = said(await withParameters({ [name]: value }));
    expect(found).toEqual([expect.stringMatching(expected)]);
  });

  test("without the digits of a column", async () => {
    const found = said(
      await withTable(({ Parameters: { "projection.month.digits": _, ...Parameters } = {}, ...table }) => {
        return { ...table, Parameters };
      }),
    );
    expect(found).toEqual([
      expect.stringMatching(
        /^problem projection: projection.month.digits is missing \(must be 2\): Athena's values of month/,
      ),
    ]);
  });

  test("whose years end soon is a warning, and no problem", async () => {
    const now = Date.UTC(2035, 11, 1);
    const found = said(await examine(lab.lake({ now })));
    const years = found.filter((line) => line.includes("range of years"));
    expect(years).toHaveLength(2);
    for (const line of years)
      expect(line).toMatch(/^warning projection: the range of years ends with 2035, in less than 90/);
  });

  test("without a column, or with one of another type", async () => {
    const found = said(
      await withStorage(({ Columns = [], ...storage }) => {
        const rest = Columns.filter(({ Name }) => Name !== "details");
        return { ...storage, Columns: rest.map((one) => (one.Name === "tags" ? { ...one, Type: "string" } : one)) };
      }),
    );
    expect(found).toHaveLength(2);
    expect(found.join("\n")).toMatch(/problem table: column details is missing \(must be string\)/);
    expect(found.join("\n")).toMatch(/problem table: column tags is string and must be array<string>/);
  });

  test("with a column more, that someone added, is well", async () => {
    const team = { Name: "team", Type: "string" };
    const found = await withStorage((storage) => ({ ...storage, Columns: [team, ...(storage.Columns ?? [])] }));
    expect(said(found)).toEqual([]);
  });

  test("with another SerDe", async () => {
    const SerdeInfo = { SerializationLibrary: "org.apache.hadoop.hive.serde2.OpenCSVSerde", Parameters: {} };
    const found = said(await withStorage((storage) => ({ ...storage, SerdeInfo })));
    expect(found.join("\n")).toMatch(/SerDe is org.apache.hadoop.hive.serde2.OpenCSVSerde and must be org.openx/);
    expect(found.join("\n")).toMatch(/SerDe ignore.malformed.json is missing .*one damaged line ends a query/);
  });

  test("that begins after the oldest hour that late events go to", async () => {
    const now = Date.UTC(2027, 0, 5);
    const found = said(await withParameters({ "projection.year.range": "2027,2040" }, { now }));
    expect(found).toContainEqual(
      expect.stringMatching(
        /^problem window: events up to 480 hours late are filed under 2026, but .* begins with 2027/,
      ),
    );
  });
});

describe("a delivery stream", () => {
  test("with another prefix", async () => {
    const found = said(
      await withChange(delivery(), { Prefix: "!{partitionKeyFromQuery:table}/!{timestamp:yyyy/MM/dd/HH}/" }),
    );
    expect(found).toHaveLength(2);
    expect(found[0]).toMatch(
      /^problem delivery: it writes the rows of events to s3:\/\/.*\/events\/\$\{year\}\/\$\{month\}\/\$\{day\}\/\$\{hour\}\/, but the table looks in s3:/,
    );
  });
  test("without its processors", async () => {
    const found = said(await withChange(delivery(), { ProcessingConfiguration: { Enabled: true, Processors: [] } }));
    expect(found.map((line) => line.slice(0, 40))).toEqual(
      ["RecordDeAggregation", "MetadataExtraction", "AppendDelimiterToRecord"].map((type) =>
        expect.stringContaining(`problem delivery: it has no ${type}`.slice(0, 40)),
      ),
    );
  });
  test("whose window can open more hours than Firehose holds", async () => {
    const settings = { ...lab.place.settings, window: { lateHours: 720, futureHours: 1 } };
    expect(said(await examine(lab.lake({ settings })))).toEqual([
      expect.stringMatching(/^problem window: late events can open 723 hours at a time and Firehose holds 500/),
    ]);
  });
  test("by arrival has its hours from Firehose's clock, which must be UTC's", async () => {
    const settings = { ...lab.place.settings, partitionBy: "arrival", quarantineStream: "quarantine" } as const;
    const { read } = lab.lake();
    const examineIn = (CustomTimeZone: string) => {
      const deliveryStream = async (name: string) => {
        const table = name === "quarantine" ? name : "events";
        const hours = "year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/hour=!{timestamp:HH}/";
        const change = {
          Prefix: `${table}/${hours}`,
          DynamicPartitioningConfiguration: {},
          ProcessingConfiguration: {},
        };
        const found = await read.deliveryStream(settings.deliveryStream);
        const s3 = found?.Destinations?.[0]?.ExtendedS3DestinationDescription;
        if (s3) Object.assign(s3, change, { CustomTimeZone });
        return found;
      };
      return examine(lab.lake({ settings, read: { ...read, deliveryStream } }));
    };
    expect(said(await examineIn("UTC"))).toEqual([]);
    expect(said(await examineIn("Europe/Berlin"))).toEqual(
      Array(2).fill("problem delivery: its hours are those of Europe/Berlin, and the table's are UTC"),
    );
  });
  test("that does not exist", async () => {
    const settings = { ...lab.place.settings, deliveryStream: "gone", quarantineStream: "gone" };
    expect(said(await examine(lab.lake({ settings })))).toEqual([
      expect.stringMatching(/^problem delivery: the delivery stream does not exist/),
    ]);
  });
});

describe("an event source mapping", () => {
  test.each([
    ["Enabled", false, /^problem mapping: the mapping is Disabled \(User action\): nothing is read/],
    ["FunctionResponseTypes", [], /^problem mapping: ReportBatchItemFailures is off/],
    ["BisectBatchOnFunctionError", false, /^warning mapping: bisecting is off/],
    ["DestinationConfig", {}, /^problem mapping: there is no on-failure destination/],
    ["MaximumRetryAttempts", -1, /^warning mapping: retries never end/],
    ["MaximumRecordAgeInSeconds", 604_800, /^warning mapping: records may grow as old as the stream's memory/],
    [
      "FilterCriteria",
      { Filters: [{ Pattern: '{"data":{"a":[1]}}' }] },
      /^problem mapping: its filter looks into the data/,
    ],
  ])("whose %s is %j", async (name, value, expected) => {
    expect(said(await withChange(mapping(), { [name]: value }))).toEqual([expect.stringMatching(expected)]);
  });
  test("that is missing", async () => {
    const read = { ...lab.lake().read, mappings: async () => [] };
    expect(said(await examine(lab.lake({ read })))).toEqual([
      expect.stringMatching(/^problem mapping: no event source mapping reads the stream/),
    ]);
  });
});

describe("a workgroup", () => {
  test("whose bucket of results is missing", async () => {
    const ResultConfiguration = { OutputLocation: "s3://there-is-no-such-bucket/queries/" };
    const found = said(await withChange(workgroup(), { ResultConfiguration }));
    expect(found).toContainEqual(
      expect.stringMatching(
        /^problem results: the bucket of the workgroup's results does not exist: every query fails/,
      ),
    );
  });
  test("that nothing limits", async () => {
    const found = said(await withChange(workgroup(), { EnforceWorkGroupConfiguration: false }));
    expect(found).toEqual([expect.stringMatching(/^warning workgroup: clients may overrule/)]);
  });
});

test("a stream that is not encrypted", async () => {
  const key = { StreamName: lab.place.stream, EncryptionType: "KMS", KeyId: "alias/aws/kinesis" } as const;
  await lab.clients.kinesis.send(new StopStreamEncryptionCommand(key));
  const found = await examine(lab.lake());
  await lab.clients.kinesis.send(new StartStreamEncryptionCommand(key));
  expect(said(found)).toEqual(["problem stream: the stream is not encrypted at rest"]);
  expect(found[0]?.fix).toBe(
    `aws kinesis start-stream-encryption --stream-name ${lab.place.stream} --encryption-type KMS --key-id alias/aws/kinesis`,
  );
});

test("what may not be looked at is said, and stops nothing else", async () => {
  const read = {
    ...lab.lake().read,
    mappings: () => Promise.reject(Object.assign(new Error("not authorized"), { name: "AccessDeniedException" })),
  };
  const found = await examine(lab.lake({ read }));
  expect(said(found)).toEqual(["unchecked mapping: not checked: AccessDeniedException: not authorized"]);
});

describe("--fix", () => {
  test("updates the table to what the code writes, and keeps what is not the code's", async () => {
    const { glue } = lab.clients;
    const table = await lab.lake().read.table("events");
    const { Name, Parameters = {}, StorageDescriptor: storage, PartitionKeys, TableType } = table ?? { Name: "none" };
    const Columns = (storage?.Columns ?? []).filter((column) => column.Name !== "details");
    const { "projection.month.digits": _, ...kept } = Parameters;
    await glue.send(
      new UpdateTableCommand({
        DatabaseName: "defenda_data_lake",
        TableInput: {
          ...{ Name, PartitionKeys, TableType },
          StorageDescriptor: { ...storage, Columns: [{ Name: "team", Type: "string" }, ...Columns] },
          Parameters: { ...kept, "projection.year.range": "2020,2025", "team.owner": "us" },
        },
      }),
    );
    expect(said(await examine(lab.lake()))).toHaveLength(3);

    const [repair, ...others] = await repairsOf(lab.lake());
    expect(others).toEqual([]);
    expect(repair?.patch).toEqual([
      "+ column details = string",
      "- projection.year.range = 2020,2025",
      expect.stringMatching(/^\+ projection.year.range = 2020,20[3-9]\d$/),
      "+ projection.month.digits = 2",
    ]);
    await repair?.apply(glue);

    expect(said(await examine(lab.lake()))).toEqual([]);
    const fixed = await lab.lake().read.table("events");
    expect(fixed?.Parameters).toMatchObject({ "team.owner": "us", "projection.month.digits": "2" });
    expect(fixed?.StorageDescriptor?.Columns?.[0]?.Name).toBe("team");
    expect(await repairsOf(lab.lake())).toEqual([]);
  });
});
