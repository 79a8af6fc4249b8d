import { Duration } from "aws-cdk-lib";
import { Metric } from "aws-cdk-lib/aws-cloudwatch";
import type { EventSourceMapping, IFunction } from "aws-cdk-lib/aws-lambda";

/** Namespace of the metrics that the lake's functions write themselves (handlers/report.ts), by function name. */
export const NAMESPACE = "DefendaDataLake";

/** Period of every metric of the alarms and the dashboard. */
export const PERIOD = Duration.minutes(5);

/** A count that a function writes in its log line. */
export function counted(handler: IFunction, metricName: string, dimensions: Record<string, string> = {}): Metric {
  return new Metric({
    namespace: NAMESPACE,
    metricName,
    dimensionsMap: { Function: handler.functionName, ...dimensions },
    statistic: "Sum",
    period: PERIOD,
  });
}

/** A count of the event source mapping's (MetricsConfig EventCount). */
export function ofMapping(mapping: EventSourceMapping, metricName: string): Metric {
  return new Metric({
    namespace: "AWS/Lambda",
    metricName,
    dimensionsMap: { EventSourceMappingUUID: mapping.eventSourceMappingId },
    statistic: "Sum",
    period: PERIOD,
  });
}
