import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import flags from "aws-cdk-lib/recommended-feature-flags.json" with { type: "json" };
import { AwsSolutionsChecks } from "cdk-nag";
import { afterAll, describe, expect, test } from "vitest";
import { readSettings } from "../../infra/settings.ts";
import { DefendaDataLake } from "../../infra/stack.ts";

const TOPIC = "arn:aws:sns:eu-central-1:123456789012:alarms";
const assemblies = mkdtempSync(join(tmpdir(), "lake-bulk-"));
afterAll(() => rmSync(assemblies, { recursive: true }));

function synthesize(name: string, context: Record<string, unknown>) {
  const app = new App({ context: { ...flags, ...context }, outdir: join(assemblies, name) });
  const stack = new DefendaDataLake(app, "DefendaDataLake", readSettings(context, 2026));
  const { violations } = new AwsSolutionsChecks().validateScope(app);
  return { template: Template.fromStack(stack), violations };
}

const on = synthesize("on", { "lake:bulk": "true", "lake:alarmTopicArn": TOPIC });
const off = synthesize("off", {});
const [[functionId, fn] = ["", undefined]] = Object.entries(
  on.template.findResources("AWS::Lambda::Function", { Properties: { Description: Match.stringLikeRegexp("bulk") } }),
);

describe("by default", () => {
  test("there is no URL, no secret and no public permission", () => {
    for (const type of ["AWS::Lambda::Url", "AWS::SecretsManager::Secret", "AWS::Lambda::Permission"])
      off.template.resourceCountIs(type, 0);
    expect(Object.keys(off.template.findOutputs("*"))).not.toContain("BulkUrl");
  });
});

describe("lake:bulk", () => {
  test("cdk-nag finds nothing that is not acknowledged", () => {
    expect(on.violations).toEqual([]);
  });

  test("the function runs on Node 24 and arm64, knows its stream and secret, and cannot use up the account", () => {
    expect(fn?.Properties).toMatchObject({
      Runtime: "nodejs24.x",
      Architectures: ["arm64"],
      ReservedConcurrentExecutions: 20,
      Environment: {
        Variables: {
          STREAM_NAME: { Ref: expect.stringContaining("EventsStream") },
          SECRET_ARN: { Ref: expect.stringContaining("BulkCredentials") },
        },
      },
    });
    expect(fn?.Properties.Timeout).toBeLessThanOrEqual(30);
  });

  test("a concurrency of 0 reserves none", () => {
    const { template } = synthesize("unreserved", { "lake:bulk": true, "lake:bulkConcurrency": 0 });
    expect(JSON.stringify(template.toJSON())).not.toContain("ReservedConcurrentExecutions");
  });

  test("its role may put on the stream, read its own secret and write its own log, and no more", () => {
    const role = on.template.findResources("AWS::IAM::Role")[fn?.Properties.Role["Fn::GetAtt"][0]];
    const statements = role?.Properties.Policies.flatMap((p: Policy) => p.PolicyDocument.Statement);
    expect(statements).toEqual([
      { Effect: "Allow", Action: "kinesis:PutRecords", Resource: resource("EventsStream") },
      { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: resource("BulkCredentials") },
      { Effect: "Allow", Action: ["logs:CreateLogStream", "logs:PutLogEvents"], Resource: resource("BulkLogs") },
    ]);
    expect(role?.Properties.ManagedPolicyArns).toBeUndefined();
    expect(on.template.findResources("AWS::IAM::Policy")).toEqual({});
  });

  test("anybody may call the URL, and the function by nothing but the URL", () => {
    on.template.hasResourceProperties("AWS::Lambda::Url", { AuthType: "NONE" });
    const permissions = Object.values(on.template.findResources("AWS::Lambda::Permission")).map((p) => p.Properties);
    const FunctionName = { "Fn::GetAtt": [functionId, "Arn"] };
    expect(permissions).toEqual([
      { Action: "lambda:InvokeFunctionUrl", FunctionName, FunctionUrlAuthType: "NONE", Principal: "*" },
      { Action: "lambda:InvokeFunction", FunctionName, InvokedViaFunctionUrl: true, Principal: "*" },
    ]);
  });

  test("the password is made up at deployment, easy to quote, and outlives the stack", () => {
    on.template.hasResource("AWS::SecretsManager::Secret", {
      DeletionPolicy: "Retain",
      Properties: {
        GenerateSecretString: {
          SecretStringTemplate: '{"username":"lake"}',
          GenerateStringKey: "password",
          PasswordLength: 40,
          ExcludePunctuation: true,
        },
      },
    });
  });

  test("the outputs say where to ship to and where the password is", () => {
    for (const output of ["BulkUrl", "BulkSecret"]) expect(on.template.findOutputs(output)).not.toEqual({});
  });

  test("the bundle loads with its environment alone, where there are no node_modules", () => {
    const load = "console.log(typeof require('./on/bundles/bulk/index.js').handler)";
    const env = { AWS_REGION: "us-east-1", STREAM_NAME: "s", SECRET_ARN: "arn" };
    expect(execFileSync(process.execPath, ["-e", load], { cwd: assemblies, env, encoding: "utf8" })).toBe("function\n");
    expect(() => execFileSync(process.execPath, ["-e", load], { cwd: assemblies, env: {}, stdio: "pipe" })).toThrow(
      /STREAM_NAME, SECRET_ARN not set/,
    );
  });
});

interface Policy {
  PolicyDocument: { Statement: unknown[] };
}

/** A Ref or an ARN of the resource whose id begins so. */
function resource(id: string) {
  const named = expect.stringMatching(`^${id}`);
  return id === "BulkCredentials" ? { Ref: named } : { "Fn::GetAtt": [named, "Arn"] };
}
