import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import flags from "aws-cdk-lib/recommended-feature-flags.json" with { type: "json" };
import { afterAll, describe, expect, test } from "vitest";
import { readSettings } from "../../infra/settings.ts";
import { DefendaDataLake } from "../../infra/stack.ts";

const TOPIC = "arn:aws:sns:eu-central-1:123456789012:alarms";
const folder = mkdtempSync(join(tmpdir(), "lake-alarms-"));
afterAll(() => rmSync(folder, { recursive: true }));

const context = { "lake:bulk": "true", "lake:watchedSources": "okta,vpcflow", "lake:quietHours": "6" };
const template = synthesize("all", { ...context, "lake:alarmTopicArn": TOPIC });

function synthesize(name: string, settings: Record<string, unknown>): Template {
  const app = new App({ context: { ...flags, ...settings }, outdir: join(folder, name) });
  return Template.fromStack(new DefendaDataLake(app, "DefendaDataLake", readSettings(settings, 2026)));
}

interface AlarmResource {
  readonly MetricName?: string;
  readonly Metrics?: readonly {
    readonly Expression?: string;
    readonly MetricStat?: { Metric: { MetricName: string } };
  }[];
  readonly Threshold: number;
  readonly EvaluationPeriods: number;
  readonly DatapointsToAlarm?: number;
  readonly Period?: number;
  readonly Statistic?: string;
  readonly TreatMissingData: string;
  readonly AlarmDescription: unknown;
  readonly AlarmActions?: readonly string[];
}

const alarms = new Map<string, AlarmResource>(
  Object.entries(template.findResources("AWS::CloudWatch::Alarm")).map(([id, { Properties }]) => [
    id.replace(/[0-9A-F]{8}$/, ""),
    Properties,
  ]),
);

