import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import flags from "aws-cdk-lib/recommended-feature-flags.json" with { type: "json" };
import { AwsSolutionsChecks } from "cdk-nag";
import { afterAll, describe, expect, test } from "vitest";
import { quarantineRow } from "../../core/quarantine.ts";
import { lineOf } from "../../core/row.ts";
import { DELIVERY, FUNCTION, MAPPING, QUERY, type Range, STREAM } from "../../infra/limits.ts";
import { readSettings } from "../../infra/settings.ts";
import { SAVED_QUERIES } from "../../infra/sql.ts";
import { DefendaDataLake } from "../../infra/stack.ts";

const TOPIC = "arn:aws:sns:eu-central-1:123456789012:alarms";
const assemblies = mkdtempSync(join(tmpdir(), "lake-template-"));
afterAll(() => rmSync(assemblies, { recursive: true }));

const standard = synthesize("standard", {});
const arrival = synthesize("arrival", {
  "lake:partitionBy": "arrival",
  "lake:retentionHours": 24,
  "lake:expireDays": 400,
  "lake:versioned": false,
  "lake:alarmTopicArn": TOPIC,
});

function synthesize(name: string, context: Record<string, unknown>) {
  const app = new App({ context: { ...flags, ...context }, outdir: join(assemblies, name) });
  const stack = new DefendaDataLake(app, "DefendaDataLake", readSettings(context, 2026));
  const violations = new AwsSolutionsChecks().validateScope(app).violations;
  return { template: Template.fromStack(stack), violations };
}

type Synthesized = typeof standard;

/** Properties of every resource of that type, in the order of the template; of one construct, if it is named. */
function all({ template }: Synthesized, type: string, construct = "") {
  const resources = Object.entries(template.findResources(type)).filter(([id]) => id.startsWith(construct));
  return resources.map(([, { Properties }]) => Properties);
}

function only(lake: Synthesized, type: string, construct = "") {
  const [first, ...rest] = all(lake, type, construct);
  expect(rest, `more than one ${type}`).toEqual([]);
  return first;
}

const both = [
  ["by event time", standard],
  ["by arrival", arrival],
] as const;

