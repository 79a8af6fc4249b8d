import { Aws, CfnMapping, Duration, Stack } from "aws-cdk-lib";
import {
  Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  MathExpression,
  TextWidget,
} from "aws-cdk-lib/aws-cloudwatch";
import type { Stream } from "aws-cdk-lib/aws-kinesis";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { PRICES } from "../handlers/cost/prices.ts";
import type { Consumer } from "./consumer.ts";
import type { Delivery } from "./delivery.ts";
import { DELIVERY, FUNCTION } from "./limits.ts";
import { counted, NAMESPACE, PERIOD } from "./metrics.ts";

const NAME = "defenda-data-lake";

/** A dashboard is 24 columns wide. */
const WIDTH = 24;
const HEIGHT = 6;

interface DashboardProps {
  stream: Stream;
  consumer: Consumer;
  delivery: Delivery;
}

/**
 * The lake at a glance: its alarms, then the way of an event from left to right and top to bottom. It is made last, because it
 * shows every alarm of the stack. An account's first three dashboards are free of charge (CloudWatch pricing).
 */
export class LakeDashboard extends Construct {
  constructor(scope: Construct, id: string, { stream, consumer, delivery }: DashboardProps) {
    super(scope, id);
    const { handler } = consumer;
    const alarms = Stack.of(this)
      .node.findAll()
      .filter((construct) => construct instanceof Alarm);
    const rows: IWidget[][] = [
      [new TextWidget({ markdown: GUIDE, width: WIDTH, height: 3 })],
      [new AlarmStatusWidget({ title: "Alarms", alarms, width: WIDTH, height: 3 })],
      ofStream(stream, handler),
      ofFunction(handler),
      ofLedger(handler),
      ofDelivery(delivery),
      ofCost(stream, handler),
    ];
    new Dashboard(this, "Dashboard", { dashboardName: NAME, widgets: rows });
  }
}

const GUIDE = `## defendA data lake
stream → consumer → Firehose → S3. Each document that is **received** is **delivered**, **dropped** by a plugin, **quarantined**
with a code, or **comes again**: the four add up, and *unaccounted* is zero. Each alarm's description says what to do.`;

/** Where the dashboard is, in the console of the partition that the stack is deployed to. */
export function dashboardUrl(scope: Construct): string {
  const stack = Stack.of(scope);
  const known = stack.node.tryFindChild("Consoles");
  const consoles = known instanceof CfnMapping ? known : consolesOf(stack);
  const host = consoles.findInMap(Aws.PARTITION, "host");
  return `https://${Aws.REGION}.${host}/cloudwatch/home?region=${Aws.REGION}#dashboards/dashboard/${NAME}`;
}

function consolesOf(stack: Stack): CfnMapping {
  return new CfnMapping(stack, "Consoles", {
    mapping: {
      aws: { host: "console.aws.amazon.com" },
      "aws-cn": { host: "console.amazonaws.cn" },
      "aws-us-gov": { host: "console.amazonaws-us-gov.com" },
    },
  });
}

function ofStream(stream: Stream, handler: IFunction): IWidget[] {
  const sum = { statistic: "Sum", period: PERIOD };
  return thirds([
    {
      title: "Put on the stream",
      left: [stream.metricIncomingRecords({ ...sum, label: "records" })],
      right: [stream.metricIncomingBytes({ ...sum, label: "bytes" })],
    },
    {
      title: "Iterator age: how far the consumer is behind (ms)",
      left: [handler.metric("IteratorAge", { statistic: "Maximum", period: PERIOD, label: "iterator age" })],
    },
    {
      title: "Refused by the stream",
      left: [
        stream.metricWriteProvisionedThroughputExceeded({ ...sum, label: "writes" }),
        stream.metricReadProvisionedThroughputExceeded({ ...sum, label: "reads" }),
      ],
    },
  ]);
}

function ofFunction(handler: IFunction): IWidget[] {
  const duration = handler.metricDuration({ statistic: "Sum", period: PERIOD });
  const received = counted(handler, "Received");
  return thirds([
    {
      title: "Consumer",
      left: [
        handler.metricInvocations({ period: PERIOD }),
        handler.metricErrors({ period: PERIOD }),
        handler.metricThrottles({ period: PERIOD }),
      ],
      right: [handler.metric("ConcurrentExecutions", { statistic: "Maximum", period: PERIOD })],
    },
    {
      title: "Duration of a batch (ms)",
      left: ["p50", "p99"].map((statistic) => handler.metricDuration({ statistic, period: PERIOD, label: statistic })),
    },
    {
      title: "Microseconds a document",
      left: [
        new MathExpression({
          expression: "1000 * duration / received",
          usingMetrics: { duration, received },
          period: PERIOD,
          label: "µs",
        }),
      ],
    },
  ]);
}

