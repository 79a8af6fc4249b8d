import { createHash } from "node:crypto";

/** Where the stack is imagined to be deployed. */
export interface Place {
  readonly region: string;
  readonly account: string;
  readonly partition: string;
  readonly stackName: string;
}

/** What a resource is called: what `Ref` and `Fn::GetAtt` of it answer (CloudFormation's resource reference). */
export interface Identity {
  readonly name: string;
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

interface Kind {
  /** Path to the property that names the resource; without one the name is derived. */
  readonly nameAt?: string;
  /** Longest physical name the service takes. */
  readonly maxLength?: number;
  readonly lowercase?: boolean;
  /** The service derives an opaque id (a UUID) instead of a name. */
  readonly opaque?: boolean;
  /** The part of the ARN after `arn:partition:`; `{r}` region, `{a}` account, `{n}` name. */
  readonly arn?: string;
  readonly ref?: "name" | "arn" | "url";
  /** Attributes beside `Arn`; the value is a pattern as in `arn`. */
  readonly attributes?: Readonly<Record<string, string>>;
}

const QUEUE_URL = "https://sqs.{r}.amazonaws.com/{a}/{n}";

/** The resource types a lake's template may refer to. Another type is an error at the place that refers to it. */
const KINDS: Readonly<Record<string, Kind>> = {
  "AWS::Athena::NamedQuery": { opaque: true, attributes: { NamedQueryId: "{n}" } },
  "AWS::Athena::WorkGroup": { nameAt: "Name", maxLength: 128 },
  "AWS::CloudWatch::Alarm": { nameAt: "AlarmName", arn: "cloudwatch:{r}:{a}:alarm:{n}" },
  "AWS::CloudWatch::Dashboard": { nameAt: "DashboardName" },
  "AWS::Events::Rule": { nameAt: "Name", maxLength: 64, arn: "events:{r}:{a}:rule/{n}" },
  "AWS::Glue::Database": { nameAt: "DatabaseInput.Name", lowercase: true },
  "AWS::Glue::Table": { nameAt: "TableInput.Name", lowercase: true },
  "AWS::IAM::ManagedPolicy": { nameAt: "ManagedPolicyName", arn: "iam::{a}:policy/{n}", ref: "arn" },
  "AWS::IAM::Policy": { nameAt: "PolicyName" },
  "AWS::IAM::Role": { nameAt: "RoleName", maxLength: 64, arn: "iam::{a}:role/{n}" },
  "AWS::IAM::User": { nameAt: "UserName", maxLength: 64, arn: "iam::{a}:user/{n}" },
  "AWS::KMS::Alias": { nameAt: "AliasName" },
  "AWS::KMS::Key": { opaque: true, arn: "kms:{r}:{a}:key/{n}", attributes: { KeyId: "{n}" } },
  "AWS::Kinesis::Stream": { nameAt: "Name", maxLength: 128, arn: "kinesis:{r}:{a}:stream/{n}" },
  "AWS::KinesisFirehose::DeliveryStream": {
    nameAt: "DeliveryStreamName",
    maxLength: 64,
    arn: "firehose:{r}:{a}:deliverystream/{n}",
  },
  "AWS::Lambda::EventSourceMapping": {
    opaque: true,
    attributes: { Id: "{n}", EventSourceMappingArn: "arn:{p}:lambda:{r}:{a}:event-source-mapping:{n}" },
  },
  "AWS::Lambda::Function": { nameAt: "FunctionName", maxLength: 64, arn: "lambda:{r}:{a}:function:{n}" },
  "AWS::Lambda::Url": {
    opaque: true,
    attributes: { FunctionUrl: "https://{n}.lambda-url.{r}.on.aws/" },
  },
  "AWS::Logs::LogGroup": { nameAt: "LogGroupName", arn: "logs:{r}:{a}:log-group:{n}:*" },
  "AWS::Logs::LogStream": { nameAt: "LogStreamName" },
  "AWS::S3::Bucket": {
    nameAt: "BucketName",
    maxLength: 63,
    lowercase: true,
    arn: "s3:::{n}",
    attributes: { DomainName: "{n}.s3.amazonaws.com", RegionalDomainName: "{n}.s3.{r}.amazonaws.com" },
  },
  "AWS::SecretsManager::Secret": { nameAt: "Name", arn: "secretsmanager:{r}:{a}:secret:{n}", ref: "arn" },
  "AWS::SNS::Topic": {
    nameAt: "TopicName",
    arn: "sns:{r}:{a}:{n}",
    ref: "arn",
    attributes: { TopicArn: "arn:{p}:sns:{r}:{a}:{n}", TopicName: "{n}" },
  },
  "AWS::SQS::Queue": {
    nameAt: "QueueName",
    maxLength: 80,
    arn: "sqs:{r}:{a}:{n}",
    ref: "url",
    attributes: { QueueName: "{n}", QueueUrl: QUEUE_URL },
  },
  "AWS::StepFunctions::StateMachine": {
    nameAt: "StateMachineName",
    maxLength: 80,
    arn: "states:{r}:{a}:stateMachine:{n}",
    ref: "arn",
  },
};

/** Path to the property that names a resource of this type; undefined when the name is always derived. */
export function nameProperty(type: string): string | undefined {
  return KINDS[type]?.nameAt;
}

/**
 * What `Ref` and `Fn::GetAtt` answer for a resource.
 *
 * @param explicitName the resolved name property; without it a name is derived that stays the same for the stack
 * @returns undefined for a type this lake does not know
 */
export function identify(
  type: string,
  logicalId: string,
  explicitName: string | undefined,
  place: Place,
): Identity | undefined {
  const kind = KINDS[type];
  if (!kind) return undefined;
  const name = explicitName ?? (kind.opaque ? stableUuid(`${place.stackName}/${logicalId}`) : derivedName());
  const fill = (pattern: string) => fillPattern(pattern, place, name);
  const attributes: Record<string, string> = {};
  if (kind.arn) attributes.Arn = fill(`arn:{p}:${kind.arn}`);
  for (const [key, pattern] of Object.entries(kind.attributes ?? {})) attributes[key] = fill(pattern);
  const refs = { name, arn: attributes.Arn ?? name, url: fill(QUEUE_URL) };
  return { name, ref: refs[kind.ref ?? "name"], attributes };

  function derivedName(): string {
    return deriveName(`${place.stackName}-${logicalId}`, kind?.maxLength ?? 255, kind?.lowercase ?? false);
  }
}

/** A derived name: cut names end in a hash of the whole, so that two long names never meet. */
export function deriveName(wanted: string, maxLength: number, lowercase: boolean): string {
  const name = lowercase ? wanted.toLowerCase().replace(/[^a-z0-9-]/g, "-") : wanted;
  if (name.length <= maxLength) return name;
  const hash = createHash("sha256").update(wanted).digest("hex").slice(0, 8);
  return `${name.slice(0, maxLength - 9)}-${hash}`;
}

/** A UUID that is always the same for the same text. */
export function stableUuid(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  );
}

function fillPattern(pattern: string, place: Place, name: string): string {
  const parts: Record<string, string> = { p: place.partition, r: place.region, a: place.account, n: name };
  return pattern.replace(/\{([pran])\}/g, (_, key: string) => parts[key] ?? "");
}
