import { join } from "node:path";
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { describe, expect, test, vi } from "vitest";
import { openSqs } from "../../../infra/local/sqs/service.ts";
import { localQueueUrls } from "../../../infra/local/sqs/url.ts";
import {
  arnOf,
  bodies,
  CREDENTIALS,
  client,
  clock,
  endpoint,
  folder,
  HERE,
  pass,
  queueWith,
  receive,
  send,
  useQueueService,
} from "./sqs-lab.ts";

useQueueService();

describe("a message", () => {
  test("comes with its digests, attributes and what SQS noted about it", async () => {
    const url = queueWith();
    const attributes = {
      kind: { DataType: "String", StringValue: "büro" },
      count: { DataType: "Number.int", StringValue: "7" },
      raw: { DataType: "Binary", BinaryValue: Uint8Array.of(0, 255) },
    };
    const sent = await send(url, "hello", { MessageAttributes: attributes });
    pass(5);
    const [message] = await receive(url, { MessageAttributeNames: ["All"] });
    expect(message).toEqual({
      MessageId: sent.MessageId,
      ReceiptHandle: expect.any(String),
      Body: "hello",
      MD5OfBody: "5d41402abc4b2a76b9719d911017c592",
      Attributes: {
        ApproximateReceiveCount: "1",
        ApproximateFirstReceiveTimestamp: String(clock),
        SentTimestamp: String(clock - 5),
        SenderId: "000000000000",
      },
      MessageAttributes: attributes,
      MD5OfMessageAttributes: sent.MD5OfMessageAttributes,
    });
  });

  test.each([
    [["kind"], ["kind"]],
    [["k*"], ["kind"]],
    [["http.*"], ["http.path", "http.status"]],
    [[".*"], ["http.path", "http.status", "kind"]],
    [[], []],
  ])("attributes asked for by %j are %j", async (MessageAttributeNames, names) => {
    const url = queueWith();
    const text = { DataType: "String", StringValue: "x" };
    await send(url, "m", { MessageAttributes: { kind: text, "http.path": text, "http.status": text } });
    const [message] = await receive(url, { MessageAttributeNames });
    expect(Object.keys(message?.MessageAttributes ?? {}).sort()).toEqual(names);
  });

  test("is gone for good once it is deleted, however often it is deleted", async () => {
    const url = queueWith();
    await send(url, "m");
    const [message] = await receive(url);
    const remove = new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: message?.ReceiptHandle });
    await client.send(remove);
    await client.send(remove);
    pass(31_000);
    expect(await bodies(url)).toEqual([]);
  });

  test("is out of sight for the visibility timeout, then comes again", async () => {
    const url = queueWith({ VisibilityTimeout: 10 });
    await send(url, "m");
    expect(await bodies(url)).toEqual(["m"]);
    pass(9_999);
    expect(await bodies(url)).toEqual([]);
    pass(1);
    expect(await receive(url)).toMatchObject([{ Attributes: { ApproximateReceiveCount: "2" } }]);
  });

  test("can still be deleted after its timeout, but not by the handle of an earlier receive", async () => {
    const url = queueWith({ VisibilityTimeout: 1 });
    await send(url, "m");
    const [first] = await receive(url);
    pass(2000);
    const [second] = await receive(url);
    await client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: first?.ReceiptHandle }));
    pass(2000);
    await client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: second?.ReceiptHandle }));
    expect(await bodies(url)).toEqual([]);
  });

  test("stays out of sight as long as ChangeMessageVisibility says", async () => {
    const url = queueWith();
    await send(url, "m");
    const change = async (handle: string | undefined, VisibilityTimeout: number) =>
      client.send(new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle: handle, VisibilityTimeout }));
    const [first] = await receive(url);
    await change(first?.ReceiptHandle, 0);
    await expect(change(first?.ReceiptHandle, 5)).rejects.toMatchObject({ name: "MessageNotInflight" });
    const [second] = await receive(url);
    await change(second?.ReceiptHandle, 100);
    pass(99_000);
    expect(await bodies(url)).toEqual([]);
    pass(1000);
    expect(await bodies(url)).toEqual(["m"]);
  });

  test("is received after its delay", async () => {
    const url = queueWith({ DelaySeconds: 5 });
    await send(url, "by the queue");
    await send(url, "by itself", { DelaySeconds: 1 });
    expect(await bodies(url)).toEqual([]);
    pass(1000);
    expect(await bodies(url)).toEqual(["by itself"]);
    pass(4000);
    expect(await bodies(url)).toEqual(["by the queue"]);
  });

  test("is forgotten when its retention is over", async () => {
    const url = queueWith({ MessageRetentionPeriod: 60 });
    await send(url, "m");
    pass(60_001);
    expect(await bodies(url)).toEqual([]);
    pass(-60_001);
    expect(await bodies(url)).toEqual([]);
  });

  test("may have 1 MiB and no more", async () => {
    const url = queueWith();
    await send(url, "x".repeat(1_048_576));
    expect((await bodies(url))[0]).toHaveLength(1_048_576);
    await expect(send(url, `${"x".repeat(1_048_575)}ü`)).rejects.toMatchObject({ name: "InvalidParameterValue" });
  });

  test.each([["\u0000"], ["\ufffe"], ["a\u001bb"]])("with the character in %j is refused", async (body) => {
    await expect(send(queueWith(), body)).rejects.toMatchObject({ name: "InvalidMessageContents" });
  });
});

