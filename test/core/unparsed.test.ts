import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { decode } from "../../core/decode.ts";
import { parseJson } from "../../core/json.ts";
import { unparsedIn } from "../../core/unparsed.ts";
import { aggregate } from "../aggregate.ts";

const logs = (messages: readonly unknown[], rest: object = {}) =>
  JSON.stringify({
    ...{ messageType: "DATA_MESSAGE", owner: "123456789012", logGroup: "g", logStream: "s", ...rest },
    logEvents: messages.map((message, i) => ({ id: `${i}`, timestamp: 1_600_173_296_789 + i, message })),
  });

/** What the decoder says of each document, and what is told without it. */
const decoded = (payload: Uint8Array) =>
  decode(payload).map((document) => ({
    document: "error" in document ? document.error.code : document.parse(),
    payload: Buffer.from(document.payload()).toString(),
    place: [document.subsequence, document.index, document.partitionKey],
    timeMs: "error" in document ? undefined : document.timeMs,
  }));
/** Undefined when some are left to the decoder. */
function unparsed(payload: Uint8Array): unknown[] | undefined {
  const documents: unknown[] = [];
  const reading = unparsedIn(payload);
  for (let next = reading.next(); ; next = reading.next()) {
    if (next.done) return next.value ? documents : undefined;
    const { bytes, payload, subsequence, index, partitionKey, timeMs } = next.value;
    documents.push({
      document: parseJson(Buffer.from(bytes).toString()),
      payload: Buffer.from(payload()).toString(),
      place: [subsequence, index, partitionKey],
      timeMs,
    });
  }
}

const aggregated = (...list: readonly string[]) =>
  aggregate(list.map((text) => ({ key: "k", data: Buffer.from(text) })));

describe("documents are told apart as the decoder tells them", () => {
  test.each([
    ["lines", Buffer.from('{"a":1}\n{"b":[2]}\r\n\n{"c":3}\n')],
    ["compressed lines", gzipSync('{"a":1}\n{"b":2}')],
    ["a list", Buffer.from('[{"a":[{"b":"}\\""}]} ,\n{"c":1.50}]\n')],
    ["a list of one", gzipSync('[{"a":1}]')],
    ["records of CloudTrail", gzipSync('{"Records":[{"a":1.50},{ "b":{"c":"é"}}] }')],
    ["aggregated lists", aggregated('[{"a":1},{"b":1}]', '{"Records":[{"a":1}]}')],
    ["one compressed document", gzipSync('{"a":1}')],
    ["an aggregated record", aggregated('{"a":1}', '{"b":1}\n{"c":1}')],
    ["CloudWatch Logs", gzipSync(logs(['{"a":1}', '{"b":{"c":"\\"}"}}\n'], { subscriptionFilters: ["f"] }))],
    ["one log event of CloudWatch Logs", gzipSync(logs(['{"a":1}']))],
  ])("%s", (_, payload) => {
    expect(unparsed(payload)).toEqual(decoded(payload));
  });
});

describe("are left to the decoder", () => {
  test.each([
    ["a list of something else", '[{"a":1},1]'],
    ["a list that holds an envelope", '[{"a":1},{"Records":[{"a":1}]}]'],
    ["a list with an object that is none", '[{"a":1},{"b":01}]'],
    ["an empty list", "[]"],
    ["a list that does not end", '[{"a":1},{"b":1}'],
    ["what follows a list", '[{"a":1}]\n[{"b":1}]'],
    ["records with something beside them", '{"Records":[{"a":1}],"b":1}'],
    ["a line that is no object", '{"a":1}\n5'],
    ["a document over several lines", '{\n"a":1}'],
    ["blanks before a line", '{"a":1}\n {"b":1}'],
    ["a log event with a text", logs(["text"])],
    ["a log event with blanks behind its object", logs(['{"a":1} '])],
    ["an envelope with a number", logs(['{"a":1}'], { version: 1.1 })],
    ["no log events", logs([])],
    ["nothing", ""],
  ])("%s", (_, text) => expect(unparsed(Buffer.from(text))).toBeUndefined());

  test("truncated and broken gzip, and too many lines", () => {
    expect(unparsed(gzipSync('{"a":1}\n{"b":2}').subarray(0, 20))).toBeUndefined();
    expect(unparsed(Buffer.from([0x1f, 0x8b, 1, 2, 3]))).toBeUndefined();
    expect(unparsed(gzipSync('{"a":1}\n'.repeat(250_001)))).toBeUndefined();
  });
});
