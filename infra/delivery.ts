import { Aws, Duration, RemovalPolicy, Size } from "aws-cdk-lib";
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import {
  AppendDelimiterToRecordProcessor,
  Compression,
  DeliveryStream,
  EnableLogging,
  MetadataExtractionProcessor,
  RecordDeAggregationProcessor,
  S3Bucket,
  type S3BucketProps,
  StreamEncryption,
} from "aws-cdk-lib/aws-kinesisfirehose";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import type { IBucket } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import type { Settings } from "./settings.ts";
import { acknowledgeObjects, objectsUnder, PREFIXES } from "./storage.ts";

/** Uncompressed size that is written before the interval is over: the most dynamic partitioning allows, 10 to 16 MiB gzipped. */
const BUFFER_MIB = 128;

/** How long Firehose tries again to partition a record before it goes to the error prefix. AWS's default. */
const RETRY_SECONDS = 300;

/** The hour at which the oldest row of an object arrived, as Firehose itself knows it. */
const ARRIVAL_HOUR = "year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/hour=!{timestamp:HH}/";

interface DeliveryProps {
  settings: Settings;
  lake: IBucket;
}

/**
 * Firehose: rows in, gzipped lines in the lake's hour partitions out.
 *
 * By event time, one delivery stream serves both tables: each row says its own table and hour. By arrival, Firehose has no
 * keys to tell tables apart, so each has a stream. Dynamic partitioning can be neither added to a stream nor taken away
 * (Firehose API Reference, UpdateDestination); hence the two modes use different ids and a change of mode makes new streams.
 */
export class Delivery extends Construct {
  readonly events: DeliveryStream;
  /** The same stream as `events` when partitioned by event time. */
  readonly quarantine: DeliveryStream;

  constructor(scope: Construct, id: string, props: DeliveryProps) {
    super(scope, id);
    const { events, quarantine } = PREFIXES;
    if (props.settings.partitionBy === "event") {
      this.events = deliveryStream(this, "ByEventTime", props, [events, quarantine], BY_EVENT_TIME);
      this.quarantine = this.events;
    } else {
      const byArrival = (prefix: string) => ({ dataOutputPrefix: prefix + ARRIVAL_HOUR });
      this.events = deliveryStream(this, "EventsByArrival", props, [events], byArrival(events));
      this.quarantine = deliveryStream(this, "QuarantineByArrival", props, [quarantine], byArrival(quarantine));
    }
  }
}

/** @param prefixes where in the lake the stream writes, beside its errors */
function deliveryStream(
  scope: Construct,
  id: string,
  { settings, lake }: DeliveryProps,
  prefixes: readonly string[],
  destination: S3BucketProps,
): DeliveryStream {
  const logGroup = new LogGroup(scope, `${id}Logs`, {
    retention: settings.logRetentionDays,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const role = deliveryRole(scope, `${id}Role`, lake, logGroup, [...prefixes, PREFIXES.errors]);
  return new DeliveryStream(scope, id, {
    encryption: StreamEncryption.awsOwnedKey(),
    destination: new S3Bucket(lake, {
      ...destination,
      // Where rows lie that Firehose could not partition or deliver.
      errorOutputPrefix: `${PREFIXES.errors}!{firehose:error-output-type}/${ARRIVAL_HOUR}`,
      compression: Compression.GZIP,
      fileExtension: ".json.gz",
      bufferingInterval: Duration.seconds(settings.bufferSeconds),
      bufferingSize: Size.mebibytes(BUFFER_MIB),
      loggingConfig: new EnableLogging(logGroup),
      // CDK would grant this role deletes and wildcard reads; it has just what it needs already.
      role: role.withoutPolicyUpdates(),
    }),
  });
}

/**
 * Dynamic partitioning by what each row says of itself: `year`, `month`, `day` and `hour`, zero-padded, and a `code` if it is
 * a quarantined record. The parentheses are for jq 1.6, which takes a bare `if` for no value of an object.
 */
const BY_EVENT_TIME: S3BucketProps = {
  dynamicPartitioning: { enabled: true, retryDuration: Duration.seconds(RETRY_SECONDS) },
  processors: [
    RecordDeAggregationProcessor.json(),
    MetadataExtractionProcessor.jq16({
      table: '(if has("code") then "quarantine" else "events" end)',
      year: ".year",
      month: ".month",
      day: ".day",
      hour: ".hour",
    }),
    new AppendDelimiterToRecordProcessor(),
  ],
  dataOutputPrefix: `${key("table")}/year=${key("year")}/month=${key("month")}/day=${key("day")}/hour=${key("hour")}/`,
};

function key(name: string): string {
  return `!{partitionKeyFromQuery:${name}}`;
}

/** What Firehose needs to write objects (Firehose Developer Guide, "Grant access to an Amazon S3 destination"): no delete. */
function deliveryRole(scope: Construct, id: string, lake: IBucket, logGroup: LogGroup, prefixes: string[]): Role {
  const allow = (actions: string[], resources: string[]) => new PolicyStatement({ actions, resources });
  const role = new Role(scope, id, {
    description: "Firehose writes objects to the lake",
    assumedBy: new ServicePrincipal("firehose.amazonaws.com", {
      conditions: { StringEquals: { "aws:SourceAccount": Aws.ACCOUNT_ID } },
    }),
    inlinePolicies: {
      WriteLake: new PolicyDocument({
        statements: [
          allow(["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"], [lake.bucketArn]),
          allow(
            ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"],
            prefixes.map((prefix) => objectsUnder(lake, prefix)),
          ),
          allow(["logs:PutLogEvents"], [logGroup.logGroupArn]),
        ],
      }),
    },
  });
  for (const prefix of prefixes) acknowledgeObjects(role, lake, prefix, "Firehose makes up the names of its objects.");
  return role;
}
