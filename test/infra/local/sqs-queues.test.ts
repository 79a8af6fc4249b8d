import {
  ChangeMessageVisibilityBatchCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListDeadLetterSourceQueuesCommand,
  ListQueuesCommand,
  PurgeQueueCommand,
  SendMessageBatchCommand,
  SetQueueAttributesCommand,
  StartMessageMoveTaskCommand,
} from "@aws-sdk/client-sqs";
import { describe, expect, test } from "vitest";
import { arnOf, bodies, client, endpoint, pass, queueWith, receive, send, useQueueService } from "./sqs-lab.ts";

useQueueService();

const redriveTo = (name: string, maxReceiveCount: number) => ({
  RedrivePolicy: { deadLetterTargetArn: arnOf(name), maxReceiveCount },
});

describe("a dead-letter queue", () => {
  test("gets what was received too often, under its own id, and knows where it came from", async () => {
    const dead = queueWith({}, "letters");
    const url = queueWith({ VisibilityTimeout: 1, ...redriveTo("letters", 2) }, "letters-source");
    const { MessageId } = await send(url, "poison");
    for (const seen of [["poison"], ["poison"], []]) {
      expect(await bodies(url)).toEqual(seen);
      pass(1000);
    }
    const Attributes = { DeadLetterQueueSourceArn: arnOf("letters-source"), ApproximateReceiveCount: "3" };
    expect(await receive(dead)).toMatchObject([{ MessageId, Body: "poison", Attributes }]);
    const sources = await client.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: dead }));
    expect(sources.queueUrls).toEqual([url]);
  });

  test("gives its messages back to where they came from", async () => {
    const dead = queueWith({}, "returning");
    const url = queueWith({ VisibilityTimeout: 1, ...redriveTo("returning", 1) });
    await send(url, "m");
    await receive(url);
    pass(1000);
    expect(await bodies(url)).toEqual([]);
    await client.send(new StartMessageMoveTaskCommand({ SourceArn: arnOf("returning") }));
    expect(await bodies(dead)).toEqual([]);
    expect(await receive(url)).toMatchObject([{ Body: "m", Attributes: { ApproximateReceiveCount: "1" } }]);
    const again = client.send(new StartMessageMoveTaskCommand({ SourceArn: arnOf("returning") }));
    await expect(again).rejects.toMatchObject({ name: "UnsupportedOperation" });
  });

  test("that does not exist leaves the messages where they are", async () => {
    const url = queueWith({ VisibilityTimeout: 1, ...redriveTo("nowhere", 1) });
    await send(url, "m");
    for (let receive = 0; receive < 3; receive++) {
      expect(await bodies(url)).toEqual(["m"]);
      pass(1000);
    }
  });
});

describe("a batch", () => {
  test("says of each entry how it went", async () => {
    const url = queueWith();
    const entries = [
      { Id: "good", MessageBody: "1" },
      { Id: "bad", MessageBody: "\u0000" },
    ];
    const sent = await client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries: entries }));
    expect(sent.Successful).toMatchObject([{ Id: "good", MD5OfMessageBody: "c4ca4238a0b923820dcc509a6f75849b" }]);
    expect(sent.Failed).toMatchObject([{ Id: "bad", SenderFault: true, Code: "InvalidMessageContents" }]);
  });

  test("changes and deletes many messages", async () => {
    const url = queueWith();
    for (const body of ["1", "2"]) await send(url, body);
    const handles = (await receive(url)).map(({ ReceiptHandle }, i) => ({ Id: `m${i}`, ReceiptHandle }));
    const Entries = handles.map((handle) => ({ ...handle, VisibilityTimeout: 0 }));
    const changed = await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: url, Entries }));
    expect(changed.Successful).toHaveLength(2);
    expect(await bodies(url)).toHaveLength(2);
    const old = [...handles, { Id: "odd", ReceiptHandle: "no handle" }];
    const removed = await client.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries: old }));
    expect(removed.Failed).toMatchObject([{ Id: "odd", Code: "ReceiptHandleIsInvalid" }]);
  });

  test.each([
    ["EmptyBatchRequest", []],
    ["TooManyEntriesInBatchRequest", Array.from({ length: 11 }, (_, i) => ({ Id: `${i}`, MessageBody: "x" }))],
    ["BatchEntryIdsNotDistinct", Array(2).fill({ Id: "same", MessageBody: "x" })],
    ["BatchRequestTooLong", ["a", "b"].map((Id) => ({ Id, MessageBody: "x".repeat(600_000) }))],
  ])("%s", async (name, Entries) => {
    const sent = client.send(new SendMessageBatchCommand({ QueueUrl: queueWith(), Entries }));
    await expect(sent).rejects.toMatchObject({ name });
  });
});

