import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { decode } from "../../core/decode.ts";
import { lineOf } from "../../core/row.ts";
import { ARRIVAL, ARRIVAL_MS, outcomesOf, run } from "../contract.ts";

const json = (value: unknown) => JSON.stringify(value);

function read(payload: string): unknown[] {
  return decode(Buffer.from(payload)).map((document) => ("error" in document ? document.error.code : document.parse()));
}

const payloads = (payload: string) =>
  decode(Buffer.from(payload)).map((document) => Buffer.from(document.payload()).toString());

const MS = 1_592_527_211_123; // 2020-06-19T00:40:11.123Z
const UTC = "2020-06-19T00:40:11.123000+00:00";

const logs = (logEvents: unknown, more = {}) => ({
  messageType: "DATA_MESSAGE",
  owner: "111122223333",
  logGroup: "/app/web",
  logStream: "i-1",
  subscriptionFilters: ["everything"],
  logEvents,
  ...more,
});
const logEvent = (message: unknown, more = {}) => ({ id: "3195", timestamp: MS, message, ...more });
const facts = {
  owner: "111122223333",
  loggroup: "/app/web",
  logstream: "i-1",
  subscriptionfilters: ["everything"],
  id: "3195",
  timestamp: MS,
};

describe("CloudWatch Logs", () => {
  test.each([
    ["an object is the document", '{"Level":"warn","n":1.10}', { Level: "warn", n: JSON.rawJSON("1.10") }],
    ["an object among blanks too", ' {"a":1}\n', { a: 1 }],
    ["text is its message", "GET / 200", { message: "GET / 200" }],
    ["JSON that is no object is text", '[{"a":1}]', { message: '[{"a":1}]' }],
    ["what only looks like JSON is text", '{"a":', { message: '{"a":' }],
    ["nothing is text as well", "", { message: "" }],
    [
      "what the document has under our name goes within",
      '{"_cloudwatchlogs":5}',
      { _cloudwatchlogs: { ...facts, _cloudwatchlogs: 5 } },
    ],
  ])("a message: %s", (_, message, document) => {
    expect(read(json(logs([logEvent(message)])))).toEqual([{ _cloudwatchlogs: facts, ...document }]);
  });

  test("extracted fields and what else the envelope says is kept", () => {
    const envelope = logs([logEvent("x", { extractedFields: { code: "200" } })], { policyLevel: "ACCOUNT" });
    const more = { ...facts, extractedfields: { code: "200" }, policylevel: "ACCOUNT" };
    expect(read(json(envelope))).toEqual([{ message: "x", _cloudwatchlogs: more }]);
  });

  test("an EventBridge event in a message is taken out of its envelope too", () => {
    const event = { "detail-type": "t", source: "aws.x", detail: { a: 1 } };
    expect(read(json(logs([logEvent(json(event))])))).toEqual([
      { a: 1, _eventbridge: { "detail-type": "t", source: "aws.x" }, _cloudwatchlogs: facts },
    ]);
  });

  test("the document is a new one each time, and no two share a list", () => {
    const [one, two] = decode(Buffer.from(json(logs([logEvent("x"), logEvent("y")]))));
    if (!one || !two || "error" in one || "error" in two) throw new Error("refused");
    const { subscriptionfilters } = Object(one.parse()._cloudwatchlogs);
    subscriptionfilters.push("changed");
    expect([one.parse(), two.parse(), two.parse()]).toEqual(
      ["x", "y", "y"].map((message) => ({ message, _cloudwatchlogs: facts })),
    );
  });

  test("a log event that is none costs only itself, and is quarantined in an envelope of its own", () => {
    const events = [logEvent("x"), { id: "no message" }, 5, logEvent(7), logEvent("y")];
    const envelope = json(logs(events));
    expect(read(envelope)).toEqual([
      expect.objectContaining({ message: "x" }),
      ...Array(3).fill("not_an_object"),
      expect.objectContaining({ message: "y" }),
    ]);
    expect(payloads(envelope)).toEqual(events.map((event) => json(logs([event]))));
  });

  test("a control message is counted as dropped", () => {
    const control = logs([logEvent("CWL CONTROL MESSAGE: Checking health of destination.")], {
      messageType: "CONTROL_MESSAGE",
      owner: "CloudwatchLogs",
      logGroup: "",
      logStream: "",
    });
    const dropped = { kind: "dropped", plugin: "decode_control_message", failed: [] };
    expect(outcomesOf(gzipSync(json(control)))).toEqual([dropped]);
    const [event, ...more] = outcomesOf(`${json(logs([logEvent("x")]))}\n${json(control)}`);
    expect([event?.kind, ...more]).toEqual(["event", dropped]);
  });

  test.each([
    ["without log events is refused", logs([]), ["empty_payload"]],
    ["of another type is an ordinary object", { messageType: "OTHER", a: 1 }, [{ messageType: "OTHER", a: 1 }]],
    ["without a log group is an ordinary object", { messageType: "DATA_MESSAGE", logEvents: [] }, [expect.anything()]],
    ["whose events are no list is an ordinary object", logs("x"), [logs("x")]],
  ])("an envelope %s", (_, envelope, documents) => expect(read(json(envelope))).toEqual(documents));
});