describe.each(both)("the lake %s", (_, lake) => {
  test("cdk-nag finds nothing that is not acknowledged", () => {
    expect(lake.violations).toEqual([]);
  });

  test("every bucket refuses plain HTTP and the public, encrypts, and outlives the stack", () => {
    const buckets = Object.entries(lake.template.findResources("AWS::S3::Bucket"));
    expect(buckets).toHaveLength(4);
    for (const [id, { Properties, DeletionPolicy }] of buckets) {
      expect(DeletionPolicy).toBe("Retain");
      expect(Object.values(Properties.PublicAccessBlockConfiguration)).toEqual([true, true, true, true]);
      expect(JSON.stringify(Properties.BucketEncryption)).toContain("AES256");
      lake.template.hasResourceProperties("AWS::S3::BucketPolicy", {
        Bucket: { Ref: id },
        PolicyDocument: {
          Statement: Match.arrayWith([
            Match.objectLike({
              Effect: "Deny",
              Principal: { AWS: "*" },
              Action: "s3:*",
              Condition: { Bool: { "aws:SecureTransport": "false" } },
            }),
          ]),
        },
      });
    }
  });

  test("no role may do or reach everything, and none may delete but a message that is done with", () => {
    const statements = all(lake, "AWS::IAM::Role")
      .flatMap((role) => role.Policies)
      .flatMap((policy) => policy.PolicyDocument.Statement);
    expect(statements.length).toBeGreaterThan(5);
    for (const { Action, Resource } of statements) {
      for (const action of [Action].flat())
        expect(action).toMatch(/^([a-z0-9]+:(?!Delete)[A-Za-z]+|sqs:DeleteMessage)$/);
      for (const resource of [Resource].flat()) expect(resource).not.toBe("*");
    }
    expect(all(lake, "AWS::IAM::Policy")).toEqual([]);
    expect(all(lake, "AWS::IAM::Role").flatMap((role) => role.ManagedPolicyArns ?? [])).toEqual([]);
  });

  test("every log group forgets", () => {
    for (const group of all(lake, "AWS::Logs::LogGroup")) expect(group.RetentionInDays).toBe(90);
  });

  test("every delivery stream encrypts, writes gzip and files what fails", () => {
    for (const stream of all(lake, "AWS::KinesisFirehose::DeliveryStream")) {
      expect(stream.DeliveryStreamType).toBe("DirectPut");
      expect(stream.DeliveryStreamEncryptionConfigurationInput).toEqual({ KeyType: "AWS_OWNED_CMK" });
      expect(stream.ExtendedS3DestinationConfiguration).toMatchObject({
        CompressionFormat: "GZIP",
        FileExtension: ".json.gz",
        ErrorOutputPrefix: expect.stringMatching(/^errors\/!\{firehose:error-output-type\}\/.*\/$/),
        CloudWatchLoggingOptions: { Enabled: true },
      });
    }
  });

  test("whatever can be tagged is", () => {
    const untaggable = /^AWS::(S3::BucketPolicy|SQS::QueuePolicy|Logs::LogStream|Glue::|Athena::NamedQuery)/;
    for (const [id, { Type, Properties }] of Object.entries(lake.template.toJSON().Resources as Resources)) {
      if (untaggable.test(Type)) continue;
      expect(Properties.Tags, id).toContainEqual({ Key: "Project", Value: "defenda-data-lake" });
    }
  });

  test("it says where to put events and what to query first", () => {
    const outputs = Object.keys(lake.template.findOutputs("*"));
    for (const name of ["StreamName", "DeliveryStreamName", "LakeBucket", "Workgroup", "EventsTable", "FirstQuery"])
      expect(outputs).toContain(name);
  });

  test.each(numbers(lake))("AWS allows %s = %d", (_name, value, [min, max]) => {
    expect(value).toBeGreaterThanOrEqual(min);
    expect(value).toBeLessThanOrEqual(max);
  });
});

type Resources = Record<string, { Type: string; Properties: { Tags?: unknown } }>;

/** Every number in the template that AWS limits. */
function numbers(lake: Synthesized): [string, number, Range][] {
  const stream = only(lake, "AWS::Kinesis::Stream");
  const mapping = only(lake, "AWS::Lambda::EventSourceMapping", "Consumer");
  const handler = only(lake, "AWS::Lambda::Function", "Consumer");
  const { WorkGroupConfiguration } = only(lake, "AWS::Athena::WorkGroup");
  const deliveries = all(lake, "AWS::KinesisFirehose::DeliveryStream").map((s) => s.ExtendedS3DestinationConfiguration);
  return [
    ["RetentionPeriodHours", stream.RetentionPeriodHours, STREAM.retentionHours],
    ["BatchSize", mapping.BatchSize, MAPPING.batchSize],
    // A batch of more than ten records wants a window of at least a second.
    ["MaximumBatchingWindowInSeconds", mapping.MaximumBatchingWindowInSeconds, [1, MAPPING.batchWindowSeconds[1]]],
    ["ParallelizationFactor", mapping.ParallelizationFactor, MAPPING.parallelizationFactor],
    ["MaximumRetryAttempts", mapping.MaximumRetryAttempts, MAPPING.retryAttempts],
    ["MaximumRecordAgeInSeconds", mapping.MaximumRecordAgeInSeconds, MAPPING.recordAgeSeconds],
    ["MemorySize", handler.MemorySize, FUNCTION.memoryMiB],
    ["Timeout", handler.Timeout, FUNCTION.timeoutSeconds],
    ["BytesScannedCutoffPerQuery", WorkGroupConfiguration.BytesScannedCutoffPerQuery, [QUERY.minScanBytes, 2 ** 53]],
    ...deliveries.flatMap((to): [string, number, Range][] => [
      ["IntervalInSeconds", to.BufferingHints.IntervalInSeconds, DELIVERY.bufferSeconds],
      ["SizeInMBs", to.BufferingHints.SizeInMBs, DELIVERY.bufferMiB],
      [
        "DurationInSeconds",
        to.DynamicPartitioningConfiguration?.RetryOptions.DurationInSeconds ?? 0,
        DELIVERY.retrySeconds,
      ],
    ]),
  ];
}

