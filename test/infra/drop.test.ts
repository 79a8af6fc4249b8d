import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import flags from "aws-cdk-lib/recommended-feature-flags.json" with { type: "json" };
import { AwsSolutionsChecks } from "cdk-nag";
import { afterAll, describe, expect, test } from "vitest";
import { FUNCTION, QUEUE_MAPPING } from "../../infra/limits.ts";
import { readTemplate } from "../../infra/local/template.ts";
import { readSettings } from "../../infra/settings.ts";
import { DefendaDataLake } from "../../infra/stack.ts";

const assemblies = mkdtempSync(join(tmpdir(), "lake-drop-"));
afterAll(() => rmSync(assemblies, { recursive: true }));

function synthesize(name: string, context: Record<string, unknown>) {
  const app = new App({ context: { ...flags, ...context }, outdir: join(assemblies, name) });
  const stack = new DefendaDataLake(app, "DefendaDataLake", readSettings(context, 2026));
  const violations = new AwsSolutionsChecks().validateScope(app).violations;
  const template = Template.fromStack(stack);
  app.synth();
  return { template, violations };
}

const { template, violations } = synthesize("standard", {});
const chosen = synthesize("chosen", {
  "lake:dropDays": 90,
  "lake:dropConcurrency": 50,
  "lake:sourceBuckets": "old-trail,other.logs",
});

/** The one resource of the type in the Drop construct, with its id. */
function only(type: string, name = "Drop", from = template) {
  const found = Object.entries(from.findResources(type)).filter(([id]) => id.startsWith(name));
  expect(found.map(([id]) => id)).toHaveLength(1);
  const [[id, resource] = ["", {}]] = found;
  return { id, ...resource, ...resource.Properties };
}

const QUEUE = only("AWS::SQS::Queue", "DropQueue");
const DEAD_LETTERS = only("AWS::SQS::Queue", "DropDeadLetters");
const BUCKET = only("AWS::S3::Bucket");

test("cdk-nag finds nothing, also with buckets to backfill from", () => {
  expect([violations, chosen.violations]).toEqual([[], []]);
});

describe("the bucket", () => {
  test("keeps versions, outlives the stack, and keeps objects as long as it is told", () => {
    expect(BUCKET).toMatchObject({ DeletionPolicy: "Retain", VersioningConfiguration: { Status: "Enabled" } });
    expect(BUCKET.LifecycleConfiguration.Rules[0].ExpirationInDays).toBeUndefined();
    const { LifecycleConfiguration } = only("AWS::S3::Bucket", "Drop", chosen.template);
    expect(LifecycleConfiguration.Rules[0].ExpirationInDays).toBe(90);
  });

  test("tells the queue of every object, without a function of CDK's in between", () => {
    const Queue = { "Fn::GetAtt": [QUEUE.id, "Arn"] };
    expect(BUCKET.NotificationConfiguration).toEqual({
      QueueConfigurations: [{ Event: "s3:ObjectCreated:*", Queue }],
    });
    template.resourceCountIs("Custom::S3BucketNotifications", 0);
  });

  test("is let in by the queue under the name it will have, which needs no reference, before it exists", () => {
    const policy = only("AWS::SQS::QueuePolicy", "DropQueue");
    expect(BUCKET.DependsOn).toContain(policy.id);
    const allowed = policy.PolicyDocument.Statement.find(({ Effect }: { Effect: string }) => Effect === "Allow");
    expect(allowed).toMatchObject({
      Principal: { Service: "s3.amazonaws.com" },
      Action: "sqs:SendMessage",
      Condition: { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } },
    });
    expect(JSON.stringify(policy.PolicyDocument)).not.toContain(BUCKET.id);
    const place = { region: "us-east-1", account: "000000000000" };
    const local = readTemplate(join(assemblies, "standard"), place);
    const name = local.outputs.DropBucket;
    expect(name).toMatch(/^defenda-drop-[a-z0-9-]+$/);
    const resolved = local.resources("AWS::SQS::QueuePolicy").map(({ properties }) => JSON.stringify(properties));
    expect(resolved.join()).toContain(`"aws:SourceArn":"arn:aws:s3:::${name}"`);
  });
});

