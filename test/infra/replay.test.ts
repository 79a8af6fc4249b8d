import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import flags from "aws-cdk-lib/recommended-feature-flags.json" with { type: "json" };
import { AwsSolutionsChecks } from "cdk-nag";
import { afterAll, describe, expect, test } from "vitest";
import { readTemplate } from "../../infra/local/template.ts";
import { readSettings } from "../../infra/settings.ts";
import { DefendaDataLake } from "../../infra/stack.ts";

const assemblies = mkdtempSync(join(tmpdir(), "lake-replay-"));
afterAll(() => rmSync(assemblies, { recursive: true }));

function synthesize(name: string, context: Record<string, unknown>) {
  const app = new App({ context: { ...flags, ...context }, outdir: join(assemblies, name) });
  const stack = new DefendaDataLake(app, "DefendaDataLake", readSettings(context, 2026));
  const { violations } = new AwsSolutionsChecks().validateScope(app);
  const template = Template.fromStack(stack);
  app.synth();
  return { template, violations };
}

const on = synthesize("on", { "lake:replay": "true" });
const off = synthesize("off", {});
const only = (type: string, description: string) =>
  Object.values(
    on.template.findResources(type, { Properties: { Description: Match.stringLikeRegexp(description) } }),
  )[0]?.Properties;
const fn = only("AWS::Lambda::Function", "through the plugins of today");
const consumer = only("AWS::Lambda::Function", "Kinesis records");
const [machine] = Object.values(on.template.findResources("AWS::StepFunctions::StateMachine"));

test("by default there is none of it, and a laptop learns all it needs from the outputs", () => {
  off.template.resourceCountIs("AWS::StepFunctions::StateMachine", 0);
  const { StreamName, ConsumerSettings } = readTemplate(join(assemblies, "off"), {
    region: "us-east-1",
    account: "000000000000",
  }).outputs;
  expect(StreamName).toMatch(/^DefendaDataLake-/);
  const { NODE_OPTIONS, ...settings } = consumer?.Environment.Variables ?? {};
  expect(Object.keys(JSON.parse(String(ConsumerSettings)))).toEqual(Object.keys(settings));
  expect(NODE_OPTIONS).toBe("--max-semi-space-size=4"); // which is of the process
});

describe("lake:replay", () => {
  test("cdk-nag finds nothing that is not acknowledged", () => {
    expect(on.violations).toEqual([]);
  });

  test("the function has the consumer's settings, and all the time that Lambda gives", () => {
    const STREAM_NAME = { Ref: expect.stringContaining("EventsStream") };
    expect(fn?.Environment.Variables).toEqual({ ...consumer?.Environment.Variables, STREAM_NAME });
    expect(fn?.Timeout).toBe(900);
  });

  test("nothing feeds it but the state machine", () => {
    const mappings = on.template.findResources("AWS::Lambda::EventSourceMapping");
    const consumed = off.template.findResources("AWS::Lambda::EventSourceMapping");
    expect(mappings).toEqual(consumed);
  });

  test("the function reads the stream, writes rows and payloads, and may do nothing else", () => {
    const policies = only("AWS::IAM::Role", "A replay reads the stream")?.Policies;
    const actions = policies.flatMap(({ PolicyDocument }: { PolicyDocument: { Statement: { Action: string[] }[] } }) =>
      PolicyDocument.Statement.flatMap(({ Action }) => Action),
    );
    expect(actions.sort()).toEqual([
      "firehose:DescribeDeliveryStream",
      "firehose:PutRecordBatch",
      "kinesis:GetRecords",
      "kinesis:GetShardIterator",
      "kinesis:ListShards",
      "logs:CreateLogStream",
      "logs:PutLogEvents",
      "s3:PutObject",
    ]);
    expect(JSON.stringify(policies)).not.toContain('"Resource":"*"');
  });

  test("the state machine invokes it until it is done, and not again for what is no replay", () => {
    const { Replay, IsDone } = machine?.Properties.Definition.States ?? {};
    expect(Replay).toMatchObject({
      Resource: { "Fn::GetAtt": [expect.stringContaining("ReplayFunction"), "Arn"] },
      Retry: [{ ErrorEquals: ["RequestError"], MaxAttempts: 0 }, { ErrorEquals: ["States.ALL"] }],
      Next: "IsDone",
    });
    expect(IsDone).toMatchObject({ Choices: [{ Variable: "$.done", Next: "Done" }], Default: "Replay" });
  });

  test("the local lake can read the template with it", () => {
    const template = readTemplate(join(assemblies, "on"), { region: "us-east-1", account: "000000000000" });
    expect(template.outputs.ReplayStateMachine).toMatch(/^arn:aws:states:us-east-1:000000000000:stateMachine:/);
    expect(template.resources("AWS::StepFunctions::StateMachine")).toHaveLength(1);
  });
});