describe("stream and consumer", () => {
  test("the stream is on demand, encrypted, remembers seven days and outlives the stack", () => {
    standard.template.hasResource("AWS::Kinesis::Stream", {
      DeletionPolicy: "Retain",
      Properties: {
        RetentionPeriodHours: 168,
        StreamModeDetails: { StreamMode: "ON_DEMAND" },
        StreamEncryption: { EncryptionType: "KMS", KeyId: "alias/aws/kinesis" },
      },
    });
  });

  test("the mapping starts at the oldest record, reports batch item failures, bisects and counts", () => {
    expect(only(standard, "AWS::Lambda::EventSourceMapping", "Consumer")).toMatchObject({
      StartingPosition: "TRIM_HORIZON",
      FunctionResponseTypes: ["ReportBatchItemFailures"],
      BisectBatchOnFunctionError: true,
      MetricsConfig: { Metrics: ["EventCount"] },
    });
  });

  test("what the mapping gives up goes to the lake bucket, and the role may put it there", () => {
    const { DestinationConfig } = only(standard, "AWS::Lambda::EventSourceMapping", "Consumer");
    const { LakeBucket } = standard.template.findOutputs("LakeBucket");
    expect(DestinationConfig.OnFailure.Destination).toEqual({ "Fn::GetAtt": [LakeBucket?.Value.Ref, "Arn"] });
    expect(JSON.stringify(all(standard, "AWS::IAM::Role"))).toContain("/aws/lambda/*");
  });

  test.each(both)("a record is rescued before the stream forgets it, %s", (_, lake) => {
    const { MaximumRecordAgeInSeconds } = only(lake, "AWS::Lambda::EventSourceMapping", "Consumer");
    const { RetentionPeriodHours } = only(lake, "AWS::Kinesis::Stream");
    expect(MaximumRecordAgeInSeconds).toBeLessThan(RetentionPeriodHours * 3_600);
  });

  test("the function runs on Node 24 and arm64 and knows its streams, bucket and window", () => {
    expect(only(standard, "AWS::Lambda::Function", "Consumer")).toMatchObject({
      Runtime: "nodejs24.x",
      Architectures: ["arm64"],
      Handler: "index.handler",
      LoggingConfig: { LogFormat: "JSON", LogGroup: { Ref: expect.any(String) } },
      Environment: {
        Variables: {
          DELIVERY_STREAM: { Ref: expect.stringContaining("ByEventTime") },
          QUARANTINE_STREAM: { Ref: expect.stringContaining("ByEventTime") },
          LAKE_BUCKET: { Ref: expect.stringContaining("Lake") },
          PARTITION_BY: "event",
          LATE_HOURS: "480",
          FUTURE_HOURS: "1",
        },
      },
    });
  });
});

test("the consumer's bundle loads with that environment and the role's credentials alone, where there are no node_modules", () => {
  const { Variables } = only(standard, "AWS::Lambda::Function", "Consumer").Environment;
  const given = Object.entries(Variables).map(([key, value]) => [key, typeof value === "string" ? value : "resolved"]);
  const load = "console.log(typeof require('./standard/bundles/consumer/index.js').handler)";
  const role = { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "secret", AWS_SESSION_TOKEN: "token" };
  const env = { AWS_REGION: "us-east-1", ...role, ...Object.fromEntries(given) };
  expect(execFileSync(process.execPath, ["-e", load], { cwd: assemblies, env, encoding: "utf8" })).toBe("function\n");
});

