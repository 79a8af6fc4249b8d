import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Functions } from "../../../infra/local/functions.ts";
import { openLambdaApi } from "../../../infra/local/lambda-api.ts";
import type { TemplateResource } from "../../../infra/local/template.ts";

const STREAM = "arn:aws:kinesis:us-east-1:000000000000:stream/logs";

const resource = (type: string, name: string, properties: TemplateResource["properties"]): TemplateResource => ({
  ...{ logicalId: name, type, name, properties, metadata: {} },
});
const MAPPING = resource("AWS::Lambda::EventSourceMapping", "uuid-1", {
  FunctionName: "consumer",
  EventSourceArn: STREAM,
  FunctionResponseTypes: ["ReportBatchItemFailures"],
  Tags: [],
});
const OFF = resource("AWS::Lambda::EventSourceMapping", "uuid-2", {
  ...{ FunctionName: "drop", EventSourceArn: "arn:aws:sqs:us-east-1:000000000000:drop", Enabled: false },
});
const FUNCTION = resource("AWS::Lambda::Function", "consumer", { Runtime: "nodejs24.x", Timeout: 120 });

const api = openLambdaApi({
  ...{ mappings: [MAPPING, OFF], functions: [FUNCTION], region: "us-east-1", account: "000000000000" },
});
const server: Server = createServer(api.answer((_, response) => response.end("s3")));
let url = "";
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

interface Body {
  readonly EventSourceMappings: readonly { readonly UUID: string }[];
  readonly Configuration: unknown;
  readonly LastProcessingResult: string;
}

async function get(path: string, method = "GET") {
  const response = await fetch(`${url}${path}`, { method });
  const body: Body = JSON.parse(await response.text());
  return { status: response.status, error: response.headers.get("x-amzn-errortype"), body };
}

test("mappings are listed with the defaults that the template leaves to Lambda", async () => {
  const { body } = await get(`/2015-03-31/event-source-mappings/?EventSourceArn=${encodeURIComponent(STREAM)}`);
  expect(body.EventSourceMappings).toHaveLength(1);
  expect(body.EventSourceMappings[0]).toMatchObject({
    UUID: "uuid-1",
    FunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:consumer",
    State: "Enabled",
    FunctionResponseTypes: ["ReportBatchItemFailures"],
    BisectBatchOnFunctionError: false,
    MaximumRetryAttempts: -1,
    LastProcessingResult: "No records processed",
  });
  expect(body.EventSourceMappings[0]).not.toHaveProperty("Tags");
});

test.each([
  ["/2015-03-31/event-source-mappings", ["uuid-1", "uuid-2"]],
  ["/2015-03-31/event-source-mappings?FunctionName=drop", ["uuid-2"]],
  ["/2015-03-31/event-source-mappings?FunctionName=none", []],
])("%s lists %j", async (path, uuids) => {
  const { body } = await get(path);
  expect(body.EventSourceMappings.map(({ UUID }) => UUID)).toEqual(uuids);
});

test("one mapping, one function, and what there is not", async () => {
  expect((await get("/2015-03-31/event-source-mappings/uuid-2")).body).toMatchObject({ State: "Disabled" });
  expect((await get("/2015-03-31/functions/consumer")).body.Configuration).toMatchObject({
    FunctionName: "consumer",
    Timeout: 120,
    MemorySize: 128,
  });
  expect(await get("/2015-03-31/functions/none")).toMatchObject({ status: 404, error: "ResourceNotFoundException" });
  const refused = await get("/2015-03-31/event-source-mappings/uuid-1", "DELETE");
  expect(refused).toMatchObject({ status: 501, body: { Message: expect.stringContaining("change the template") } });
});

test("the last result is that of the last invocation", async () => {
  const outcomes = [false, true];
  const functions: Functions = () => ({
    arn: "arn",
    close: async () => {},
    invoke: async () =>
      outcomes.shift()
        ? { ok: true, requestId: "1", result: null }
        : { ok: false, requestId: "1", kind: "crash", error: { errorType: "Error", errorMessage: "no", trace: [] } },
  });
  const last = async () => (await get("/2015-03-31/event-source-mappings/uuid-1")).body.LastProcessingResult;
  await api.watch(functions)(MAPPING).invoke({});
  expect(await last()).toBe("PROBLEM: Function call failed");
  await api.watch(functions)(MAPPING).invoke({});
  expect(await last()).toBe("OK");
});

test("everything else is for S3", async () => {
  expect(await (await fetch(`${url}/bucket/2015-03-31/functions`)).text()).toBe("s3");
});