describe("the queues", () => {
  test.each([
    ["queue", QUEUE],
    ["dead-letter queue", DEAD_LETTERS],
  ])("the %s encrypts, refuses plain HTTP, and keeps messages for two weeks", (_, { id, ...queue }) => {
    expect(queue).toMatchObject({ SqsManagedSseEnabled: true, MessageRetentionPeriod: 1_209_600 });
    template.hasResourceProperties("AWS::SQS::QueuePolicy", {
      Queues: [{ Ref: id }],
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: "Deny",
            Action: "sqs:*",
            Condition: { Bool: { "aws:SecureTransport": "false" } },
          }),
        ]),
      },
    });
  });

  test("a message is invisible for six timeouts of the function and given up after some deliveries", () => {
    const { Timeout } = only("AWS::Lambda::Function");
    expect(QUEUE.VisibilityTimeout).toBeGreaterThanOrEqual(6 * Timeout);
    const target = { "Fn::GetAtt": [DEAD_LETTERS.id, "Arn"] };
    expect(QUEUE.RedrivePolicy).toEqual({ deadLetterTargetArn: target, maxReceiveCount: 8 });
    expect(QUEUE.RedrivePolicy.maxReceiveCount).toBeGreaterThanOrEqual(5);
  });
});

describe("the function", () => {
  test("has all the time there is, its stream and its own queue", () => {
    expect(only("AWS::Lambda::Function")).toMatchObject({
      Runtime: "nodejs24.x",
      Architectures: ["arm64"],
      Timeout: FUNCTION.timeoutSeconds[1],
      Environment: {
        Variables: { STREAM_NAME: { Ref: expect.stringContaining("Stream") }, QUEUE_URL: { Ref: QUEUE.id } },
      },
    });
  });

  test("gets an object at a time, reports what fails, and is not many at once", () => {
    const mapping = only("AWS::Lambda::EventSourceMapping");
    expect(mapping).toMatchObject({
      EventSourceArn: { "Fn::GetAtt": [QUEUE.id, "Arn"] },
      BatchSize: 1,
      FunctionResponseTypes: ["ReportBatchItemFailures"],
      ScalingConfig: { MaximumConcurrency: 5 },
    });
    const { ScalingConfig } = only("AWS::Lambda::EventSourceMapping", "Drop", chosen.template);
    expect(ScalingConfig.MaximumConcurrency).toBe(50);
    expect(QUEUE_MAPPING.maxConcurrency).toEqual([2, 1_000]);
  });

  test("may read the drop bucket, and others only when they are named", () => {
    const reads = (from: Template) =>
      only("AWS::IAM::Role", "Drop", from).Policies[0].PolicyDocument.Statement.find(
        ({ Action }: { Action: string[] }) => Action.includes("s3:GetObject"),
      ).Resource;
    expect([reads(template)].flat()).toHaveLength(1);
    expect(JSON.stringify(reads(chosen.template))).toMatch(/:s3:::old-trail\/\*.*:s3:::other\.logs\/\*/);
  });

  test("loads with its environment alone, where there are no node_modules", () => {
    const load = "console.log(typeof require('./standard/bundles/s3-drop/index.js').handler)";
    const env = { AWS_REGION: "us-east-1", STREAM_NAME: "s", QUEUE_URL: "q" };
    expect(execFileSync(process.execPath, ["-e", load], { cwd: assemblies, env, encoding: "utf8" })).toBe("function\n");
  });
});

test("the stack says where to drop", () => {
  expect(Object.keys(template.findOutputs("*"))).toEqual(expect.arrayContaining(["DropBucket", "DropQueueUrl"]));
});

test.each(["UPPER", "a b", "x", "fine,", "-start"])("%j is no list of buckets", (value) => {
  expect(() => readSettings({ "lake:sourceBuckets": value }, 2026)).toThrow(/lake:sourceBuckets/);
});
