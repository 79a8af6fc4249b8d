// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Fn::Sub writes its placeholders like this
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, CfnOutput, Stack } from "aws-cdk-lib";
import { Stream } from "aws-cdk-lib/aws-kinesis";
import { Code, Function as LambdaFunction, Runtime, StartingPosition } from "aws-cdk-lib/aws-lambda";
import { KinesisEventSource } from "aws-cdk-lib/aws-lambda-event-sources";
import { Bucket, EventType } from "aws-cdk-lib/aws-s3";
import { LambdaDestination } from "aws-cdk-lib/aws-s3-notifications";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readTemplate } from "../../../infra/local/template.ts";

const HERE = { region: "us-east-1", account: "000000000000" };
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "template-"));
});

afterAll(() => rmSync(folder, { recursive: true }));

/** An assembly with this template as its one stack, called `Lake`. */
function assembly(template: object): string {
  const directory = mkdtempSync(join(folder, "assembly-"));
  const artifacts = {
    Lake: { type: "aws:cloudformation:stack", properties: { templateFile: "Lake.template.json" } },
    "Lake.assets": { type: "cdk:asset-manifest", properties: { file: "Lake.assets.json" } },
  };
  writeFileSync(join(directory, "manifest.json"), JSON.stringify({ artifacts }));
  writeFileSync(join(directory, "Lake.template.json"), JSON.stringify(template));
  writeFileSync(join(directory, "Lake.assets.json"), JSON.stringify({ files: {} }));
  return directory;
}

/** What a value of the template comes out as. */
function resolved(value: unknown) {
  const template = {
    Parameters: {
      Word: { Type: "String", Default: "kelp" },
      Words: { Type: "CommaDelimitedList", Default: "a,b" },
      Bootstrap: { Type: "AWS::SSM::Parameter::Value<String>", Default: "/cdk-bootstrap/version" },
    },
    Mappings: { Sizes: { "us-east-1": { small: 3 } } },
    Conditions: {
      Here: { "Fn::Equals": [{ Ref: "AWS::Region" }, "us-east-1"] },
      There: { "Fn::Not": [{ Condition: "Here" }] },
      Both: { "Fn::And": [{ Condition: "Here" }, { Condition: "There" }] },
      Either: { "Fn::Or": [{ Condition: "There" }, { "Fn::Equals": ["x", "x"] }] },
    },
    Resources: {
      Stream: { Type: "AWS::Kinesis::Stream", Properties: { Name: { "Fn::Sub": "logs-${Word}" } } },
      Drop: { Type: "AWS::S3::Bucket" },
      Queue: { Type: "AWS::SQS::Queue", Properties: { QueueName: "q" } },
      Topic: { Type: "AWS::SNS::Topic", Properties: { TopicName: "t" } },
      Role: { Type: "AWS::IAM::Role" },
      Permission: { Type: "AWS::Lambda::Permission" },
      Probe: { Type: "AWS::Logs::LogGroup", Properties: { LogGroupName: "probe", Value: value } },
    },
  };
  return readTemplate(assembly(template), HERE).resources("AWS::Logs::LogGroup")[0]?.properties.Value;
}

