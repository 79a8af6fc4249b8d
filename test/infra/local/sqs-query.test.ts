import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Endpoint, startEndpoint } from "../../../infra/local/endpoint.ts";
import { readForm } from "../../../infra/local/sqs/form.ts";
import { answerQueries } from "../../../infra/local/sqs/query.ts";
import { openSqs, type SqsService } from "../../../infra/local/sqs/service.ts";

let folder: string;
let sqs: SqsService;
let endpoint: Endpoint;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sqs-query-"));
  const endpointUrl = () => endpoint.url;
  sqs = openSqs(join(folder, "sqs.sqlite"), { region: "us-east-1", account: "000000000000", endpointUrl });
  const s3 = answerQueries(sqs, (_, response) => response.writeHead(200).end("for S3"));
  endpoint = await startEndpoint({ port: 0, services: [sqs], s3 });
  sqs.ensureQueue("jobs", {});
});

afterAll(async () => {
  await endpoint.close();
  sqs.close();
  rmSync(folder, { recursive: true });
});

/** Calls as a client of the query protocol does, with the forms that aws-cli 2.9.19 sends. */
async function call(Action: string, parameters: Record<string, string> = {}, path = "/") {
  const body = new URLSearchParams({ Action, Version: "2012-11-05", ...parameters });
  const response = await fetch(endpoint.url + path, { method: "POST", body });
  return { status: response.status, xml: await response.text() };
}

/** The texts of an element, wherever it is in the answer. */
const textsOf = (xml: string, tag: string) =>
  [...xml.matchAll(new RegExp(`<${tag}>([^<]*)</${tag}>`, "g"))].map((m) => m[1]);

describe("the query protocol", () => {
  test("a message goes in and out, with its attributes", async () => {
    const QueueUrl = `${endpoint.url}/000000000000/jobs`;
    const sent = await call("SendMessage", {
      QueueUrl,
      MessageBody: `<&">`,
      "MessageAttribute.1.Name": "kind",
      "MessageAttribute.1.Value.DataType": "String",
      "MessageAttribute.1.Value.StringValue": "x",
    });
    expect(sent.xml).toMatch(/^<SendMessageResponse xmlns="http:\/\/queue.amazonaws.com\/doc\/2012-11-05\/">/);
    const { xml } = await call(
      "ReceiveMessage",
      { QueueUrl, "AttributeName.1": "All", "MessageAttributeName.1": "All", MaxNumberOfMessages: "10" },
      "/000000000000/jobs",
    );
    expect(textsOf(xml, "MessageId")).toEqual(textsOf(sent.xml, "MessageId"));
    expect(textsOf(xml, "Body")).toEqual(["&lt;&amp;&quot;&gt;"]);
    expect(xml).toContain("<Attribute><Name>ApproximateReceiveCount</Name><Value>1</Value></Attribute>");
    expect(xml).toMatch(/<MessageAttribute><Name>kind<\/Name><Value><DataType>String<\/DataType>/);
    const [ReceiptHandle = ""] = textsOf(xml, "ReceiptHandle");
    const entry = "DeleteMessageBatchRequestEntry.1";
    const removed = await call("DeleteMessageBatch", {
      QueueUrl,
      [`${entry}.Id`]: "a",
      [`${entry}.ReceiptHandle`]: ReceiptHandle,
    });
    expect(removed.xml).toContain("<DeleteMessageBatchResultEntry><Id>a</Id></DeleteMessageBatchResultEntry>");
  });

  test("queues are listed", async () => {
    expect(textsOf((await call("ListQueues")).xml, "QueueUrl")).toEqual([`${endpoint.url}/000000000000/jobs`]);
  });

  test.each([
    ["GetQueueUrl", { QueueName: "nope" }, "AWS.SimpleQueueService.NonExistentQueue"],
    ["DeleteMessage", { QueueUrl: "/jobs", ReceiptHandle: "x" }, "ReceiptHandleIsInvalid"],
    ["ReceiveMessage", { QueueUrl: "/jobs", MaxNumberOfMessages: "many" }, "SerializationException"],
    ["Fly", {}, "InvalidAction"],
    ["constructor", {}, "InvalidAction"],
  ])("%s with %j is answered with %s", async (action, parameters, code) => {
    const { status, xml } = await call(action, parameters as unknown as Record<string, string>);
    expect(status).toBe(400);
    expect(textsOf(xml, "Code")).toEqual([code]);
    expect(textsOf(xml, "Type")).toEqual(["Sender"]);
  });

  test("every other request is left to S3", async () => {
    for (const method of ["GET", "PUT"])
      expect(await (await fetch(`${endpoint.url}/b/k`, { method })).text()).toBe("for S3");
  });
});

test("a form's members keep their order and types", () => {
  const entry = "SendMessageBatchRequestEntry";
  const form = `Action=SendMessageBatch&${entry}.10.Id=b&${entry}.2.Id=a&${entry}.2.DelaySeconds=3&Attribute.1.Name=x&Attribute.1.Value=1`;
  expect(readForm(form)).toEqual({
    action: "SendMessageBatch",
    input: { Entries: [{ Id: "a", DelaySeconds: 3 }, { Id: "b" }], Attributes: { x: "1" } },
  });
});
