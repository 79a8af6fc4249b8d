import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Duration, RemovalPolicy, Stage } from "aws-cdk-lib";
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { Stream } from "aws-cdk-lib/aws-kinesis";
import {
  Architecture,
  Code,
  EventSourceMapping,
  Function as LambdaFunction,
  LoggingFormat,
  MetricType,
  Runtime,
  StartingPosition,
} from "aws-cdk-lib/aws-lambda";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import type { IBucket } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import { bundle } from "./bundle.ts";
import type { Delivery } from "./delivery.ts";
import { FUNCTION, MAPPING } from "./limits.ts";
import { writeRegistry } from "./registry.ts";
import type { Settings } from "./settings.ts";
import { acknowledgeObjects, objectsUnder, PREFIXES } from "./storage.ts";

/** A batch takes a second or two; the rest is patience with a throttled Firehose, used for retries inside one invocation. */
const TIMEOUT_SECONDS = 120;

/** Times a failing batch comes again before it goes to the lake bucket's failures, whole and ready to be put back. */
const RETRY_ATTEMPTS = 10;

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

  constructor(scope: Construct, id: string, props: ConsumerProps) {
    super(scope, id);
    const { settings, delivery, lake } = props;
    const logGroup = new LogGroup(this, "Logs", {
      retention: settings.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.handler = new LambdaFunction(this, "Function", {
      description: "Kinesis records to normalized, enriched rows on Firehose",
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: Code.fromAsset(bundled(this, "consumer")),
      handler: "index.handler",
      // One thread of JavaScript uses one CPU: less memory makes it slower at the same price, more is paid for and idle.
      memorySize: FUNCTION.oneCpuMemoryMiB,
      timeout: Duration.seconds(TIMEOUT_SECONDS),
      role: consumerRole(this, props, logGroup),
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      environment: {
        DELIVERY_STREAM: delivery.events.deliveryStreamName,
        QUARANTINE_STREAM: delivery.quarantine.deliveryStreamName,
        LAKE_BUCKET: lake.bucketName,
        PARTITION_BY: settings.partitionBy,
        LATE_HOURS: String(settings.lateHours),
        FUTURE_HOURS: String(settings.futureHours),
      },
    });
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

function consumerRole(scope: Construct, { stream, delivery, lake }: ConsumerProps, logGroup: LogGroup): Role {
  const allow = (actions: string[], resources: string[]) => new PolicyStatement({ actions, resources });
  const deliveryStreams = new Set([delivery.events.deliveryStreamArn, delivery.quarantine.deliveryStreamArn]);
  const role = new Role(scope, "Role", {
    description: "The consumer reads the stream and sends rows to Firehose",
    assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
    inlinePolicies: {
      Consume: new PolicyDocument({
        statements: [
          allow(["kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:ListShards"], [stream.streamArn]),
          allow(["kinesis:GetRecords", "kinesis:GetShardIterator"], [stream.streamArn]),
          allow(["firehose:PutRecordBatch"], [...deliveryStreams]),
          allow(
            ["s3:PutObject"],
            [PREFIXES.payloads, PREFIXES.failures].map((prefix) => objectsUnder(lake, prefix)),
          ),
          // Lambda checks the on-failure bucket by listing it.
          allow(["s3:ListBucket"], [lake.bucketArn]),
          allow(["logs:CreateLogStream", "logs:PutLogEvents"], [logGroup.logGroupArn]),
        ],
      }),
    },
  });
  acknowledgeObjects(role, lake, PREFIXES.payloads, "Payloads too large for a row are named after their record.");
  acknowledgeObjects(role, lake, PREFIXES.failures, "Lambda makes up the names of the records it gives up.");
  return role;
}

/** Bundles `handlers/<name>.ts` with the plugins there are now, and returns the folder, which is to be an asset. */
function bundled(scope: Construct, name: string): string {
  const assembly = Stage.of(scope)?.outdir;
  if (assembly === undefined)
    throw new Error(`consumer: ${scope.node.path} is in no app, so there is nowhere to bundle to`);
  const folder = join(assembly, "bundles", name);
  writeRegistry();
  bundle(fileURLToPath(new URL(`../handlers/${name}.ts`, import.meta.url)), folder);
  return folder;
}