describe("queues", () => {
  test("are created, found, listed by pages, and deleted", async () => {
    for (const name of ["list-a", "list-b", "list-c"]) {
      const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: name }));
      expect(QueueUrl).toBe(`${endpoint.url}/000000000000/${name}`);
    }
    const first = await client.send(new ListQueuesCommand({ QueueNamePrefix: "list-", MaxResults: 2 }));
    const { NextToken } = first;
    const rest = await client.send(new ListQueuesCommand({ QueueNamePrefix: "list-", MaxResults: 2, NextToken }));
    const names = [...(first.QueueUrls ?? []), ...(rest.QueueUrls ?? [])].map((url) => url.slice(-6));
    expect(names).toEqual(["list-a", "list-b", "list-c"]);
    expect(rest.NextToken).toBeUndefined();
    await client.send(new DeleteQueueCommand({ QueueUrl: rest.QueueUrls?.[0] }));
    const gone = client.send(new GetQueueUrlCommand({ QueueName: "list-c" }));
    await expect(gone).rejects.toMatchObject({ name: "QueueDoesNotExist" });
  });

  test("are created again only with the same attributes", async () => {
    const create = (VisibilityTimeout: string) =>
      client.send(new CreateQueueCommand({ QueueName: "twice", Attributes: { VisibilityTimeout } }));
    await create("5");
    await create("5");
    await expect(create("6")).rejects.toMatchObject({ name: "QueueNameExists" });
  });

  test("count their messages, and can be purged", async () => {
    const url = queueWith();
    for (const body of ["1", "2", "3"]) await send(url, body);
    await send(url, "later", { DelaySeconds: 60 });
    await receive(url, { MaxNumberOfMessages: 1 });
    const counts = async () => {
      const input = { QueueUrl: url, AttributeNames: ["All" as const] };
      const { Attributes } = await client.send(new GetQueueAttributesCommand(input));
      const kinds = ["", "NotVisible", "Delayed"] as const;
      return kinds.map((kind) => Attributes?.[`ApproximateNumberOfMessages${kind}`]);
    };
    expect(await counts()).toEqual(["2", "1", "1"]);
    await client.send(new PurgeQueueCommand({ QueueUrl: url }));
    expect(await counts()).toEqual(["0", "0", "0"]);
  });

  test("have attributes with defaults, which can be set and taken away", async () => {
    const url = queueWith({ VisibilityTimeout: 7, ...redriveTo("any", 3) });
    const get = async () =>
      (await client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["All"] }))).Attributes;
    expect(await get()).toMatchObject({ MessageRetentionPeriod: "345600", MaximumMessageSize: "1048576" });
    expect(JSON.parse((await get())?.RedrivePolicy ?? "")).toMatchObject({ maxReceiveCount: 3 });
    const Attributes = { RedrivePolicy: "", DelaySeconds: "1" };
    await client.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes }));
    expect(await get()).toMatchObject({ VisibilityTimeout: "7", DelaySeconds: "1" });
    expect(await get()).not.toHaveProperty("RedrivePolicy");
  });

  test.each<[string, Record<string, string>]>([
    ["InvalidAttributeValue", { VisibilityTimeout: "43201" }],
    ["InvalidAttributeValue", { MessageRetentionPeriod: "soon" }],
    ["InvalidAttributeValue", { RedrivePolicy: "{}" }],
    ["InvalidAttributeValue", { RedrivePolicy: `{"deadLetterTargetArn":"x","maxReceiveCount":0}` }],
    ["InvalidAttributeName", { FifoQueue: "true" }],
  ])("%s for %j", async (name, Attributes) => {
    const set = client.send(new SetQueueAttributesCommand({ QueueUrl: queueWith(), Attributes }));
    await expect(set).rejects.toMatchObject({ name });
  });

  test("of a template keep their messages when their settings change; a FIFO queue is refused", async () => {
    const url = queueWith({ VisibilityTimeout: 30 }, "declared");
    await send(url, "kept");
    queueWith({ VisibilityTimeout: 1, QueueName: "declared", Tags: [], SqsManagedSseEnabled: true }, "declared");
    expect(await bodies(url)).toEqual(["kept"]);
    pass(1000);
    expect(await bodies(url)).toEqual(["kept"]);
    expect(() => queueWith({ FifoQueue: true })).toThrow(/FifoQueue/);
  });

  test("are found by the last part of their URL", async () => {
    await send(queueWith({}, "anywhere"), "m");
    expect(await bodies("https://sqs.us-east-1.amazonaws.com/000000000000/anywhere")).toEqual(["m"]);
  });
});