describe("delivery by event time", () => {
  const to = only(standard, "AWS::KinesisFirehose::DeliveryStream").ExtendedS3DestinationConfiguration;
  const [deAggregation, extraction, delimiter] = to.ProcessingConfiguration.Processors;
  const query: string = extraction.Parameters[0].ParameterValue;

  test("records are taken apart, partitioned by jq, and end in a newline", () => {
    expect(to.DynamicPartitioningConfiguration.Enabled).toBe(true);
    expect(deAggregation).toMatchObject({ Type: "RecordDeAggregation", Parameters: [{ ParameterValue: "JSON" }] });
    expect(extraction.Parameters[1]).toEqual({ ParameterName: "JsonParsingEngine", ParameterValue: "JQ-1.6" });
    expect(delimiter.Type).toBe("AppendDelimiterToRecord");
    expect(query, "jq 1.6 takes no bare `if` for a value").not.toMatch(/:\s*if\b/);
  });

  test.each([
    ["an event", { eventid: "1", year: "2026", month: "11", day: "04", hour: "09" }, "events"],
    ["a quarantined record", { code: "invalid_json", year: "2026", month: "11", day: "04", hour: "09" }, "quarantine"],
  ])("%s is filed under its own table and hour", async (_, row, table) => {
    const jq = await createRequire(import.meta.url)("jq-web");
    const keys: Record<string, string> = jq.json(row, query);
    const prefix = to.Prefix.replaceAll(/!\{partitionKeyFromQuery:(\w+)\}/g, (_all: string, key: string) => keys[key]);
    expect(prefix).toBe(`${table}/year=2026/month=11/day=04/hour=09/`);
  });
});

describe("delivery by arrival", () => {
  const streams = all(arrival, "AWS::KinesisFirehose::DeliveryStream").map((s) => s.ExtendedS3DestinationConfiguration);

  test("nothing is partitioned dynamically, and each table has its stream", () => {
    for (const to of streams) {
      expect(to.DynamicPartitioningConfiguration).toBeUndefined();
      expect(to.ProcessingConfiguration).toBeUndefined();
    }
    const hour = "year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/hour=!{timestamp:HH}/";
    expect(streams.map((to) => to.Prefix).sort()).toEqual([`events/${hour}`, `quarantine/${hour}`]);
  });

  test("the consumer tells the two streams apart", () => {
    const { Variables } = only(arrival, "AWS::Lambda::Function", "Consumer").Environment;
    expect(Variables.PARTITION_BY).toBe("arrival");
    expect(Variables.QUARANTINE_STREAM).not.toEqual(Variables.DELIVERY_STREAM);
  });

  test("a change of mode makes new streams, because AWS cannot change one in place", () => {
    const ids = ({ template }: Synthesized) =>
      Object.keys(template.findResources("AWS::KinesisFirehose::DeliveryStream"));
    expect(ids(standard).filter((id) => ids(arrival).includes(id))).toEqual([]);
  });
});

describe("storage by context", () => {
  test.each([
    ["versioned and kept forever as it comes", standard, { Status: "Enabled" }, undefined],
    ["unversioned and expiring when told so", arrival, undefined, 400],
  ])("the lake bucket is %s", (_, lake, versioning, days) => {
    const [, bucket] = all(lake, "AWS::S3::Bucket");
    expect(bucket?.VersioningConfiguration).toEqual(versioning);
    expect(bucket?.LifecycleConfiguration.Rules[0].ExpirationInDays).toBe(days);
  });
});

