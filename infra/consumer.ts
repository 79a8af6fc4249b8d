import { Duration } from "aws-cdk-lib";
import type { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Stream } from "aws-cdk-lib/aws-kinesis";
import {
  EventSourceMapping,
  type Function as LambdaFunction,
  MetricType,
  StartingPosition,
} from "aws-cdk-lib/aws-lambda";
import type { IBucket } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import type { Delivery } from "./delivery.ts";
import { enrichment } from "./enrich.ts";
import { allow, lakeFunction } from "./function.ts";
import { MAPPING } from "./limits.ts";
import type { Settings } from "./settings.ts";
import { acknowledgeObjects, objectsUnder, PREFIXES } from "./storage.ts";

/** A batch takes a second or two; the rest is patience with a throttled Firehose, used for retries inside one invocation. */
const TIMEOUT_SECONDS = 120;

/**
 * Times a failing batch comes again before it goes to the lake bucket's failures, whole and ready to be put back. While Firehose
 * is down each takes the function's timeout, so that these outlast an hour; a record that crashes the function holds up its
 * shard no longer than the same number of crashes.
 */
const RETRY_ATTEMPTS = 40;

/** A record this close to being forgotten by the stream is written to the failures instead of being waited for. */
const RESCUE_HOURS = 12;

interface ConsumerProps {
  settings: Settings;
  stream: Stream;
  delivery: Delivery;
  lake: IBucket;
}

/** The function that turns records into rows, and the event source mapping that feeds it. */
export class Consumer extends Construct {
  readonly handler: LambdaFunction;
  readonly mapping: EventSourceMapping;
  /** The function's variables; a replay works by the same ones. */
  readonly environment: Record<string, string>;

  constructor(scope: Construct, id: string, props: ConsumerProps) {
    super(scope, id);
    const { settings, delivery, lake } = props;
    const enrich = enrichment(this, settings);
    this.environment = {
      DELIVERY_STREAM: delivery.events.deliveryStreamName,
      QUARANTINE_STREAM: delivery.quarantine.deliveryStreamName,
      LAKE_BUCKET: lake.bucketName,
      PARTITION_BY: settings.partitionBy,
      LATE_HOURS: String(settings.lateHours),
      FUTURE_HOURS: String(settings.futureHours),
      ACCEPT_TEXT: String(settings.acceptText),
      WATCHED_SOURCES: settings.watchedSources.join(","),
      ...enrich.environment,
    };
    const { handler, role } = lakeFunction(this, {
      settings,
      name: "consumer",
      description: "Kinesis records to normalized, enriched rows on Firehose",
      timeoutSeconds: TIMEOUT_SECONDS,
      environment: this.environment,
      files: enrich.files,
      role: {
        description: "The consumer reads the stream and sends rows to Firehose",
        statements: [...mayDo(props), ...enrich.statements],
      },
    });
    acknowledgeObjects(role, lake, PREFIXES.payloads, "Payloads too large for a row are named after their record.");
    acknowledgeObjects(role, lake, PREFIXES.failures, "Lambda makes up the names of the records it gives up.");
    this.handler = handler;
    this.mapping = eventSourceMapping(this, this.handler, props);
  }
}

/** Nothing is lost here: every way a record can leave the mapping ends in the function or in the lake bucket. */
function eventSourceMapping(scope: Construct, target: LambdaFunction, props: ConsumerProps): EventSourceMapping {
  const { settings, stream, lake } = props;
  const rescueSeconds = (settings.retentionHours - RESCUE_HOURS) * 3_600;
  return new EventSourceMapping(scope, "Mapping", {
    target,
    eventSourceArn: stream.streamArn,
    startingPosition: StartingPosition.TRIM_HORIZON,
    batchSize: settings.batchSize,
    maxBatchingWindow: Duration.seconds(settings.batchWindowSeconds),
    parallelizationFactor: settings.parallelizationFactor,
    reportBatchItemFailures: true,
    bisectBatchOnError: true,
    retryAttempts: RETRY_ATTEMPTS,
    maxRecordAge: Duration.seconds(Math.min(rescueSeconds, MAPPING.recordAgeSeconds[1])),
    // S3 is the only destination that keeps the records themselves. CDK's own would also grant reads and deletes.
    onFailure: { bind: () => ({ destination: lake.bucketArn }) },
    metricsConfig: { metrics: [MetricType.EVENT_COUNT] },
  });
}

function mayDo({ stream, delivery, lake }: ConsumerProps): PolicyStatement[] {
  const deliveryStreams = new Set([delivery.events.deliveryStreamArn, delivery.quarantine.deliveryStreamArn]);
  return [
    allow(["kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:ListShards"], [stream.streamArn]),
    allow(["kinesis:GetRecords", "kinesis:GetShardIterator"], [stream.streamArn]),
    allow(["firehose:PutRecordBatch"], [...deliveryStreams]),
    allow(
      ["s3:PutObject"],
      [PREFIXES.payloads, PREFIXES.failures].map((prefix) => objectsUnder(lake, prefix)),
    ),
    // Lambda checks the on-failure bucket by listing it.
    allow(["s3:ListBucket"], [lake.bucketArn]),
  ];
}