describe("long polling", () => {
  test("gives a message as soon as it is sent", async () => {
    const url = queueWith();
    const started = performance.now();
    const waiting = bodies(url, { WaitTimeSeconds: 20 });
    setTimeout(() => void send(url, "m"), 50);
    expect(await waiting).toEqual(["m"]);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  test("gives a message that becomes visible while it is looked for", async () => {
    let time = 0;
    const real = openSqs(join(folder, "clock.sqlite"), { ...HERE, endpointUrl: () => "", now: () => time++ });
    real.ensureQueue("q", { VisibilityTimeout: 1 });
    real.send(arnOf("q"), "m");
    const queue = real.queue(arnOf("q"));
    for (let before = 0; before < 10; before++) {
      const [{ visible = 0 } = {}] = await queue.receive({ max: 1, waitSeconds: 600 });
      time = visible - before;
      expect(await queue.receive({ max: 1, waitSeconds: 600 })).toMatchObject([{ body: "m" }]);
      time += 1000;
    }
    real.close();
  });

  test("gives a message as soon as it is visible again", async () => {
    const real = openSqs(join(folder, "real.sqlite"), { ...HERE, endpointUrl: () => "" });
    real.ensureQueue("q", { VisibilityTimeout: 1 });
    real.send(arnOf("q"), "m");
    const queue = real.queue(arnOf("q"));
    const started = performance.now();
    await queue.receive({ max: 1, waitSeconds: 0 });
    const [again] = await queue.receive({ max: 1, waitSeconds: 5 });
    expect(again).toMatchObject({ body: "m", receives: 2 });
    expect(performance.now() - started).toBeGreaterThanOrEqual(990);
    expect(performance.now() - started).toBeLessThan(3000);
    const waiting = queue.receive({ max: 1, waitSeconds: 20 });
    real.close();
    expect(await waiting).toEqual([]);
  });
});

test("a function's client, which has no endpoint but the environment's, reaches a queue of the template", async () => {
  const url = queueWith({}, "from-template");
  const ofTemplate = { QUEUE_URL: "https://sqs.us-east-1.amazonaws.com/000000000000/from-template" };
  const { QUEUE_URL } = localQueueUrls(ofTemplate, HERE.region, endpoint.url);
  expect(QUEUE_URL).toBe(url);
  vi.stubEnv("AWS_ENDPOINT_URL", endpoint.url);
  const bare = new SQSClient({ region: HERE.region, maxAttempts: 1, credentials: CREDENTIALS });
  await bare.send(new SendMessageCommand({ QueueUrl: QUEUE_URL, MessageBody: "m" }));
  vi.unstubAllEnvs();
  expect(await bodies(url)).toEqual(["m"]);
});
