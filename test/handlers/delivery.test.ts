import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { Firehose as SdkFirehose } from "@aws-sdk/client-firehose";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { PackedRecord } from "../../core/pack.ts";
import { createFirehose, type Firehose } from "../../handlers/aws/firehose.ts";
import { deliver } from "../../handlers/delivery.ts";

/** What the server does with a call that holds these records. */
type Step = (records: readonly string[], response: ServerResponse, request: IncomingMessage) => void;

/** The steps for the calls to come, in order; after the last one everything is accepted. */
let script: Step[] = [];
/** The records of each call that the server saw. */
let calls: string[][] = [];

const accept: Step = (records, response) =>
  answer(
    response,
    200,
    responsesFor(records, () => true),
  );
const refuse =
  (...places: number[]): Step =>
  (records, response) =>
    answer(
      response,
      200,
      responsesFor(records, (i) => !places.includes(i)),
    );
const fail =
  (status: number, type: string): Step =>
  (_, response) =>
    answer(response, status, { __type: type, message: "no" });
const hang: Step = () => undefined;
const reset: Step = (_records, _response, request) => void request.socket.destroy();

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(body));
}

function responsesFor(records: readonly string[], taken: (place: number) => boolean): object {
  const RequestResponses = records.map((record, i) =>
    taken(i) ? { RecordId: `id-${record}` } : { ErrorCode: "ServiceUnavailableException", ErrorMessage: "Slow down." },
  );
  return { FailedPutCount: records.filter((_, i) => !taken(i)).length, RequestResponses };
}

/** The delivery stream of the client whose turn it is. */
let stream = "";

const server = createServer(async (request, response) => {
  const { DeliveryStreamName, Records } = JSON.parse((await buffer(request)).toString());
  if (DeliveryStreamName !== stream) return; // what the client before gave up arrives late
  expect(request.headers["x-amz-target"]).toBe("Firehose_20150804.PutRecordBatch");
  const records = Records.map(({ Data }: { Data: string }) => Buffer.from(Data, "base64").toString());
  calls.push(records);
  (script.shift() ?? accept)(records, response, request);
});

let endpoint = "";

