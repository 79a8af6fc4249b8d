import { RemovalPolicy, Validations } from "aws-cdk-lib";
import type { Stream } from "aws-cdk-lib/aws-kinesis";
import { FunctionUrl, FunctionUrlAuthType, type Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import { addAlarms, type Row } from "./alarms.ts";
import { allow, lakeFunction } from "./function.ts";
import { PERIOD } from "./metrics.ts";
import type { Settings } from "./settings.ts";

/** Longer than the function waits for a throttled stream (handlers/bulk.ts), cold start and parsing included. */
const TIMEOUT_SECONDS = 15;

/** The user name that the secret begins with; the password beside it is made up at deployment. */
const USERNAME = "lake";

const PASSWORD_LENGTH = 40;

interface BulkProps {
  settings: Settings;
  stream: Stream;
}

/**
 * The way in for agents that ship to Elasticsearch: a function URL whose function puts documents on the stream.
 *
 * The URL asks for no AWS signature, which such agents cannot make; the function checks a password or API key itself.
 */
export class Bulk extends Construct {
  readonly url: string;
  readonly secretArn: string;

  constructor(scope: Construct, id: string, { settings, stream }: BulkProps) {
    super(scope, id);
    const { secretArn } = credentials(this);
    const { handler } = lakeFunction(this, {
      settings,
      name: "bulk",
      description: "Elasticsearch's bulk API: documents to records of the stream",
      timeoutSeconds: TIMEOUT_SECONDS,
      // A public URL must not use up the account's concurrency, which the consumer needs.
      ...(settings.bulkConcurrency > 0 && { reservedConcurrency: settings.bulkConcurrency }),
      environment: { STREAM_NAME: stream.streamName, SECRET_ARN: secretArn },
      role: {
        description: "The bulk function puts records on the stream and reads its own credentials",
        statements: [
          allow(["kinesis:PutRecords"], [stream.streamArn]),
          allow(["secretsmanager:GetSecretValue"], [secretArn]),
        ],
      },
    });
    // This also adds the two permissions that a public URL needs: InvokeFunctionUrl, and since October 2025 InvokeFunction
    // for calls by URL (Lambda Developer Guide, "Control access to Lambda function URLs").
    this.url = new FunctionUrl(this, "Url", { function: handler, authType: FunctionUrlAuthType.NONE }).url;
    this.secretArn = secretArn;
    addAlarms(this, settings, rowsOf(handler));
  }
}

/** A user name and password. It outlives the stack: agents everywhere are configured with it. */
function credentials(scope: Construct): Secret {
  const secret = new Secret(scope, "Credentials", {
    description: "What agents show to the bulk URL, as user and password or as id and key of an API key",
    generateSecretString: {
      secretStringTemplate: JSON.stringify({ username: USERNAME }),
      generateStringKey: "password",
      passwordLength: PASSWORD_LENGTH,
      excludePunctuation: true, // agents' configuration files quote in many ways
    },
    removalPolicy: RemovalPolicy.RETAIN,
  });
  Validations.of(secret).acknowledge({
    id: "AwsSolutions-SMG4",
    reason:
      "A rotation would lock out every agent that was not told first. The function takes a new value within minutes: " +
      "rotate by hand, together with the agents' configuration.",
  });
  return secret;
}

function rowsOf(handler: LambdaFunction): Row[] {
  return [
    {
      name: "Errors",
      metric: handler.metricErrors({ period: PERIOD }),
      over: 0,
      periods: 1,
      description:
        "The bulk function threw or ran out of time. It never throws for a bad document, so this is its own fault or its " +
        "configuration's: read its log. Agents were told 502; most of them send it again.",
    },
    {
      name: "Throttles",
      metric: handler.metricThrottles({ period: PERIOD }),
      over: 0,
      periods: 1,
      description:
        "Requests to the bulk URL were turned away (429) because all of its concurrency was in use. Agents send them again; " +
        "raise lake:bulkConcurrency if there are more agents now, and look for strangers in BulkUnauthorized.",
    },
  ];
}