function ofLedger(handler: IFunction): IWidget[] {
  const received = counted(handler, "Received");
  const parts = {
    delivered: counted(handler, "Delivered"),
    dropped: counted(handler, "Dropped"),
    quarantined: counted(handler, "Quarantined"),
    comeAgain: counted(handler, "ToComeAgain"),
  };
  const unaccounted = new MathExpression({
    expression: "received - delivered - dropped - quarantined - comeAgain",
    usingMetrics: { received, ...parts },
    period: PERIOD,
    label: "unaccounted",
  });
  return thirds([
    { title: "Documents", left: Object.values(parts), stacked: true, right: [unaccounted] },
    { title: "Quarantined by code", left: [named(handler, "Code", "QuarantinedByCode")], stacked: true },
    { title: "Events of watched sources", left: [named(handler, "Source", "EventsBySource")] },
  ]);
}

/** All metrics of one name, whatever the second dimension says. */
function named(handler: IFunction, dimension: string, metric: string): MathExpression {
  const which = `{${NAMESPACE},${dimension},Function} Function="${handler.functionName}" MetricName="${metric}"`;
  return new MathExpression({
    expression: `SEARCH('${which}', 'Sum', ${PERIOD.toSeconds()})`,
    usingMetrics: {},
    period: PERIOD,
    label: "",
  });
}

function ofDelivery({ events, quarantine }: Delivery): IWidget[] {
  const streams = [...new Set([events, quarantine])];
  const each = (metric: string, statistic: string) =>
    streams.map((stream) => stream.metric(metric, { statistic, period: PERIOD, label: `${metric} ${stream.node.id}` }));
  return thirds([
    {
      title: "Age of the oldest row in Firehose (s)",
      left: each("DeliveryToS3.DataFreshness", "Maximum"),
    },
    {
      title: "Written to the lake",
      left: each("DeliveryToS3.Records", "Sum"),
      right: each("DeliveryToS3.Bytes", "Sum"),
    },
    {
      title: `Open hour partitions, of ${DELIVERY.activePartitions}`,
      left: each("PartitionCount", "Maximum"),
    },
  ]);
}

/** What Firehose bills is each record rounded up to 5 KB; packing keeps it near what is delivered. */
function ofCost(stream: Stream, handler: IFunction): IWidget[] {
  const billed = counted(handler, "BilledBytes");
  const delivered = counted(handler, "DeliveredBytes");
  const ratio = { expression: "billed / delivered", usingMetrics: { billed, delivered }, period: PERIOD };
  return thirds([
    {
      title: "Bytes that Firehose bills, against delivered",
      left: [billed, delivered],
      right: [new MathExpression({ ...ratio, label: "billed / delivered" })],
    },
    {
      title: "Dollars a day, by us-east-1's list prices (lake cost has every line)",
      left: dollarsADay(stream, handler),
      stacked: true,
    },
  ]);
}

const GIB = 2 ** 30;

/** The lines of the bill that grow with the events; storage, queries and CloudWatch are not among them. */
function dollarsADay(stream: Stream, handler: IFunction): MathExpression[] {
  const period = Duration.days(1);
  const bytes = stream.metricIncomingBytes({ statistic: "Sum", period });
  const milliseconds = handler.metricDuration({ statistic: "Sum", period });
  const billed = counted(handler, "BilledBytes").with({ period });
  const { onDemandStream, onDemandIn, onDemandOut, lambdaDuration, firehoseIn } = PRICES;
  const gib = FUNCTION.oneCpuMemoryMiB / 1024;
  const lines = [
    {
      label: "Kinesis",
      expression: `${24 * onDemandStream.usd} + bytes / ${GIB} * ${onDemandIn.usd + onDemandOut.usd}`,
      usingMetrics: { bytes },
    },
    {
      label: "Lambda",
      expression: `milliseconds / 1000 * ${gib} * ${lambdaDuration.usd}`,
      usingMetrics: { milliseconds },
    },
    { label: "Firehose", expression: `billed / ${GIB} * ${firehoseIn.usd}`, usingMetrics: { billed } },
  ];
  return lines.map((line) => new MathExpression({ ...line, period }));
}

interface Graph {
  title: string;
  left: IMetric[];
  right?: IMetric[];
  stacked?: boolean;
}

function thirds(graphs: readonly Graph[]): IWidget[] {
  return graphs.map((graph) => new GraphWidget({ ...graph, width: WIDTH / 3, height: HEIGHT, leftYAxis: { min: 0 } }));
}
