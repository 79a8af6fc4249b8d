import { Duration, RemovalPolicy, Stack, Validations } from "aws-cdk-lib";
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type BucketProps,
  CfnBucket,
  type IBucket,
} from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import type { Settings } from "./settings.ts";

/**
 * What lies where in the lake bucket. `failures` is AWS's own choice for records that the event source mapping gives up
 * (Lambda Developer Guide, "Retain discarded records for a Kinesis data stream").
 */
export const PREFIXES = {
  events: "events/",
  quarantine: "quarantine/",
  payloads: "quarantine-payloads/",
  errors: "errors/",
  failures: "aws/lambda/",
} as const;

/** Days that deleted or overwritten objects can still be brought back, in a versioned lake. */
const UNDELETE_DAYS = 30;

/** Days after which the parts of an upload that never finished are thrown away. */
const UNFINISHED_UPLOAD_DAYS = 7;

/** Buckets: the lake itself, Athena's results, and the access logs of both. All of them outlive the stack. */
export class Storage extends Construct {
  readonly lake: IBucket;
  readonly results: IBucket;
  readonly accessLogs: IBucket;

  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id);
    const { versioned, expireDays, resultDays } = settings;
    this.accessLogs = privateBucket(this, "AccessLogs", { lifecycleRules: [expiry(resultDays)] });
    Validations.of(this.accessLogs).acknowledge({
      id: "AwsSolutions-S1",
      reason: "This bucket receives the access logs; logging its own would never end.",
    });
    this.lake = privateBucket(this, "Lake", {
      versioned,
      lifecycleRules: [expiry(expireDays)],
      serverAccessLogsBucket: this.accessLogs,
      serverAccessLogsPrefix: "lake/",
    });
    this.results = privateBucket(this, "Results", {
      lifecycleRules: [expiry(resultDays)],
      serverAccessLogsBucket: this.accessLogs,
      serverAccessLogsPrefix: "results/",
    });
  }
}

/** Objects under `prefix`, as a policy names them. */
export function objectsUnder(bucket: IBucket, prefix: string): string {
  return bucket.arnForObjects(`${prefix}*`);
}

/** Tells cdk-nag why a role may reach every object under `prefix`: the wildcard stands for names not known beforehand. */
export function acknowledgeObjects(role: Construct, bucket: IBucket, prefix: string, reason: string): void {
  const resource = bucket.node.defaultChild;
  if (!CfnBucket.isCfnBucket(resource)) throw new Error(`storage: ${bucket.node.path} is not a bucket of this stack`);
  acknowledge(role, `<${Stack.of(bucket).getLogicalId(resource)}.Arn>/${prefix}*`, reason);
}

/** Tells cdk-nag why a role may reach a resource with a wildcard in its name. */
export function acknowledge(role: Construct, resource: string, reason: string): void {
  Validations.of(role).acknowledge({ id: `AwsSolutions-IAM5[Resource::${resource}]`, reason });
}

/** A bucket that nobody outside reaches and that outlives the stack. */
export function privateBucket(scope: Construct, id: string, props: BucketProps): IBucket {
  // The cast is for CDK's types: under exactOptionalPropertyTypes its Bucket does not match its own IBucket.
  return new Bucket(scope, id, {
    ...props,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    encryption: BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    removalPolicy: RemovalPolicy.RETAIN,
  }) as IBucket;
}

/** @param days until objects are deleted; 0 keeps them forever */
export function expiry(days: number) {
  return {
    ...(days > 0 && { expiration: Duration.days(days) }),
    noncurrentVersionExpiration: Duration.days(UNDELETE_DAYS),
    abortIncompleteMultipartUploadAfter: Duration.days(UNFINISHED_UPLOAD_DAYS),
  };
}