/** Every alarm: its metric, what it is over (in so many five minutes one after another), and why there. */
const TABLE: readonly [name: string, metric: string, statistic: string, over: number, periods: number, why: RegExp][] =
  [
    ["AlarmsIteratorAge", "IteratorAge", "Maximum", 900_000, 3, /over 15 minutes behind.*below the stream's retention/],
    ["AlarmsDroppedRecords", "DroppedEventCount", "Sum", 0, 1, /exist only in the stream.*replay/],
    ["AlarmsFailedRecords", "OnFailureDestinationDeliveredEventCount", "Sum", 0, 1, /used up their retries.*redrive/],
    ["AlarmsErrors", "Errors", "Sum", 0, 1, /never throws for a bad record/],
    ["AlarmsComeAgain", "ToComeAgain", "Sum", 0, 3, /For 15 minutes.*throttling/],
    ["AlarmsPluginFailures", "PluginFailures", "Sum", 0, 3, /plugin_error.*cannot be read/],
    ["AlarmsQuarantine", "Quarantined", "Sum", 99, 1, /Quarantine by code/],
    [
      "AlarmsByEventTimeFreshness",
      "DeliveryToS3.DataFreshness",
      "Maximum",
      960,
      1,
      /much longer than its buffer.*24 hours/,
    ],
    ["AlarmsByEventTimeFailures", "DeliveryToS3.Success", "", 0, 3, /have failed for 15 minutes/],
    ["AlarmsOpenPartitions", "PartitionCount", "Maximum", 400, 1, /Beyond 500 hours/],
    ["AlarmsPartitionsExceeded", "PartitionCountExceeded", "Maximum", 0, 1, /ran out of partitions/],
    ["DropGivenUp", "ApproximateNumberOfMessagesVisible", "Maximum", 0, 1, /could not be forwarded.*14 days/],
    ["DropBehind", "ApproximateAgeOfOldestMessage", "Maximum", 7_200, 3, /over two hours/],
    ["DropErrors", "Errors", "Sum", 0, 1, /neither for a bad object/],
    ["BulkErrors", "Errors", "Sum", 0, 1, /never throws for a bad document/],
    ["BulkThrottles", "Throttles", "Sum", 0, 1, /all of its concurrency/],
  ];

describe("alarms", () => {
  test.each(TABLE)(
    "%s is on %s, with its threshold and the reason for it",
    (name, metric, statistic, over, periods, why) => {
      const alarm = alarms.get(name);
      expect(alarm).toMatchObject({ Threshold: over, EvaluationPeriods: periods, TreatMissingData: "notBreaching" });
      expect(metricsOf(alarm)).toEqual([metric]);
      if (statistic !== "") expect(alarm).toMatchObject({ Statistic: statistic, Period: 300 });
      expect(text(alarm?.AlarmDescription)).toMatch(why);
    },
  );

  test.each(["okta", "vpcflow"])("%s raises one when it used to send and has been quiet for six hours", (source) => {
    const alarm = alarms.get(`AlarmsQuiet${source}`);
    expect(alarm).toMatchObject({
      Threshold: 1,
      ComparisonOperator: "LessThanThreshold",
      EvaluationPeriods: 7,
      DatapointsToAlarm: 6,
      TreatMissingData: "ignore",
    });
    expect(metricsOf(alarm)).toEqual(["EventsBySource"]);
    expect(JSON.stringify(alarm)).toContain(`{"Name":"Source","Value":"${source}"}`);
    expect(JSON.stringify(alarm)).toContain("FILL(events, 0)");
    expect(text(alarm?.AlarmDescription)).toMatch(/for 6 hours, though it used to send/);
  });

  test("there is no other", () => {
    const named = [...TABLE.map(([name]) => name), "AlarmsQuietokta", "AlarmsQuietvpcflow"];
    expect([...alarms.keys()].sort()).toEqual(named.sort());
  });

  test("each says what to do, links to the dashboard, and tells the topic", () => {
    for (const { AlarmDescription, AlarmActions } of alarms.values()) {
      const description = text(AlarmDescription);
      expect(description.length).toBeGreaterThan(160);
      expect(description.length, "CloudWatch's limit").toBeLessThanOrEqual(1024);
      expect(description).toMatch(/Dashboard: https:\S+#dashboards\/dashboard\/defenda-data-lake$/);
      expect(AlarmActions).toEqual([TOPIC]);
    }
  });

  test("without a topic nobody is told, and without watched sources nothing is watched", () => {
    const standard = Object.entries(synthesize("standard", {}).findResources("AWS::CloudWatch::Alarm"));
    for (const [id, { Properties }] of standard) {
      expect(Properties.AlarmActions).toBeUndefined();
      expect(id).not.toMatch(/Quiet/);
    }
  });
});

describe("dashboard", () => {
  const [dashboard] = Object.values(template.findResources("AWS::CloudWatch::Dashboard"));
  const body: { widgets: { type: string; x: number; width: number; properties: Record<string, unknown> }[] } =
    JSON.parse(text(dashboard?.Properties.DashboardBody));

  test("shows every alarm", () => {
    const shown = body.widgets.find(({ type }) => type === "alarm")?.properties.alarms;
    expect(shown).toHaveLength(alarms.size);
  });

  test.each([
    "IncomingRecords",
    "IteratorAge",
    "ConcurrentExecutions",
    "Throttles",
    "Duration",
    "Received",
    "Delivered",
    "Dropped",
    "Quarantined",
    "ToComeAgain",
    "QuarantinedByCode",
    "EventsBySource",
    "DeliveryToS3.DataFreshness",
    "PartitionCount",
    "BilledBytes",
    "DeliveredBytes",
  ])("shows %s", (metric) => {
    expect(JSON.stringify(body.widgets)).toContain(metric);
  });

  test("shows what the events of a day cost, in numbers that CloudWatch's metric math reads", () => {
    const cost = body.widgets.find(({ properties }) => String(properties.title).startsWith("Dollars a day"));
    const expressions = [...JSON.stringify(cost?.properties.metrics).matchAll(/"expression":"([^"]+)"/g)].map(
      ([, e]) => e,
    );
    expect(expressions).toEqual([
      "0.96 + bytes / 1073741824 * 0.12",
      "milliseconds / 1000 * 1.7275390625 * 0.0000133334",
      "billed / 1073741824 * 0.029",
    ]);
  });

  test("its widgets lie within the 24 columns that CloudWatch draws", () => {
    for (const { x, width } of body.widgets) expect(x + width).toBeLessThanOrEqual(24);
  });
});

function metricsOf(alarm: AlarmResource | undefined): string[] {
  if (alarm?.MetricName) return [alarm.MetricName];
  return (alarm?.Metrics ?? []).flatMap(({ MetricStat }) => MetricStat?.Metric.MetricName ?? []);
}

/** A text of the template, with a name in the place of everything that only the deployment knows. */
function text(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(text).join("");
  if (typeof value !== "object" || value === null) return "";
  const join = "Fn::Join" in value && Array.isArray(value["Fn::Join"]) ? value["Fn::Join"] : undefined;
  return join ? text(join[1]) : "placeholder";
}