describe("intrinsic functions", () => {
  test.each([
    ["a string is itself", "plain", "plain"],
    ["Ref of a parameter is its default", { Ref: "Word" }, "kelp"],
    ["a list parameter is split", { Ref: "Words" }, ["a", "b"]],
    ["Ref of a stream is its name", { Ref: "Stream" }, "logs-kelp"],
    ["Ref of a queue is its URL", { Ref: "Queue" }, "https://sqs.us-east-1.amazonaws.com/000000000000/q"],
    ["Ref of a topic is its ARN", { Ref: "Topic" }, "arn:aws:sns:us-east-1:000000000000:t"],
    ["a bucket without a name gets a valid one", { Ref: "Drop" }, "lake-drop"],
    ["an account", { Ref: "AWS::AccountId" }, "000000000000"],
    [
      "GetAtt as a list",
      { "Fn::GetAtt": ["Stream", "Arn"] },
      "arn:aws:kinesis:us-east-1:000000000000:stream/logs-kelp",
    ],
    ["GetAtt as text", { "Fn::GetAtt": "Role.Arn" }, "arn:aws:iam::000000000000:role/Lake-Role"],
    [
      "Sub knows resources, attributes, pseudo parameters and literals",
      {
        "Fn::Sub": "${Drop}|${Drop.Arn}|${AWS::Partition}|${!Kept}",
      },
      "lake-drop|arn:aws:s3:::lake-drop|aws|${Kept}",
    ],
    ["Sub takes its own variables first", { "Fn::Sub": ["${Word}", { Word: { Ref: "Stream" } }] }, "logs-kelp"],
    ["Join", { "Fn::Join": ["-", ["a", { Ref: "Word" }, 1]] }, "a-kelp-1"],
    ["Select of a Split", { "Fn::Select": ["2", { "Fn::Split": [":", { "Fn::GetAtt": "Stream.Arn" }] }] }, "kinesis"],
    ["FindInMap", { "Fn::FindInMap": ["Sizes", { Ref: "AWS::Region" }, "small"] }, 3],
    ["If takes the branch of its condition", { "Fn::If": ["Here", "yes", "no"] }, "yes"],
    ["Not", { "Fn::If": ["There", "yes", "no"] }, "no"],
    ["And", { "Fn::If": ["Both", "yes", "no"] }, "no"],
    ["Or", { "Fn::If": ["Either", "yes", "no"] }, "yes"],
    ["NoValue leaves the property out", { a: { Ref: "AWS::NoValue" }, b: 1 }, { b: 1 }],
    ["NoValue leaves the element out", [1, { Ref: "AWS::NoValue" }, 2], [1, 2]],
    ["the branch not taken is not resolved", { "Fn::If": ["There", { "Fn::Cidr": [] }, 1] }, 1],
  ])("%s", (_, value, expected) => expect(resolved(value)).toEqual(expected));
});

describe("what cannot be resolved names its place", () => {
  test.each([
    [{ "Fn::Cidr": ["10.0.0.0/8", 2, 8] }, /Probe\.Properties\.Value\.Fn::Cidr: Fn::Cidr is not supported/],
    [
      { deep: [{ "Fn::GetAtt": ["Stream", "Color"] }] },
      /Probe\.Properties\.Value\.deep\[0\]\.Fn::GetAtt: AWS::Kinesis::Stream has no attribute Color/,
    ],
    [{ Ref: "Permission" }, /AWS::Lambda::Permission cannot be referred to here/],
    [{ Ref: "Nowhere" }, /Nowhere is neither a resource nor a parameter/],
    [{ Ref: "Bootstrap" }, /the parameter Bootstrap lives in SSM/],
    [{ "Fn::If": ["Unheard", 1, 2] }, /there is no condition Unheard/],
    [{ "Fn::Select": [5, ["a"]] }, /there is no element 5/],
  ])("%j", (value, message) => expect(() => resolved(value)).toThrow(message));

  test("a name that depends on itself", () => {
    const Bucket = { Type: "AWS::S3::Bucket", Properties: { BucketName: { Ref: "Bucket" } } };
    const template = readTemplate(assembly({ Resources: { Bucket } }), HERE);
    expect(() => template.resources("AWS::S3::Bucket")).toThrow(/Bucket: its name depends on itself/);
  });

  test("a folder without an assembly says what to run", () => {
    expect(() => readTemplate(folder, HERE)).toThrow(/manifest\.json cannot be read; synthesize the stack first/);
  });
});

describe("resources and outputs", () => {
  const template = {
    Conditions: { Never: { "Fn::Equals": ["a", "b"] } },
    Resources: {
      Kept: { Type: "AWS::SQS::Queue" },
      Left: { Type: "AWS::SQS::Queue", Condition: "Never" },
      Odd: { Type: "Custom::Thing", Properties: { Bucket: { Ref: "Kept" } } },
      [`Long${"x".repeat(80)}`]: { Type: "AWS::S3::Bucket" },
    },
    Outputs: { Url: { Value: { Ref: "Kept" } }, Gone: { Value: "x", Condition: "Never" } },
  };

  test("a resource whose condition fails is not there", () => {
    const queues = readTemplate(assembly(template), HERE).resources("AWS::SQS::Queue");
    expect(queues.map((queue) => queue.logicalId)).toEqual(["Kept"]);
  });

  test("a type the lake does not know still has properties", () => {
    const [odd] = readTemplate(assembly(template), HERE).resources("Custom::Thing");
    expect(odd?.properties.Bucket).toContain("Lake-Kept");
  });

  test("a long bucket name is cut to 63 valid characters", () => {
    const [bucket] = readTemplate(assembly(template), HERE).resources("AWS::S3::Bucket");
    expect(bucket?.name).toMatch(/^[a-z0-9-]{63}$/);
  });

  test("outputs are resolved and obey conditions", () => {
    expect(Object.keys(readTemplate(assembly(template), HERE).outputs)).toEqual(["Url"]);
  });
});

