import type { SQSEvent } from "aws-lambda";
import { describe, expect, test } from "vitest";
import { ARN, comeAgain, DEAD, left, lines, REPORTING, send, settle, sqs, startWith, useQueues } from "./queue-lab.ts";

useQueues();

test("the function gets the event that Lambda sends for a queue", async () => {
  const attribute = { DataType: "String", StringValue: "x" };
  const bytes = { DataType: "Binary", BinaryValue: "AQID" };
  const MessageAttributes = { kind: attribute, raw: bytes };
  const sent = await sqs.operations.SendMessage?.({ QueueUrl: "jobs", MessageBody: "hello", MessageAttributes });
  const events: SQSEvent[] = [];
  await settle({}, (_, event) => void events.push(event));
  expect(events[0]?.Records).toEqual([
    {
      messageId: sent?.MessageId,
      receiptHandle: expect.stringMatching(/./),
      body: "hello",
      attributes: {
        ApproximateReceiveCount: "1",
        SentTimestamp: expect.stringMatching(/^\d{13}$/),
        SenderId: "000000000000",
        ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
      },
      messageAttributes: {
        kind: { stringValue: "x", stringListValues: [], binaryListValues: [], dataType: "String" },
        raw: { binaryValue: "AQID", stringListValues: [], binaryListValues: [], dataType: "Binary" },
      },
      md5OfBody: "5d41402abc4b2a76b9719d911017c592",
      md5OfMessageAttributes: sent?.MD5OfMessageAttributes,
      eventSource: "aws:sqs",
      eventSourceARN: ARN,
      awsRegion: "us-east-1",
    },
  ]);
});

describe("messages are deleted", () => {
  test.each([
    ["null", null],
    ["empty text", ""],
    ["an empty object", {}],
    ["an empty list of failures", { batchItemFailures: [] }],
    ["failures of null", { batchItemFailures: null }],
  ])("after %s", async (_, answer) => {
    send("1", "2");
    const run = await settle(REPORTING, () => answer);
    expect(run.calls).toEqual([["1", "2"]]);
    expect(run.mapping.stats()).toMatchObject({ messages: 2, invocations: 1, errors: 0, visible: 0, inFlight: 0 });
  });

  test("after any answer without ReportBatchItemFailures", async () => {
    send("1");
    const run = await settle({}, (_, event) => ({
      batchItemFailures: [{ itemIdentifier: event.Records[0]?.messageId }],
    }));
    expect(run.mapping.stats()).toMatchObject({ messages: 1, errors: 0, inFlight: 0 });
  });
});

describe("the whole batch comes again", () => {
  test.each<[string, unknown]>([
    ["an identifier that is not in the batch", { batchItemFailures: [{ itemIdentifier: "123" }] }],
    ["an empty identifier", { batchItemFailures: [{ itemIdentifier: "" }] }],
    ["an identifier of null", { batchItemFailures: [{ itemIdentifier: null }] }],
    ["another key", { batchItemFailures: [{ messageId: "1" }] }],
    ["failures that are no list", { batchItemFailures: "1" }],
    ["an answer that is no object", "done"],
  ])("after %s", async (_, answer) => {
    send("1", "2");
    const run = await settle(REPORTING, () => answer);
    expect(run.mapping.stats()).toMatchObject({ messages: 0, invocations: 1, errors: 1, inFlight: 2 });
    await comeAgain(run, "3");
    expect(run.calls[1]).toEqual(["1", "2", "3"]);
  });

  test("after an error, which is logged with its reason", async () => {
    send("1", "2");
    const run = await settle(REPORTING, () => Promise.reject(new Error("boom")));
    expect(run.mapping.stats()).toMatchObject({ messages: 0, errors: 1, inFlight: 2 });
    expect(lines.join()).toContain("boom");
  });

  test("when the function cannot be called", async () => {
    send("1");
    const mapping = startWith({}, () => Promise.reject(new Error("no thread")));
    await mapping.idle();
    expect(mapping.stats()).toMatchObject({ messages: 0, inFlight: 1 });
    expect(lines.join()).toContain("no thread");
  });
});

test("only reported messages come again, and in the end go to the dead-letter queue", async () => {
  send("1", "poison", "3");
  const run = await settle(REPORTING, (_, { Records }) => {
    const failed = Records.filter((record) => record.body === "poison");
    return { batchItemFailures: failed.map((record) => ({ itemIdentifier: record.messageId })) };
  });
  expect(run.mapping.stats()).toMatchObject({ messages: 2, errors: 0, partialFailures: 1, inFlight: 1 });
  await comeAgain(run);
  await comeAgain(run);
  expect(run.calls).toEqual([["1", "poison", "3"], ["poison", "bell"], ["bell"]]);
  expect(await left(DEAD)).toEqual(["poison"]);
});
