import { Aws, Duration, Fn } from "aws-cdk-lib";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { Stream } from "aws-cdk-lib/aws-kinesis";
import { EventSourceMapping, type Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { CfnBucket, type IBucket } from "aws-cdk-lib/aws-s3";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { addAlarms } from "./alarms.ts";
import { allow, lakeFunction } from "./function.ts";
import { FUNCTION } from "./limits.ts";
import { PERIOD } from "./metrics.ts";
import type { Settings } from "./settings.ts";
import { acknowledge, acknowledgeObjects, expiry, objectsUnder, privateBucket } from "./storage.ts";

/** All that Lambda gives. What takes longer goes on in the next invocation, which first has to read up to where it was. */
const TIMEOUT_SECONDS = FUNCTION.timeoutSeconds[1];

/** Of the function's timeout (Lambda Developer Guide, "Using Lambda with Amazon SQS", queue configuration). */
const VISIBILITY_TIMEOUTS = 6;

/** Deliveries of a message before it is given up. The function asks for the next one after 30 seconds, then twice that... */
const DELIVERIES = 8;

/** The most SQS keeps a message: two weeks in which someone can mend what was wrong and redrive. */
const RETENTION_DAYS = 14;

/** How old a waiting message may be. A large backfill keeps its own pace and waits for the queue instead. */
const BEHIND_SECONDS = 2 * 3_600;

interface DropProps {
  settings: Settings;
  stream: Stream;
  accessLogs: IBucket;
}

/**
 * The way in for files: a bucket whose objects are forwarded to the stream, document by document.
 *
 * S3 tells a queue and the queue feeds the function, rather than S3 the function: so there is back-pressure, another try
 * whenever one fails, and a dead-letter queue for what keeps failing.
 */
export class Drop extends Construct {
  readonly bucket: IBucket;
  readonly queue: Queue;

  constructor(scope: Construct, id: string, props: DropProps) {
    super(scope, id);
    const { settings, accessLogs } = props;
    const deadLetters = new Queue(this, "DeadLetters", {
      retentionPeriod: Duration.days(RETENTION_DAYS),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
    });
    this.queue = new Queue(this, "Queue", {
      visibilityTimeout: Duration.seconds(TIMEOUT_SECONDS * VISIBILITY_TIMEOUTS),
      retentionPeriod: Duration.days(RETENTION_DAYS),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: DELIVERIES },
    });
    this.bucket = dropBucket(this, this.queue, settings, accessLogs);
    const handler = dropFunction(this, this.bucket, this.queue, props);
    new EventSourceMapping(this, "Mapping", {
      target: handler,
      eventSourceArn: this.queue.queueArn,
      // One object has all of an invocation's time and memory, whatever its size; a message costs nothing beside it.
      batchSize: 1,
      maxConcurrency: settings.dropConcurrency,
      reportBatchItemFailures: true,
    });
    alarms(this, { queue: this.queue, deadLetters, handler, settings });
  }
}

/**
 * The bucket has a name of its own making, from the stack's id, so that the queue can let it in without referring to it:
 * the bucket needs the queue's policy before it exists, and the policy must not need the bucket.
 */
function dropBucket(scope: Construct, queue: Queue, settings: Settings, accessLogs: IBucket): IBucket {
  const name = `defenda-drop-${Fn.select(2, Fn.split("/", Aws.STACK_ID))}`;
  queue.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal("s3.amazonaws.com")],
      actions: ["sqs:SendMessage"],
      resources: [queue.queueArn],
      conditions: {
        ArnEquals: { "aws:SourceArn": `arn:${Aws.PARTITION}:s3:::${name}` },
        StringEquals: { "aws:SourceAccount": Aws.ACCOUNT_ID },
      },
    }),
  );
  const bucket = privateBucket(scope, "Bucket", {
    bucketName: name,
    // An object that is overwritten while it is read stays readable, and each version has its own events.
    versioned: true,
    lifecycleRules: [expiry(settings.dropDays)],
    serverAccessLogsBucket: accessLogs,
    serverAccessLogsPrefix: "drop/",
  });
  const resource = bucket.node.defaultChild;
  if (!CfnBucket.isCfnBucket(resource)) throw new Error(`drop: ${bucket.node.path} is not a bucket of this stack`);
  // Directly, since CDK's own way is a function that configures the bucket after it was made.
  resource.notificationConfiguration = {
    queueConfigurations: [{ event: "s3:ObjectCreated:*", queue: queue.queueArn }],
  };
  resource.node.addDependency(queue.node.findChild("Policy"));
  return bucket;
}

function dropFunction(
  scope: Construct,
  bucket: IBucket,
  queue: Queue,
  { settings, stream }: DropProps,
): LambdaFunction {
  const sources = settings.sourceBuckets.map((name) => `arn:${Aws.PARTITION}:s3:::${name}`);
  const { handler, role } = lakeFunction(scope, {
    settings,
    name: "s3-drop",
    description: "Objects of the drop bucket to records of the stream",
    timeoutSeconds: TIMEOUT_SECONDS,
    mayCallItself: true,
    environment: { STREAM_NAME: stream.streamName, QUEUE_URL: queue.queueUrl },
    role: {
      description: "The drop function reads objects and puts records on the stream",
      statements: [
        allow(["s3:GetObject", "s3:GetObjectVersion"], [objectsUnder(bucket, ""), ...sources.map((arn) => `${arn}/*`)]),
        // Without it S3 calls an object that is gone forbidden instead.
        allow(["s3:ListBucket"], [bucket.bucketArn, ...sources]),
        allow(["kinesis:PutRecords"], [stream.streamArn]),
        allow(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], [queue.queueArn]),
        allow(["sqs:ChangeMessageVisibility", "sqs:SendMessage"], [queue.queueArn]),
      ],
    },
  });
  acknowledgeObjects(role, bucket, "", "Whatever is dropped is read.");
  for (const name of settings.sourceBuckets)
    acknowledge(role, `arn:<AWS::Partition>:s3:::${name}/*`, "Backfills read whatever these buckets hold.");
  return handler;
}

interface AlarmProps {
  settings: Settings;
  queue: Queue;
  deadLetters: Queue;
  handler: LambdaFunction;
}

function alarms(scope: Construct, { settings, queue, deadLetters, handler }: AlarmProps): void {
  addAlarms(scope, settings, [
    {
      name: "GivenUp",
      metric: deadLetters.metricApproximateNumberOfMessagesVisible({ statistic: "Maximum", period: PERIOD }),
      over: 0,
      periods: 1,
      description:
        "Objects of the drop bucket could not be forwarded. Find the cause in the drop function's log, mend it, and redrive " +
        "the dead-letter queue; it keeps messages for 14 days, and the objects are untouched in any case.",
    },
    {
      name: "Behind",
      metric: queue.metricApproximateAgeOfOldestMessage({ statistic: "Maximum", period: PERIOD }),
      over: BEHIND_SECONDS,
      periods: 3,
      description:
        "Objects have been waiting in the drop queue for over two hours. Look at the drop function's errors first; if the " +
        "stream throttles it, more shards or time are needed; if it is only busy, raise lake:dropConcurrency.",
    },
    {
      name: "Errors",
      metric: handler.metricErrors({ period: PERIOD }),
      over: 0,
      periods: 1,
      description:
        "The drop function threw or ran out of time. It does neither for a bad object, so this is its own fault or its " +
        "configuration's: read its log. The object comes again after an hour and a half.",
    },
  ]);
}