describe("a stack that the CDK made", () => {
  test("streams, functions, mappings, notifications and bundles are found", () => {
    const template = readTemplate(synthesized(), HERE);
    const [stream] = template.resources("AWS::Kinesis::Stream");
    const [mapping] = template.resources("AWS::Lambda::EventSourceMapping");
    const [notification] = template.resources("Custom::S3BucketNotifications");
    const reader = template.resources("AWS::Lambda::Function").find((fn) => fn.properties.Runtime === "nodejs24.x");
    if (!stream || !mapping || !reader || !notification) throw new Error("a resource is missing");
    expect(mapping.properties).toMatchObject({ EventSourceArn: stream.arn, FunctionName: reader.name, BatchSize: 100 });
    expect(mapping.name).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(notification.properties).toMatchObject({
      NotificationConfiguration: { LambdaFunctionConfigurations: [{ LambdaFunctionArn: reader.arn }] },
    });
    expect(existsSync(join(template.bundle(reader), "index.js"))).toBe(true);
    expect(template.outputs.StreamName).toBe(stream.name);
  });

  test("a function with inline code has no bundle", () => {
    const template = readTemplate(synthesized(), HERE);
    const inline = template.resources("AWS::Lambda::Function").find((fn) => fn.properties.Runtime !== "nodejs24.x");
    if (!inline) throw new Error("the notification handler is missing");
    expect(() => template.bundle(inline)).toThrow(/is no asset of the assembly/);
  });
});

test("the lake's own template resolves whole", () => {
  const outdir = mkdtempSync(join(folder, "lake-"));
  const env = { ...process.env, CDK_OUTDIR: outdir, CDK_VALIDATION: "false" };
  execFileSync(process.execPath, ["infra/app.ts"], { env, stdio: "pipe" });
  const template = readTemplate(outdir, HERE);
  const [file] = readdirSync(outdir).filter((name) => name.endsWith(".template.json"));
  const declared: { Resources: Record<string, { Type: string }> } = JSON.parse(
    readFileSync(join(outdir, String(file)), "utf8"),
  );
  const types = new Set(Object.values(declared.Resources).map((resource) => resource.Type));
  const resources = [...types].flatMap((type) => template.resources(type));
  expect(resources.length).toBe(Object.keys(declared.Resources).length);
  expect(JSON.stringify(resources)).not.toMatch(/"(Ref|Fn::\w+)":/);
  for (const fn of template.resources("AWS::Lambda::Function")) {
    expect(existsSync(join(template.bundle(fn), "index.js"))).toBe(true);
  }
  for (const output of Object.values(template.outputs)) expect(output).toEqual(expect.any(String));
});

function synthesized(): string {
  const code = mkdtempSync(join(folder, "code-"));
  writeFileSync(join(code, "index.js"), "exports.handler = async () => 1;");
  const outdir = mkdtempSync(join(folder, "out-"));
  const app = new App({ outdir, analyticsReporting: false });
  const stack = new Stack(app, "Sample");
  const stream = new Stream(stack, "Stream");
  const bucket = new Bucket(stack, "Bucket");
  const reader = new LambdaFunction(stack, "Reader", {
    runtime: Runtime.NODEJS_24_X,
    handler: "index.handler",
    code: Code.fromAsset(code),
  });
  reader.addEventSource(new KinesisEventSource(stream, { startingPosition: StartingPosition.TRIM_HORIZON }));
  bucket.addEventNotification(EventType.OBJECT_CREATED, new LambdaDestination(reader));
  new CfnOutput(stack, "StreamName", { value: stream.streamName });
  app.synth();
  return outdir;
}
