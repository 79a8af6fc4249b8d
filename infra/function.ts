import { cpSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Duration, RemovalPolicy, Stage } from "aws-cdk-lib";
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  RecursiveLoop,
  Runtime,
} from "aws-cdk-lib/aws-lambda";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import { bundle } from "./bundle.ts";
import { FUNCTION, NODE_OPTIONS } from "./limits.ts";
import { writeRegistry } from "./registry.ts";
import type { Settings } from "./settings.ts";

/** Folder of a bundle that files beside the code are put in. */
export const FILES_FOLDER = "enrich";

interface LakeFunctionProps {
  settings: Settings;
  /** Name of the handler's file: `consumer` is `handlers/consumer.ts`. */
  name: string;
  description: string;
  timeoutSeconds: number;
  environment: Record<string, string>;
  /** Files that go into the bundle (infra/enrich.ts). */
  files?: readonly string[];
  /** Most invocations at once; by default as many as the account has left. */
  reservedConcurrency?: number;
  /** True when it sends messages to its own queue: Lambda ends such a loop after about 16 rounds unless it is meant. */
  mayCallItself?: boolean;
  /** What the function's role is for, in its description; and all that it may do beside writing its log. */
  role: { description: string; statements: PolicyStatement[] };
}

/**
 * A function of the lake in a construct of its own: the bundle of one handler, a log group that forgets, and a role that may
 * do what its statements say and nothing else. Shared by every way in: infra/consumer.ts, infra/drop.ts, infra/bulk.ts.
 */
export function lakeFunction(scope: Construct, props: LakeFunctionProps): { handler: LambdaFunction; role: Role } {
  const logGroup = new LogGroup(scope, "Logs", {
    retention: props.settings.logRetentionDays,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const log = allow(["logs:CreateLogStream", "logs:PutLogEvents"], [logGroup.logGroupArn]);
  const role = new Role(scope, "Role", {
    description: props.role.description,
    assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
    inlinePolicies: { Function: new PolicyDocument({ statements: [...props.role.statements, log] }) },
  });
  const handler = new LambdaFunction(scope, "Function", {
    description: props.description,
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    code: Code.fromAsset(bundled(scope, props)),
    handler: "index.handler",
    // One thread of JavaScript uses one CPU: less memory makes it slower at the same price, more is paid for and idle.
    memorySize: FUNCTION.oneCpuMemoryMiB,
    timeout: Duration.seconds(props.timeoutSeconds),
    role,
    logGroup,
    loggingFormat: LoggingFormat.JSON,
    environment: { ...props.environment, NODE_OPTIONS },
    ...(props.mayCallItself && { recursiveLoop: RecursiveLoop.ALLOW }),
    ...(props.reservedConcurrency !== undefined && { reservedConcurrentExecutions: props.reservedConcurrency }),
  });
  return { handler, role };
}

export function allow(actions: string[], resources: string[]): PolicyStatement {
  return new PolicyStatement({ actions, resources });
}

/** Bundles `handlers/<name>.ts` with the plugins there are now, and returns the folder, which is to be an asset. */
function bundled(scope: Construct, { name, files = [] }: LakeFunctionProps): string {
  const assembly = Stage.of(scope)?.outdir;
  if (assembly === undefined)
    throw new Error(`function: ${scope.node.path} is in no app, so there is nowhere to bundle to`);
  const folder = join(assembly, "bundles", name);
  writeRegistry();
  rmSync(folder, { recursive: true, force: true });
  bundle(fileURLToPath(new URL(`../handlers/${name}.ts`, import.meta.url)), folder);
  for (const file of files) cpSync(file, join(folder, FILES_FOLDER, basename(file)));
  return folder;
}