beforeAll(async () => {
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  endpoint = `http://127.0.0.1:${address.port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** Both clients that deliver: the functions' own, and the SDK's for a replay from a laptop. */
const CLIENTS: Record<string, () => Firehose> = {
  "the functions' own": () => {
    const env = { AWS_REGION: "us-east-1", AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };
    return createFirehose({ ...env, AWS_ENDPOINT_URL: endpoint }, { connect: 400, answer: 400 });
  },
  "the SDK's": () =>
    new SdkFirehose({
      region: "us-east-1",
      endpoint,
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
      maxAttempts: 1,
      requestHandler: { requestTimeout: 400, throwOnRequestTimeout: true },
    }),
};

beforeEach(() => {
  script = [];
  calls = [];
});

const packed = (...names: string[]): PackedRecord<string>[] =>
  names.map((name) => ({ data: Buffer.from(name), origins: [name] }));

describe.each(Object.keys(CLIENTS))("by %s client", (name) => {
  let client: Firehose;
  beforeAll(() => {
    const create = CLIENTS[name];
    if (!create) throw new Error(`no client ${name}`);
    client = create();
    stream = `lake-${Object.keys(CLIENTS).indexOf(name)}`;
  });

  const send = (batches: PackedRecord<string>[][], withinMs = 5000) =>
    deliver(client, stream, batches, Date.now() + withinMs);

  describe("deliver", () => {
    test("what Firehose takes is sent once", async () => {
      expect(await send([packed("a", "b")])).toEqual([{ delivered: [true, true], retries: 0 }]);
      expect(calls).toEqual([["a", "b"]]);
    });

    test("nothing to send makes no call", async () => {
      expect(await send([])).toEqual([]);
      expect(calls).toEqual([]);
    });

    test("each call has its own answer, in order, however many are in flight", async () => {
      const batches = Array.from({ length: 10 }, (_, i) => packed(`${i}a`, `${i}b`));
      script = Array.from({ length: 10 }, () => (records, response) => {
        const isThird = records[0]?.startsWith("3");
        setTimeout(
          () => (isThird ? fail(400, "InvalidArgumentException") : accept)(records, response, response.req),
          Math.random() * 20,
        );
      });
      const results = await send(batches);
      expect(results.map(({ delivered }) => delivered)).toEqual(batches.map((_, i) => [i !== 3, i !== 3]));
      expect(calls.length).toBe(10);
    });

    test("of a partial failure only the refused records are sent again, in order", async () => {
      script = [refuse(1, 3), refuse(1)];
      expect(await send([packed("a", "b", "c", "d", "e")])).toEqual([
        { delivered: [true, true, true, true, true], retries: 2 },
      ]);
      expect(calls).toEqual([["a", "b", "c", "d", "e"], ["b", "d"], ["d"]]);
    });

    test.each([
      ["throttling", fail(400, "ThrottlingException")],
      ["a limit", fail(400, "LimitExceededException")],
      ["an unavailable service", fail(503, "ServiceUnavailableException")],
      ["an internal failure", fail(500, "InternalFailure")],
      [
        "an answer that is no JSON",
        (_records: readonly string[], response: ServerResponse) => void response.writeHead(502).end("<html>"),
      ],
      ["a call without an answer", hang],
      ["a connection that is reset", reset],
      ["every record refused", refuse(0, 1)],
    ])("%s passes: the whole call is sent again", async (_, step) => {
      script = [step, step];
      expect(await send([packed("a", "b")])).toEqual([{ delivered: [true, true], retries: 2 }]);
      expect(calls).toEqual([
        ["a", "b"],
        ["a", "b"],
        ["a", "b"],
      ]);
    });

    test("an answer that does not speak of a record has not taken it", async () => {
      script = [(_, response) => answer(response, 200, { FailedPutCount: 0, RequestResponses: [{ RecordId: "1" }] })];
      script.push((_, response) => answer(response, 200, {}));
      expect(await send([packed("a", "b")])).toEqual([{ delivered: [true, true], retries: 2 }]);
      expect(calls).toEqual([["a", "b"], ["b"], ["b"]]);
    });

    test.each([
      "ResourceNotFoundException",
      "InvalidArgumentException",
      "AccessDeniedException",
      "InvalidKMSResourceException",
    ])("%s is ours to mend: it is reported at once, not tried again", async (type) => {
      script = [refuse(0), fail(400, type)];
      const [result] = await send([packed("a", "b")]);
      expect(result).toMatchObject({ delivered: [false, true], retries: 1, error: `${type}: no` });
      expect(calls).toEqual([["a", "b"], ["a"]]);
    });
  });

  describe("the deadline", () => {
    test.each([
      [
        "the service is down",
        fail(503, "ServiceUnavailableException"),
        /ServiceUnavailableException: no|Timeout|Abort/i,
      ],
      ["every call hangs", hang, /Timeout|Abort/i],
      ["a record is refused again and again", refuse(0), /ServiceUnavailableException: Slow down\.|Timeout|Abort/i],
    ])("is kept when %s, and what is not delivered is reported", async (_, step, error) => {
      script = Array.from({ length: 1000 }, () => step);
      const started = Date.now();
      const [result] = await send([packed("a")], 1500);
      expect(Date.now() - started).toBeLessThan(6000);
      expect(result).toMatchObject({ delivered: [false], error: expect.stringMatching(error) });
      expect(calls.length).toBeGreaterThan(1);
    });

    test("what was taken before it stays delivered", async () => {
      script = [refuse(1), ...Array.from({ length: 1000 }, () => fail(500, "InternalFailure"))];
      expect((await send([packed("a", "b", "c")], 250))[0]?.delivered).toEqual([true, false, true]);
    });

    test("when it has passed already, everything is reported and nothing thrown", async () => {
      script = [hang];
      expect((await send([packed("a")], -1000))[0]).toMatchObject({ delivered: [false] });
    });
  });
});