const bus = (detail: unknown, more = {}) => ({
  version: "0",
  id: "e-1",
  "detail-type": "EC2 Instance State-change Notification",
  source: "aws.ec2",
  time: "2020-06-19T00:40:11Z",
  region: "us-east-1",
  resources: ["arn:x"],
  detail,
  ...more,
});

describe("EventBridge", () => {
  test("the detail is the document, and the rest is kept beside it", () => {
    const { detail, ...rest } = bus({ state: "running" });
    expect(read(json(bus(detail)))).toEqual([{ state: "running", _eventbridge: rest }]);
    expect(payloads(json(bus(detail)))).toEqual([json(bus(detail))]);
  });

  test.each([
    ["without a detail that is an object", bus("text")],
    ["with a number kept to the digit as its detail", bus(JSON.rawJSON("1.10"))],
    ["without a source", bus({ a: 1 }, { source: 5 })],
    ["without a detail-type", bus({ a: 1 }, { "detail-type": null })],
  ])("an object %s is an ordinary one", (_, object) =>
    expect(read(json(object))).toEqual([JSON.parse(json(object), raw)]),
  );

  test("an event looks the same as without its envelope", () => {
    const event = { eventTime: "2020-06-19T00:00:00Z", eventName: "RunInstances", sourceIPAddress: "192.0.2.1" };
    // But for what the envelope adds: itself, and the common fields and indicators that are only in there.
    const seen = (payload: string) => {
      const { details, ...shell } = run(payload);
      return { ...shell, details: Object.fromEntries(Object.entries(details).filter(([key]) => !key.startsWith("_"))) };
    };
    expect(seen(json(bus(event)))).toMatchObject(seen(json(event)));
  });
});

/** Numbers as the decoder has them. */
function raw(_key: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === "number" && String(value) !== context?.source ? JSON.rawJSON(context?.source ?? "") : value;
}

describe("Records", () => {
  test("a page of an API's answer is one document each: OData's value, Google Workspace's items", () => {
    const context = "https://graph.example.com/v1.0/$metadata#auditLogs/signIns";
    const page = { "@odata.context": context, value: [{ a: 1 }, { b: 2 }] };
    expect(payloads(JSON.stringify(page))).toHaveLength(2);
    expect(payloads('{"value":[{"a":1},{"b":2}]}')).toHaveLength(1);
    expect(payloads(JSON.stringify({ "@odata.context": context, value: "one" }))).toHaveLength(1);
    expect(payloads('{"kind":"admin#reports#activities","etag":"e","items":[{"a":1},{"b":2}]}')).toHaveLength(2);
    expect(payloads('{"kind":"cart","items":[{"a":1},{"b":2}]}')).toHaveLength(1);
  });

  test("findings of Security Hub are one document each, in an event of EventBridge and in a page of its API", () => {
    const arn = "arn:aws:securityhub:us-east-1::product/aws/securityhub";
    const finding = (ip: string) => ({
      ...{ SchemaVersion: "2018-10-08", Id: ip, ProductArn: arn, AwsAccountId: "123456789012" },
      Network: { SourceIpV4: ip },
    });
    const findings = [finding("203.0.113.1"), finding("203.0.113.2")];
    const event = { "detail-type": "Security Hub Findings - Custom Action", source: "aws.securityhub" };
    for (const payload of [
      { ...event, time: "2020-09-15T11:00:00Z", detail: { actionName: "a", findings } },
      { Findings: findings, NextToken: "t" },
    ]) {
      const rows = outcomesOf(json(payload)).flatMap((outcome) => (outcome.kind === "event" ? [outcome.row] : []));
      const found = rows.map((row) => JSON.parse(lineOf(row)));
      expect(found.map(({ source, details }) => [source, JSON.parse(details).sourceipaddress])).toEqual([
        ["securityhub", "203.0.113.1"],
        ["securityhub", "203.0.113.2"],
      ]);
      const own = payloads(json(payload));
      expect(own.map((text) => payloads(text))).toEqual(own.map((text) => [text]));
    }
    expect(payloads(json({ ...event, detail: { findings: [{ a: 1 }, { b: 2 }] } }))).toHaveLength(1);
    expect(payloads('{"Findings":[{"a":1},{"b":2}]}')).toHaveLength(1);
  });

  test("Azure Monitor's records, alone in their envelope, are one document each", () => {
    expect(payloads('{"records":[{"time":"2026-11-24T00:00:00Z"},{"b":2}]}')).toHaveLength(2);
    expect(payloads('{"records":[{"a":1},{"b":2}],"page":1}')).toHaveLength(1);
  });

  test.each([
    ["one document each", { Records: [{ a: 1 }, { b: 2 }] }, [{ a: 1 }, { b: 2 }]],
    [
      "with scalars beside them, which are kept",
      { Records: [{ a: 1 }], Owner: "x", n: 5 },
      [{ a: 1, _records: { owner: "x", n: 5 } }],
    ],
    ["each in an envelope of its own", { Records: [bus({ a: 1 })] }, [expect.objectContaining({ a: 1 })]],
    [
      "with a number kept to the digit beside them",
      '{"Records":[{"a":1},{}],"n":1.10}',
      [{ a: 1, _records: { n: JSON.rawJSON("1.10") } }, "empty_payload"],
    ],
    ["none: an ordinary object", { Records: [] }, [{ Records: [] }]],
    ["of other things: an ordinary object", { Records: [{ a: 1 }, 5] }, [{ Records: [{ a: 1 }, 5] }]],
    ["beside other objects: an ordinary object", { Records: [{ a: 1 }], x: {} }, [{ Records: [{ a: 1 }], x: {} }]],
    [
      "in lower case beside anything: an ordinary object",
      { records: [{ a: 1 }], n: 1 },
      [{ records: [{ a: 1 }], n: 1 }],
    ],
  ])("are %s", (_, envelope, documents) => {
    expect(read(typeof envelope === "string" ? envelope : json(envelope))).toEqual(documents);
  });

  test("are quarantined by themselves, in what they came in", () => {
    expect(payloads('{"Records":[{"a":1.10},{"b":2}]}')).toEqual(['{"a":1.10}', '{"b":2}']);
    expect(payloads('{"Records":[{"a":1},{"b":2}],"x":"y"}')).toEqual([
      '{"x":"y","Records":[{"a":1}]}',
      '{"x":"y","Records":[{"b":2}]}',
    ]);
  });

  test("in lines and lists as anywhere", () => {
    expect(read('{"Records":[{"a":1},{"b":2}]}\n[{"Records":[{"c":3},{"d":4}]},5]')).toEqual([
      { a: 1 },
      { b: 2 },
      { c: 3 },
      { d: 4 },
      "not_an_object",
    ]);
  });
});

