import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "../../infra/bundle.ts";
import { startEndpoint } from "../../infra/local/endpoint.ts";
import { serveFunctionUrl } from "../../infra/local/function-url.ts";
import { openKinesis } from "../../infra/local/kinesis/service.ts";
import { createFunction } from "../../infra/local/lambda/function.ts";
import { openSecrets } from "../../infra/local/secrets.ts";
import type { JsonObject, Service } from "../../infra/local/service.ts";

const STREAM = "events";
const SECRET = {
  logicalId: "Credentials",
  type: "AWS::SecretsManager::Secret",
  name: "credentials",
  arn: "arn:aws:secretsmanager:us-east-1:000000000000:secret:credentials",
  properties: {
    GenerateSecretString: {
      SecretStringTemplate: '{"username":"lake"}',
      GenerateStringKey: "password",
      ExcludePunctuation: true,
    },
  },
  metadata: {},
};

export interface Lab {
  readonly url: string;
  /** `user:password`, as the secret has it. */
  readonly credential: string;
  /** What the function printed. */
  readonly lines: string[];
  /** Decides about entries of PutRecords, by their payload: the ErrorCode to refuse it with, or none. */
  refuse: (payload: string) => string | undefined;
  /** Makes Secrets Manager answer with this text, or fail. */
  secret: string | Error | undefined;
  /** A request with the right credentials, unless it brings an authorization of its own. */
  send(method: string, path: string, body?: string | Uint8Array, headers?: Record<string, string>): Promise<Response>;
  /** Payloads on the stream, in the order of the stream, since the last time. */
  taken(): Promise<{ payload: string; shard: string; sequence: string }[]>;
  close(): Promise<void>;
}

/**
 * The bundle that is deployed, in a function of this machine behind a function URL, with the local Kinesis and Secrets
 * Manager behind the AWS protocol. Two seconds a request, so that it waits for a throttled stream one second.
 */
export async function openLab(): Promise<Lab> {
  const dir = mkdtempSync(join(tmpdir(), "bulk-"));
  bundle(fileURLToPath(new URL("../../handlers/bulk.ts", import.meta.url)), join(dir, "bundle"));
  const kinesis = openKinesis(join(dir, "kinesis.sqlite"));
  kinesis.ensureStream({ name: STREAM, mode: "PROVISIONED", shards: 1 });
  const secrets = openSecrets({ secrets: [SECRET], file: join(dir, "secrets.json") });
  const { username, password } = JSON.parse(secrets.value("credentials") ?? "");
  const lines: string[] = [];
  const services = [refusing(kinesis, (payload) => lab.refuse(payload)), changed(secrets, () => lab.secret)];
  const endpoint = await startEndpoint({ port: 0, services, s3: (_, response) => response.destroy() });
  const fn = createFunction({
    name: "bulk",
    directory: join(dir, "bundle"),
    handler: "index.handler",
    environment: { STREAM_NAME: STREAM, SECRET_ARN: SECRET.arn },
    timeoutSeconds: 2,
    memoryMB: 256,
    region: "us-east-1",
    account: "000000000000",
    endpointUrl: endpoint.url,
    concurrency: 1,
    log: (line) => lines.push(line),
  });
  const served = await serveFunctionUrl({ port: 0, invoke: (event) => fn.invoke(event) });
  let iterator = await call(kinesis, "GetShardIterator", {
    StreamName: STREAM,
    ShardId: "shardId-000000000000",
    ShardIteratorType: "TRIM_HORIZON",
  });
  const credential = `${username}:${password}`;
  const authorization = `Basic ${Buffer.from(credential).toString("base64")}`;

  const lab: Lab = {
    url: served.url,
    credential,
    lines,
    refuse: () => undefined,
    secret: undefined,
    send: (method, path, body, headers = {}) =>
      fetch(served.url + path, {
        method,
        headers: { authorization, "content-type": "application/x-ndjson", ...headers },
        ...(body !== undefined && { body: Buffer.from(body) }),
      }),
    async taken() {
      const read = await call(kinesis, "GetRecords", { ShardIterator: iterator.ShardIterator ?? null });
      iterator = { ShardIterator: read.NextShardIterator ?? null };
      return (read.Records as { Data: string; SequenceNumber: string }[]).map(({ Data, SequenceNumber: sequence }) => ({
        payload: Buffer.from(Data, "base64").toString(),
        shard: "shardId-000000000000",
        sequence,
      }));
    },
    async close() {
      await served.close();
      await fn.close();
      await endpoint.close();
      kinesis.close();
      rmSync(dir, { recursive: true });
    },
  };
  return lab;
}

async function call(service: Service, operation: string, input: JsonObject): Promise<JsonObject> {
  return (await service.operations[operation]?.(input)) ?? {};
}

/** The stream, but some entries fail as they would on AWS. */
function refusing(kinesis: Service, codeFor: (payload: string) => string | undefined): Service {
  const PutRecords = async (input: JsonObject): Promise<JsonObject> => {
    const entries = input.Records as { Data: string }[];
    const codes = entries.map(({ Data }) => codeFor(Buffer.from(Data, "base64").toString()));
    const passed = entries.filter((_, i) => codes[i] === undefined);
    const answer = passed.length > 0 ? await call(kinesis, "PutRecords", { ...input, Records: passed as never }) : {};
    const results = [...((answer.Records as JsonObject[]) ?? [])];
    const Records = codes.map((ErrorCode) => (ErrorCode ? { ErrorCode, ErrorMessage: "no" } : (results.shift() ?? {})));
    return { FailedRecordCount: entries.length - passed.length, Records };
  };
  return { ...kinesis, operations: { ...kinesis.operations, PutRecords } };
}

function changed(secrets: Service, text: () => string | Error | undefined): Service {
  const GetSecretValue = async (input: JsonObject): Promise<JsonObject> => {
    const given = text();
    if (given instanceof Error) throw given;
    const answer = await call(secrets, "GetSecretValue", input);
    return given === undefined ? answer : { ...answer, SecretString: given };
  };
  return { ...secrets, operations: { GetSecretValue } };
}
