import { KinesisClient } from "@aws-sdk/client-kinesis";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import middy from "@middy/core";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import type { Context, LambdaFunctionURLEvent } from "aws-lambda";
import { type Answer, RequestError, refusal } from "./bulk/answer.ts";
import { createGuard } from "./bulk/auth.ts";
import { answerCluster } from "./bulk/cluster.ts";
import { config } from "./bulk/config.ts";
import { answerBulk, answerDocument, ingest } from "./bulk/ingest.ts";
import { requestLine, unauthorizedLine } from "./bulk/report.ts";
import { type BulkRequest, readRequest } from "./bulk/request.ts";
import { type Delivery, readDelivery } from "./bulk/route.ts";

/** Longest wait for a throttled stream: syslog-ng and Elastic's clients give a request up after ten seconds. */
const PATIENCE_MS = 7000;

/** Kept free at the end of an invocation, to answer. */
const RESERVE_MS = 1000;

const settings = config(process.env);
const requestHandler = new NodeHttpHandler({ connectionTimeout: 2000, requestTimeout: 5000 });
/** We retry ourselves: only the failed entries, within the time that is left. */
const kinesis = new KinesisClient({ maxAttempts: 1, requestHandler });
const secrets = new SecretsManagerClient({ maxAttempts: 2, requestHandler });
const mayEnter = createGuard(readSecret);

/** Elasticsearch's bulk API in front of the stream, enough of it for agents that ship to Elasticsearch. */
export const handler = middy<LambdaFunctionURLEvent, Answer>().handler(async (event, context) => {
  try {
    const answer = await answerRequest(readRequest(event), context);
    return event.requestContext.http.method === "HEAD" ? { ...answer, body: "" } : answer;
  } catch (error) {
    if (error instanceof RequestError) return refusal(error);
    throw error;
  }
});

async function answerRequest(request: BulkRequest, context: Context): Promise<Answer> {
  if (!(await isAuthorized(request))) {
    process.stdout.write(`${unauthorizedLine(context.functionName, Date.now())}\n`);
    const error = new RequestError(401, "security_exception", "missing or wrong credentials; nothing was taken");
    return refusal(error, { "www-authenticate": 'Basic realm="security", charset="UTF-8", ApiKey' });
  }
  const delivery = readDelivery(request);
  if (delivery) return take(delivery, request, context);
  const reason = "not answered here: this endpoint takes documents (_bulk, _doc); query the lake with SQL";
  return answerCluster(request) ?? refusal(new RequestError(400, "illegal_argument_exception", reason));
}

async function isAuthorized({ headers }: BulkRequest): Promise<boolean> {
  try {
    return await mayEnter(headers.authorization);
  } catch (error) {
    console.error("the secret cannot be read, so nobody is let in:", error);
    throw new RequestError(503, "security_exception", "credentials cannot be checked right now; send it again");
  }
}

async function take({ kind, items }: Delivery, { headers }: BulkRequest, context: Context): Promise<Answer> {
  const started = performance.now();
  const deadline = Date.now() + Math.min(PATIENCE_MS, context.getRemainingTimeInMillis() - RESERVE_MS);
  const outcomes = await ingest(kinesis, settings.stream, items, deadline);
  const ms = performance.now() - started;
  // Not console.log: Lambda's JSON log format would wrap the line, and CloudWatch would find no metrics in it.
  process.stdout.write(`${requestLine(outcomes, context.functionName, Date.now(), ms)}\n`);
  const [only] = outcomes;
  return kind === "document" && only ? answerDocument(only) : answerBulk(outcomes, ms, headers["user-agent"]);
}

async function readSecret(): Promise<string> {
  const { SecretString = "" } = await secrets.send(new GetSecretValueCommand({ SecretId: settings.secretId }));
  return SecretString;
}