describe("catalog", () => {
  const entries = all(standard, "AWS::Glue::Table").map((table) => table.TableInput);
  const [view] = entries.filter((entry) => entry.TableType === "VIRTUAL_VIEW");
  const tables = entries.filter((entry) => entry !== view);

  test("it holds the tables events and quarantine of defenda_data_lake, and the view events_unique", () => {
    expect(only(standard, "AWS::Glue::Database").DatabaseInput.Name).toBe("defenda_data_lake");
    expect([...tables, view].map((entry) => entry.Name)).toEqual(["events", "quarantine", "events_unique"]);
  });

  test("the view is one of Athena's, with the columns and partitions of events", () => {
    expect(view).toMatchObject({
      Parameters: { presto_view: "true", comment: "Presto View" },
      StorageDescriptor: { Columns: [...tables[0].StorageDescriptor.Columns, ...tables[0].PartitionKeys] },
      ViewExpandedText: "/* Presto View */",
    });
    expect(view.StorageDescriptor.SerdeInfo).toBeDefined(); // Athena refuses a view without one
    const [, encoded = ""] = /^\/\* Presto View: (\S+) \*\/$/.exec(view.ViewOriginalText) ?? [];
    const definition = JSON.parse(Buffer.from(encoded, "base64").toString());
    expect(definition).toMatchObject({ catalog: "awsdatacatalog", schema: "defenda_data_lake", path: [] });
    expect(definition.columns.map((c: { name: string; type: string }) => `${c.name} ${c.type}`).join(", ")).toBe(
      "eventid varchar, utctimestamp varchar, severity varchar, summary varchar, category varchar, source varchar, " +
        "tags array(varchar), plugins array(varchar), details varchar, " +
        "year varchar, month varchar, day varchar, hour varchar",
    );
  });

  test("events has the columns of the original, details as text", () => {
    const columns = tables[0].StorageDescriptor.Columns.map((c: Column) => `${c.Name} ${c.Type}`);
    expect(columns.join(", ")).toBe(
      "eventid string, utctimestamp string, severity string, summary string, category string, source string, " +
        "tags array<string>, plugins array<string>, details string",
    );
  });

  test("quarantine has the columns that core writes", () => {
    const position = { stream: "s", shard: "0", sequence: "1", subsequence: 0, index: 0 };
    const entry = {
      code: "invalid_json",
      message: "m",
      position,
      arrivalMs: 0,
      partitionKey: "k",
      payload: Buffer.of(1),
    } as const;
    const columns = [...tables[1].StorageDescriptor.Columns, ...tables[1].PartitionKeys].map((c: Column) => c.Name);
    expect(columns).toEqual(Object.keys(JSON.parse(lineOf(quarantineRow(entry, "plugins")))));
  });

  test.each(tables.map((table) => [table.Name, table]))(
    "projection covers every partition column of %s",
    (name, table) => {
      const location = table.Parameters["storage.location.template"]["Fn::Join"][1].at(-1);
      const path = table.PartitionKeys.map((c: Column) => `${c.Name}=\${${c.Name}}/`).join("");
      expect(location).toBe(`/${name}/${path}`);
      for (const { Name, Type } of table.PartitionKeys as Column[]) {
        expect(Type).toBe("string");
        expect(table.Parameters[`projection.${Name}.type`]).toBe("integer");
        expect(table.Parameters[`projection.${Name}.range`]).toMatch(/^\d+,\d+$/);
        expect(table.Parameters[`projection.${Name}.digits`]).toBe(Name === "year" ? "4" : "2");
      }
    },
  );

  test("the serde's parameters are the serde's, and a damaged line does not end a query", () => {
    for (const { StorageDescriptor } of tables) {
      expect(StorageDescriptor.SerdeInfo.SerializationLibrary).toBe("org.openx.data.jsonserde.JsonSerDe");
      expect(StorageDescriptor.SerdeInfo.Parameters["ignore.malformed.json"]).toBe("true");
    }
  });
});

interface Column {
  Name: string;
  Type: string;
}

describe("queries", () => {
  test("the workgroup's rules hold for every client", () => {
    expect(only(standard, "AWS::Athena::WorkGroup")).toMatchObject({
      Name: "defenda_data_lake",
      WorkGroupConfiguration: {
        EnforceWorkGroupConfiguration: true,
        PublishCloudWatchMetricsEnabled: true,
        BytesScannedCutoffPerQuery: 100 * 1024 ** 3,
        ResultConfiguration: { EncryptionConfiguration: { EncryptionOption: "SSE_S3" } },
      },
    });
  });

  test("every saved query names its hours, so that none reads the whole lake", () => {
    const queries = all(standard, "AWS::Athena::NamedQuery");
    expect(queries.map((query) => query.Name)).toEqual(SAVED_QUERIES.map(({ name }) => name));
    for (const { QueryString } of queries) expect(QueryString).toMatch(/year ?=.*\n\s*AND month ?=.*\n\s*AND day ?=/);
  });
});
