import { Aws, Validations } from "aws-cdk-lib";
import { PolicyDocument, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { Stream } from "aws-cdk-lib/aws-kinesis";
import type { IBucket } from "aws-cdk-lib/aws-s3";
import { CfnStateMachine } from "aws-cdk-lib/aws-stepfunctions";
import { Construct } from "constructs";
import type { Delivery } from "./delivery.ts";
import { enrichment } from "./enrich.ts";
import { allow, lakeFunction } from "./function.ts";
import { FUNCTION } from "./limits.ts";
import type { Settings } from "./settings.ts";
import { acknowledgeObjects, objectsUnder, PREFIXES } from "./storage.ts";

/** All that Lambda gives: a replay that takes longer goes on in the next invocation. */
const TIMEOUT_SECONDS = FUNCTION.timeoutSeconds[1];

/** After an invocation that settled nothing: a minute, two, four... half an hour in all, then the execution fails. */
const AGAIN = { IntervalSeconds: 60, BackoffRate: 2, MaxAttempts: 5 };

interface ReplayProps {
  settings: Settings;
  stream: Stream;
  delivery: Delivery;
  lake: IBucket;
  /** The consumer's, so that a replay writes what it would. */
  environment: Record<string, string>;
}

/**
 * Replays in AWS: a function that reads the stream again, and a state machine that invokes it until it is done.
 *
 * What one invocation answers, which holds how far it came, is the input of the next. A function that invoked itself
 * would be stopped as a loop after 16 rounds (Lambda Developer Guide, "Recursive loop detection"). The execution
 * shows how far a replay is, can be stopped, and when it failed be taken up again where it was. Idle, it costs nothing.
 */
export class Replay extends Construct {
  readonly stateMachineArn: string;

  constructor(scope: Construct, id: string, props: ReplayProps) {
    super(scope, id);
    const { settings, stream, lake, environment } = props;
    const enrich = enrichment(this, settings);
    const { handler, role } = lakeFunction(this, {
      settings,
      name: "replay",
      description: "Records of the past, through the plugins of today, to Firehose",
      timeoutSeconds: TIMEOUT_SECONDS,
      environment: { ...environment, STREAM_NAME: stream.streamName },
      files: enrich.files,
      role: {
        description: "A replay reads the stream and sends rows to Firehose",
        statements: [...mayDo(props), ...enrich.statements],
      },
    });
    acknowledgeObjects(role, lake, PREFIXES.payloads, "Payloads too large for a row are named after their record.");
    this.stateMachineArn = stateMachine(this, handler.functionArn).attrArn;
  }
}

function stateMachine(scope: Construct, functionArn: string): CfnStateMachine {
  const role = new Role(scope, "StateMachineRole", {
    description: "The state machine of replays invokes their function",
    assumedBy: new ServicePrincipal("states.amazonaws.com", {
      conditions: { StringEquals: { "aws:SourceAccount": Aws.ACCOUNT_ID } },
    }),
    inlinePolicies: {
      Invoke: new PolicyDocument({ statements: [allow(["lambda:InvokeFunction"], [functionArn])] }),
    },
  });
  const machine = new CfnStateMachine(scope, "StateMachine", {
    roleArn: role.roleArn,
    definition: {
      Comment: 'Start with {"from": "2026-09-15T12:00:00Z", "to": "2026-09-15T13:00:00Z"}, and shard, source or rate',
      StartAt: "Replay",
      States: {
        Replay: {
          Type: "Task",
          Resource: functionArn,
          Retry: [
            { ErrorEquals: ["RequestError"], MaxAttempts: 0 },
            { ErrorEquals: ["States.ALL"], ...AGAIN },
          ],
          Next: "IsDone",
        },
        IsDone: {
          Type: "Choice",
          Choices: [{ Variable: "$.done", BooleanEquals: true, Next: "Done" }],
          Default: "Replay",
        },
        Done: { Type: "Succeed" },
      },
    },
  });
  Validations.of(machine).acknowledge(
    { id: "AwsSolutions-SF1", reason: "Executions keep their own history for 90 days, and the function has a log." },
    { id: "AwsSolutions-SF2", reason: "It invokes one function again and again; there is no path to trace." },
  );
  return machine;
}

function mayDo({ stream, delivery, lake }: ReplayProps) {
  const deliveryStreams = new Set([delivery.events.deliveryStreamArn, delivery.quarantine.deliveryStreamArn]);
  return [
    allow(["kinesis:ListShards", "kinesis:GetShardIterator", "kinesis:GetRecords"], [stream.streamArn]),
    allow(["firehose:PutRecordBatch"], [...deliveryStreams]),
    allow(["firehose:DescribeDeliveryStream"], [delivery.events.deliveryStreamArn]),
    allow(["s3:PutObject"], [objectsUnder(lake, PREFIXES.payloads)]),
  ];
}
