import { AthenaClient } from "@aws-sdk/client-athena";
import { GlueClient } from "@aws-sdk/client-glue";
import { KinesisClient } from "@aws-sdk/client-kinesis";
import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { NodeHttpHandler } from "@smithy/node-http-handler";

/** How the console asks the lake: over its AWS endpoint, as any client does. */
export interface Clients {
  readonly athena: AthenaClient;
  readonly glue: GlueClient;
  readonly kinesis: KinesisClient;
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  close(): void;
}

/** Any will do: the lake does not check signatures. */
const credentials = { accessKeyId: "local", secretAccessKey: "local" };

/** The same for clients of another thread: the environment that every AWS client reads. */
export function clientEnvironment(endpoint: string, region: string): Record<string, string> {
  const { accessKeyId, secretAccessKey } = credentials;
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  };
}

export function openClients(endpoint: string, region: string): Clients {
  const requestHandler = new NodeHttpHandler({ requestTimeout: 60_000 });
  const config = { endpoint, region, credentials, requestHandler };
  return {
    athena: new AthenaClient(config),
    glue: new GlueClient(config),
    kinesis: new KinesisClient(config),
    s3: new S3Client(config),
    sqs: new SQSClient(config),
    close: () => requestHandler.destroy(),
  };
}
