import { deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { decode } from "../../core/decode.ts";
import { aggregate } from "../aggregate.ts";

const trail = (name: string) => ({ eventTime: "2020-06-19T00:40:11Z", eventName: name, sourceIPAddress: "192.0.2.7" });
const [LOGIN, LOGOUT] = [trail("ConsoleLogin"), trail('ConsoleLogout {}\n"[')];
const TEXT = JSON.stringify(LOGIN);
const OTHER = JSON.stringify(LOGOUT);

const SUBSCRIPTION = {
  messageType: "DATA_MESSAGE",
  owner: "111122223333",
  logGroup: "/aws/trail",
  logStream: "one",
  subscriptionFilters: ["all"],
  logEvents: [
    { id: "1", timestamp: 1_592_527_211_000, message: TEXT },
    { id: "2", timestamp: 1_592_527_211_000, message: OTHER },
  ],
};

const BUS = {
  version: "0",
  id: "e-1",
  "detail-type": "AWS Console Sign In via CloudTrail",
  source: "aws.signin",
  account: "111122223333",
  time: "2020-06-19T00:40:12Z",
  region: "us-east-1",
  resources: [],
};

const CHANGE = {
  eventName: "INSERT",
  eventSource: "aws:dynamodb",
  tableName: "t",
  dynamodb: { ApproximateCreationDateTime: 1_592_527_211_000, NewImage: { a: { S: "x" } } },
};

/** What each format holds is known: two events, except where one is all there can be. */
const FORMATS: readonly (readonly [name: string, payload: string | Buffer, events: readonly unknown[]])[] = [
  ["a JSON object", TEXT, [LOGIN]],
  ["a pretty-printed JSON object", JSON.stringify(LOGIN, null, 2), [LOGIN]],
  ["a list of objects", `[${TEXT},\n${OTHER}]`, [LOGIN, LOGOUT]],
  ["NDJSON", `${TEXT}\n${OTHER}\n`, [LOGIN, LOGOUT]],
  ["NDJSON with CRLF, blank lines and byte order marks", `\ufeff${TEXT}\r\n\r\n\ufeff${OTHER}\r\n`, [LOGIN, LOGOUT]],
  ["concatenated documents", `${TEXT}${OTHER}`, [LOGIN, LOGOUT]],
  [
    "pretty-printed documents",
    `${JSON.stringify(LOGIN, null, 2)}\n${JSON.stringify(LOGOUT, null, "\t")}`,
    [LOGIN, LOGOUT],
  ],
  ["UTF-16", Buffer.from(`\ufeff${TEXT}\n${OTHER}`, "utf16le"), [LOGIN, LOGOUT]],
  ["a CloudTrail file", JSON.stringify({ Records: [LOGIN, LOGOUT] }), [LOGIN, LOGOUT]],
  [
    "a CloudWatch Logs subscription",
    JSON.stringify(SUBSCRIPTION),
    [LOGIN, LOGOUT].map((event) => ({
      ...event,
      _cloudwatchlogs: expect.objectContaining({ loggroup: "/aws/trail" }),
    })),
  ],
  ["an EventBridge event", JSON.stringify({ ...BUS, detail: LOGIN }), [{ ...LOGIN, _eventbridge: BUS }]],
  ["DynamoDB changes, by the line", `${JSON.stringify(CHANGE)}\n${JSON.stringify(CHANGE)}`, [CHANGE, CHANGE]],
];

const COMPRESSIONS: Record<string, (payload: string | Buffer) => Buffer> = {
  plain: (payload) => Buffer.from(payload),
  gzip: gzipSync,
  zlib: (payload) => deflateSync(payload),
  zstd: (payload) => zstdCompressSync(payload),
  "gzip of zstd": (payload) => gzipSync(zstdCompressSync(payload)),
};

/** Fewer bytes than this say nothing about the compression, and are no text either. */
const MAGIC_BYTES = 4;

function eventsIn(payload: Uint8Array, subsequence = 0): unknown[] {
  return decode(payload)
    .filter((document) => document.subsequence === subsequence)
    .map((document) => ("error" in document ? document.error.code : document.parse()));
}

describe.each(FORMATS)("%s", (_, payload, events) => {
  test.each(Object.entries(COMPRESSIONS))("%s, alone and aggregated", (_, compress) => {
    const bytes = compress(payload);
    expect(eventsIn(bytes)).toEqual(events);
    const neighbor = { key: "other", data: Buffer.from('{"b":2}') };
    const record = aggregate([neighbor, { key: "own", data: bytes }, neighbor]);
    expect(eventsIn(record, 1)).toEqual(events);
    expect([eventsIn(record, 0), eventsIn(record, 2)]).toEqual([[{ b: 2 }], [{ b: 2 }]]);
    expect(decode(record).map(({ partitionKey }) => partitionKey)).toEqual([
      "other",
      ...events.map(() => "own"),
      "other",
    ]);
  });

  test.each(Object.entries(COMPRESSIONS).slice(1))(
    "%s, truncated at any byte: events, and the payload in quarantine",
    (_, compress) => {
      const whole = compress(payload);
      const all = eventsIn(whole);
      for (let length = MAGIC_BYTES; length < whole.length; length++) {
        const cut = whole.subarray(0, length);
        const documents = eventsIn(cut);
        const code = documents.pop();
        const events = documents.filter((event) => event !== "invalid_json"); // a list's start, before a line of it
        expect(all, `${length} of ${whole.length}`).toEqual(expect.arrayContaining(events));
        expect(code, `${length} of ${whole.length}`).toMatch(/^invalid_(gzip|zlib|zstd)$/);
        expect(decode(cut).at(-1)?.payload()).toEqual(cut);
      }
    },
  );

  test("truncated at any byte: each character is in an event or in quarantine", () => {
    const whole = Buffer.from(payload);
    const all = eventsIn(whole);
    for (let length = 1; length < whole.length; length++) {
      const cut = whole.subarray(0, length);
      const documents = decode(cut);
      const events = documents.flatMap((document) => ("error" in document ? [] : [document.parse()]));
      expect(all, `${length} of ${whole.length}`).toEqual(expect.arrayContaining(events));
      const parts = Buffer.concat(documents.map((document) => document.payload()));
      expect(visible(parts), `${length} of ${whole.length}`).toBe(visible(cut));
    }
  });

  function visible(bytes: Uint8Array): string {
    const text = new TextDecoder(payload instanceof Buffer && bytes[1] === 0xfe ? "utf-16le" : "utf-8").decode(bytes);
    return text.replace(/[\s\ufeff,\0]/g, "").replaceAll("\ufffd", "");
  }
});