describe("an event that names no time happened", () => {
  const change = (time: unknown, eventSource = "aws:dynamodb") => ({
    eventSource,
    dynamodb: { ApproximateCreationDateTime: time },
  });
  test.each([
    ["when CloudWatch Logs says", logs([logEvent("x")]), UTC],
    ["when EventBridge says", bus({ a: 1 }), "2020-06-19T00:40:11+00:00"],
    ["when EventBridge says, in CloudWatch Logs", logs([logEvent(json(bus({ a: 1 })))]), "2020-06-19T00:40:11+00:00"],
    ["when DynamoDB says, in milliseconds", change(MS), UTC],
    ["when DynamoDB says, in microseconds", change(MS * 1000), UTC],
    ["when it arrived, if nobody says", { a: 1 }, ARRIVAL],
    ["when it arrived, if its envelope's time is none", logs([logEvent("x", { timestamp: 0 })]), ARRIVAL],
    ["when it arrived, if its envelope's time is text", bus({ a: 1 }, { time: "yesterday" }), ARRIVAL],
    ["by the words in its field's name, if it is no change of DynamoDB's", change(MS, "other"), UTC],
  ])("%s", (_, payload, time) => {
    const shifted = run(json(payload), undefined, ARRIVAL_MS).utctimestamp;
    expect(shifted).toBe(time);
  });

  test.each([
    ["in the shell", { utctimestamp: "2020-09-01T00:00:00Z" }],
    ["in a field", { eventTime: "2020-09-01T00:00:00Z" }],
    ["deep within", { a: [{ start: "2020-09-01T00:00:00Z" }] }],
  ])("unless it names one: %s", (_, event) => {
    const time = "2020-09-01T00:00:00+00:00";
    expect(run(json(bus(event))).utctimestamp).toBe(time);
    expect(run(json(logs([logEvent(json(event))]))).utctimestamp).toBe(time);
    expect(run(json({ Records: [event], timestamp: "2020-08-01T00:00:00Z" })).utctimestamp).toBe(time);
  });

  test("late is still by its arrival", () => {
    const late = run(json(logs([logEvent("x")])));
    expect([late.utctimestamp, late.tags, late.month]).toEqual([UTC, ["late"], "09"]);
    const timely = run(json(bus({ a: 1 }, { time: "2020-09-14T01:02:03Z" })));
    expect([timely.tags, timely.day, timely.hour]).toEqual([[], "14", "01"]);
  });
});
