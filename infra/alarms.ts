import { Duration } from "aws-cdk-lib";
import { Alarm, ComparisonOperator, type IMetric, MathExpression, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import type { DeliveryStream } from "aws-cdk-lib/aws-kinesisfirehose";
import { Topic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import type { Consumer } from "./consumer.ts";
import { dashboardUrl } from "./dashboard.ts";
import type { Delivery } from "./delivery.ts";
import { DELIVERY } from "./limits.ts";
import { counted, ofMapping, PERIOD } from "./metrics.ts";
import type { Settings } from "./settings.ts";

/** How far the consumer may be behind the stream. Far less than any retention, so there is time to act. */
const BEHIND_MS = 15 * 60_000;

/** How much longer than its buffer Firehose may keep a row. Partitioning alone may take half the buffer's time again. */
const SLACK_SECONDS = 15 * 60;

/** Share of Firehose's active partitions that is still comfortable. */
const FULL_SHARE = 0.8;

/** An alarm that goes off when the metric is over the threshold for that many periods in a row. */
export interface Row {
  name: string;
  metric: IMetric;
  over: number;
  periods: number;
  /** What it means and what to do. */
  description: string;
}

interface AlarmsProps {
  settings: Settings;
  consumer: Consumer;
  delivery: Delivery;
}

/** An alarm for each way in which events can be late or go astray. */
export class Alarms extends Construct {
  constructor(scope: Construct, id: string, { settings, consumer, delivery }: AlarmsProps) {
    super(scope, id);
    const streams = new Set([delivery.events, delivery.quarantine]);
    addAlarms(this, settings, [
      ...ofConsumption(consumer),
      ...ofFunction(consumer, settings),
      ...[...streams].flatMap((stream) => ofDelivery(stream, settings)),
      ...(settings.partitionBy === "event" ? ofPartitions(delivery.events) : []),
    ]);
    for (const source of settings.watchedSources) addQuietAlarm(this, settings, consumer, source);
  }
}

/** Makes an alarm of each row; they tell the topic of the settings, if there is one. */
export function addAlarms(scope: Construct, { alarmTopicArn }: Settings, rows: readonly Row[]): void {
  for (const { name, metric, over, periods, description } of rows) {
    const alarm = new Alarm(scope, name, {
      metric,
      alarmDescription: withLink(scope, description),
      threshold: over,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: periods,
      // Every one of these metrics falls silent when nothing flows, and a quiet night is no fault.
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    tell(alarm, alarmTopicArn);
  }
}

function withLink(scope: Construct, description: string): string {
  return `${description} Dashboard: ${dashboardUrl(scope)}`;
}

function tell(alarm: Alarm, topicArn: string): void {
  if (topicArn) alarm.addAlarmAction(new SnsAction(Topic.fromTopicArn(alarm, "Topic", topicArn)));
}

/**
 * A source that used to send has sent nothing for the settings' hours. `FILL` makes zeros of the missing hours only where the
 * hour before them still has a count, which one hour more in the window than must be zero sees to; later the alarm keeps its
 * state. A source that never sent has no state to lose: it stays at "insufficient data" and tells nobody.
 */
function addQuietAlarm(scope: Construct, settings: Settings, { handler }: Consumer, source: string): void {
  const { quietHours, alarmTopicArn } = settings;
  const period = Duration.hours(1);
  const events = counted(handler, "EventsBySource", { Source: source }).with({ period });
  const alarm = new Alarm(scope, `Quiet-${source}`, {
    metric: new MathExpression({ expression: "FILL(events, 0)", usingMetrics: { events }, period, label: source }),
    alarmDescription: withLink(
      scope,
      `No event of ${source} has come for ${quietHours} hours, though it used to send. Look at the producer first: an expired ` +
        "token or a changed export is the usual cause. If it still sends, see lake quarantine and what the plugin for it sets.",
    ),
    threshold: 1,
    comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
    evaluationPeriods: quietHours + 1,
    datapointsToAlarm: quietHours,
    treatMissingData: TreatMissingData.IGNORE,
  });
  tell(alarm, alarmTopicArn);
}

function ofConsumption({ handler, mapping }: Consumer): Row[] {
  return [
    {
      name: "IteratorAge",
      metric: handler.metric("IteratorAge", { statistic: "Maximum", period: PERIOD }),
      over: BEHIND_MS,
      periods: 3,
      description:
        "The consumer is over 15 minutes behind the stream. Look at its errors and throttles first; if it is only busy, " +
        "raise lake:parallelizationFactor. Nothing is lost while the age stays below the stream's retention.",
    },
    {
      name: "DroppedRecords",
      metric: ofMapping(mapping, "DroppedEventCount"),
      over: 0,
      periods: 1,
      description:
        "Records were given up and could not be written to the lake bucket either: they exist only in the stream. Check the " +
        "consumer role's access to aws/lambda/ in the lake bucket, then replay that time before retention ends.",
    },
    {
      name: "FailedRecords",
      metric: ofMapping(mapping, "OnFailureDestinationDeliveredEventCount"),
      over: 0,
      periods: 1,
      description:
        "Records used up their retries or came of age; they lie under aws/lambda/ in the lake bucket. Find the cause in the " +
        "consumer's log, mend it, and redrive them.",
    },
  ];
}

function ofFunction({ handler }: Consumer, { quarantineAlarmRecords }: Settings): Row[] {
  return [
    {
      name: "Errors",
      metric: handler.metricErrors({ period: PERIOD }),
      over: 0,
      periods: 1,
      description:
        "The consumer threw or ran out of time. It never throws for a bad record, so this is its own fault or its " +
        "configuration's: read its log. The batch is halved and comes again.",
    },
    {
      name: "ComeAgain",
      metric: counted(handler, "ToComeAgain"),
      over: 0,
      periods: 3,
      description:
        "For 15 minutes records have had to come again because Firehose did not take their rows. Look for throttling of the " +
        "delivery stream and ask for a higher quota; records that keep failing go to aws/lambda/ in the lake bucket.",
    },
    {
      name: "PluginFailures",
      metric: counted(handler, "PluginFailures"),
      over: 0,
      periods: 3,
      description:
        "For 15 minutes plugins have failed on events, which go on without what these add and have the tag plugin_error. The " +
        "consumer's log names the plugin and the reason: often enrichment whose table or database cannot be read from its bucket.",
    },
    {
      name: "Quarantine",
      metric: counted(handler, "Quarantined"),
      over: quarantineAlarmRecords - 1,
      periods: 1,
      description:
        "Unusually many records could not be made events. Run the saved query 'Quarantine by code' to see why; after mending " +
        "the producer or a plugin, redrive them.",
    },
  ];
}

function ofDelivery(stream: DeliveryStream, { bufferSeconds }: Settings): Row[] {
  const successes = stream.metric("DeliveryToS3.Success", { statistic: "Average", period: PERIOD });
  const failures = new MathExpression({ expression: "1 - successes", usingMetrics: { successes }, period: PERIOD });
  return [
    {
      name: `${stream.node.id}Freshness`,
      metric: stream.metric("DeliveryToS3.DataFreshness", { statistic: "Maximum", period: PERIOD }),
      over: bufferSeconds + SLACK_SECONDS,
      periods: 1,
      description:
        "Firehose has kept rows much longer than its buffer should. Read its log group and check the delivery role's access " +
        "to the lake bucket. Firehose keeps rows for 24 hours, then they have to be replayed from the stream.",
    },
    {
      name: `${stream.node.id}Failures`,
      metric: failures,
      over: 0,
      periods: 3,
      description:
        "Writes to the lake bucket have failed for 15 minutes. Read the delivery stream's log group; a changed bucket policy " +
        "or role is the usual cause. Firehose goes on trying for 24 hours.",
    },
  ];
}

function ofPartitions(stream: DeliveryStream): Row[] {
  return [
    {
      name: "OpenPartitions",
      metric: stream.metric("PartitionCount", { statistic: "Maximum", period: PERIOD }),
      over: DELIVERY.activePartitions * FULL_SHARE,
      periods: 1,
      description:
        "Events of very many different hours are arriving. Beyond 500 hours at a time Firehose sends rows to errors/ in the " +
        "lake bucket: slow down a replay or backfill, lower lake:lateHours, or ask AWS for more partitions.",
    },
    {
      name: "PartitionsExceeded",
      metric: stream.metric("PartitionCountExceeded", { statistic: "Maximum", period: PERIOD }),
      over: 0,
      periods: 1,
      description:
        "Firehose ran out of partitions: rows are under errors/ in the lake bucket instead of in their tables. Slow down what " +
        "sends old events, then redrive them.",
    },
  ];
}
