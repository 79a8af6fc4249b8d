import { randomUUID } from "node:crypto";
import type { BatchRecord } from "./batching.ts";
import type { Invocation } from "./sandbox.ts";

/** Why records are given up. The last is what this lake calls a record that fits no invocation; AWS documents no name. */
export type Condition = "RetryAttemptsExhausted" | "RecordAgeExceeded" | "RecordTooLarge";

export interface GivenUp {
  readonly records: readonly BatchRecord[];
  readonly condition: Condition;
  /** Times the function was called with these records. */
  readonly invokeCount: number;
  /** The last of those calls. */
  readonly invocation?: Invocation | undefined;
  readonly shardId: string;
  readonly streamArn: string;
  readonly functionArn: string;
  readonly at: Date;
}

/**
 * Key of an object in the on-failure bucket (Lambda Developer Guide, "Retain discarded batch records for a Kinesis Data
 * Streams event source").
 */
export function failureKey(mapping: string, shardId: string, at: Date): string {
  const [day = "", time = ""] = at.toISOString().slice(0, 19).split("T");
  const name = `${day}T${time.replaceAll(":", ".")}-${randomUUID()}`;
  return `aws/lambda/${mapping}/${shardId}/${day.replaceAll("-", "/")}/${name}`;
}

/**
 * The invocation record that Lambda writes to S3: what is known of the batch, and in `payload` the event itself as a JSON
 * string, so that reading it takes two parses. Records that are too large come without payload; they are to be read from
 * the stream again. `responseContext` is absent when the function was not what failed.
 */
export function failureRecord(givenUp: GivenUp): Uint8Array {
  const { records, condition, invocation } = givenUp;
  const text = JSON.stringify({
    requestContext: {
      requestId: invocation?.requestId ?? randomUUID(),
      functionArn: givenUp.functionArn,
      condition,
      approximateInvokeCount: givenUp.invokeCount,
    },
    ...(condition === "RetryAttemptsExhausted" && { responseContext: responseContext(invocation) }),
    version: "1.0",
    timestamp: givenUp.at.toISOString(),
    KinesisBatchInfo: batchInfo(givenUp),
    ...(condition !== "RecordTooLarge" && { payload: JSON.stringify({ Records: records.map(({ event }) => event) }) }),
  });
  return Buffer.from(text);
}

function responseContext(invocation: Invocation | undefined) {
  const functionError = invocation?.ok ? null : "Unhandled";
  return { statusCode: 200, executedVersion: "$LATEST", functionError };
}

function batchInfo({ records, shardId, streamArn }: GivenUp) {
  const first = records[0];
  const last = records.at(-1);
  return {
    shardId,
    startSequenceNumber: first?.event.kinesis.sequenceNumber,
    endSequenceNumber: last?.event.kinesis.sequenceNumber,
    approximateArrivalOfFirstRecord: first && new Date(first.arrivedMs).toISOString(),
    approximateArrivalOfLastRecord: last && new Date(last.arrivedMs).toISOString(),
    batchSize: records.length,
    streamArn,
  };
}
