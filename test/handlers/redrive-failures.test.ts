import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { failureRecord } from "../../infra/local/lambda/destination.ts";
import { type Lab, openLab, STREAM_ARN } from "./redrive-lab.ts";

const NONE = { found: 0, put: 0, skipped: 0, failed: 0, records: 0 };
const KEY = "aws/lambda/0a1b/shardId-000000000000/2026/11/24/2026-11-24T07.05.00-9c";

/** Objects are written now, whatever the test: S3 says when. */
const NOW = Date.now();

let lab: Lab;
beforeEach(async () => {
  lab = await openLab(NOW);
});
afterEach(() => lab.close());

/** The invocation record that Lambda writes for a batch of these payloads (infra/local/lambda/destination.ts). */
function givenUp(
  payloads: readonly string[],
  isTooLarge = false,
  place = { shard: "shard-1", sequence: "100" },
): string {
  const records = payloads.map((payload, i) => {
    const sequenceNumber = String(BigInt(place.sequence) + BigInt(i));
    const kinesis = {
      kinesisSchemaVersion: "1.0",
      partitionKey: `key-${i}`,
      sequenceNumber,
      data: Buffer.from(payload).toString("base64"),
      approximateArrivalTimestamp: 1_700_000_000.123 + i,
    };
    const event = {
      kinesis,
      eventSource: "aws:kinesis",
      eventVersion: "1.0",
      eventID: `${place.shard}:${sequenceNumber}`,
      eventName: "aws:kinesis:record",
      invokeIdentityArn: "arn:aws:iam::000000000000:role/consumer",
      awsRegion: "us-east-1",
      eventSourceARN: STREAM_ARN,
    };
    return { event, arrivedMs: NOW, bytes: payload.length };
  });
  const condition = isTooLarge ? "RecordTooLarge" : "RetryAttemptsExhausted";
  const facts = { condition, invokeCount: 11, shardId: place.shard, streamArn: STREAM_ARN, functionArn: "f" } as const;
  return Buffer.from(failureRecord({ ...facts, records, at: new Date(NOW) })).toString();
}

const redrive = () => lab.redrive({ wanted: { from: NOW - 60_000, to: Date.now() + 60_000 } });

describe("records that Lambda gave up", () => {
  test("go back on the stream with their first place and arrival; the object is redriven once", async () => {
    await lab.put(KEY, givenUp(['{"a":1}', "broken"]));
    expect((await redrive()).counts).toEqual({ ...NONE, found: 1, put: 1, records: 2 });
    const place = { stream: "events", shard: "shard-1" };
    expect(await lab.sent()).toEqual([
      { lake: { ...place, sequence: "100", arrival: 1_700_000_000_123, partitionkey: "key-0" }, payload: '{"a":1}' },
      { lake: { ...place, sequence: "101", arrival: 1_700_000_001_123, partitionkey: "key-1" }, payload: "broken" },
    ]);
    expect((await lab.manifests()).flatMap(({ put }) => put)).toEqual([KEY]);
    expect((await redrive()).counts).toEqual({ ...NONE, found: 1, skipped: 1 });
  });

  test("as an object instead of text, as emulators write them, are the same", async () => {
    const record = JSON.parse(givenUp(["x"]));
    await lab.put(KEY, JSON.stringify({ ...record, payload: JSON.parse(record.payload) }));
    await redrive();
    expect((await lab.sent()).map(({ payload }) => payload)).toEqual(["x"]);
  });

  test("that were an envelope keep the place inside it", async () => {
    const inner = { _lake: { stream: "events", shard: "shard-0", sequence: "7", arrival: 1, partitionkey: "k" } };
    await lab.put(KEY, givenUp([JSON.stringify({ ...inner, payload: "eA==" })]));
    await redrive();
    expect(await lab.sent()).toEqual([{ lake: inner._lake, payload: "x" }]);
  });

  test("without their payload, being too large, are read from the stream again", async () => {
    const place = await lab.append("the large one");
    await lab.append("its neighbor");
    await lab.put(KEY, givenUp(["the large one"], true, place));
    expect((await redrive()).counts).toEqual({ ...NONE, found: 1, put: 1, records: 1 });
    const [, , sent] = await lab.records();
    expect(JSON.parse(String(sent))).toMatchObject({
      _lake: { stream: "events", ...place, partitionkey: "key" },
      payload: Buffer.from("the large one").toString("base64"),
    });
  });

  test("that the stream has no more fail, and those of the batch that it still has are put", async () => {
    const place = await lab.append("the only one");
    await lab.put(KEY, givenUp(["the only one", "a forgotten one"], true, place));
    const { counts, problems } = await redrive();
    expect(counts).toEqual({ ...NONE, found: 1, failed: 1, records: 1 });
    expect(problems[0]).toContain(`${KEY}: 1 of its 2 records are no longer on the stream (${place.shard} from `);
    expect(await lab.records()).toHaveLength(2);
  });

  test.each([
    ["no JSON", "oops", "is not valid JSON"],
    ["about something else", '{"requestPayload":{}}', "it is not about a batch of a stream"],
    ["of an event without records", '{"KinesisBatchInfo":{},"payload":"{}"}', "its payload has no Records"],
  ])("%s fail with why", async (_, body, message) => {
    await lab.put(KEY, body);
    const { counts, problems } = await redrive();
    expect(counts).toEqual({ ...NONE, found: 1, failed: 1 });
    expect(problems[0]).toContain(message);
  });

  test("are looked for by when they were given up, and not at all by code or for --only quarantine", async () => {
    await lab.put(KEY, givenUp(["x"]));
    for (const options of [
      { wanted: { from: NOW - 120_000, to: NOW - 60_000 } },
      { wanted: { code: "invalid_json", to: Date.now() + 60_000 } },
      { only: "quarantine", wanted: { to: Date.now() + 60_000 } } as const,
    ])
      expect((await lab.redrive(options)).counts).toEqual(NONE);
  });
});
