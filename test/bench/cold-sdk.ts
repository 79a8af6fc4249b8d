/** The consumer's two calls by the SDK's clients, in place of handlers/aws/: what test/bench/cold.ts compares with. */

import { FirehoseClient, PutRecordBatchCommand } from "@aws-sdk/client-firehose";
import type { Firehose } from "../../handlers/aws/firehose.ts";
import type { WriteObject } from "../../handlers/payloads.ts";

export function createFirehose(): Firehose {
  const client = new FirehoseClient({ maxAttempts: 1 });
  return { putRecordBatch: (input, options) => client.send(new PutRecordBatchCommand(input), options) };
}

export function objectWriter(): WriteObject {
  return async (Bucket, Key, Body) => {
    const { PutObjectCommand, S3Client } = await import("@aws-sdk/client-s3");
    await new S3Client({}).send(new PutObjectCommand({ Bucket, Key, Body }));
  };
}
