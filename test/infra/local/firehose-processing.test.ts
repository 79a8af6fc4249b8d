import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type DeliveryStreamConfig, planStream } from "../../../infra/local/firehose/config.ts";
import { compileExtractor } from "../../../infra/local/firehose/jq.ts";
import { evaluatePrefix, parsePrefix } from "../../../infra/local/firehose/prefix.ts";
import { processRecords } from "../../../infra/local/firehose/process.ts";
import { splitDelimited, splitJson } from "../../../infra/local/firehose/split.ts";

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const texts = (pieces: Uint8Array[] | undefined) => pieces?.map((piece) => Buffer.from(piece).toString());

describe("RecordDeAggregation", () => {
  test.each([
    ['{"a":1}{"a":2}', ['{"a":1}', '{"a":2}']],
    ['{"a":1}\n\n {"a":2}\r\n', ['{"a":1}', '{"a":2}']],
    ['{"a":"}{\\"\\\\"}[{"b":[]}]', ['{"a":"}{\\"\\\\"}', '[{"b":[]}]']],
    ['{\n  "a": 1\n}', ['{  "a": 1}']],
    ["", undefined],
    ["1 2", undefined],
    ['{"a":1}}', undefined],
    ['{"a":1},{"a":2}', undefined],
    ['{"a":"\n"}', undefined],
    ['{"a":"\u0000"}', undefined],
  ])("JSON: %j", (record, expected) => {
    expect(texts(splitJson(bytes(record)))).toEqual(expected);
  });

  test("whatever JSON documents are put one after another come out one by one", () => {
    const document = fc.oneof(fc.object(), fc.array(fc.json().map((text) => JSON.parse(text))));
    const gap = fc.constantFrom("", "\n", " \r\n\t");
    fc.assert(
      fc.property(fc.array(fc.tuple(document, gap, fc.boolean()), { minLength: 1, maxLength: 20 }), (parts) => {
        const record = parts.map(([value, space, indented]) => JSON.stringify(value, null, indented ? 2 : 0) + space);
        const found = splitJson(bytes(record.join("")))?.map((piece) => JSON.parse(Buffer.from(piece).toString()));
        expect(found).toEqual(parts.map(([value]) => JSON.parse(JSON.stringify(value))));
      }),
    );
  });

  test("DELIMITED: at the delimiter, empty parts left out", () => {
    expect(texts(splitDelimited(bytes("a####b########c####"), bytes("####")))).toEqual(["a", "b", "c"]);
    expect(splitDelimited(bytes("a;".repeat(501)), bytes(";"))).toBeUndefined();
  });
});

describe("MetadataExtraction", () => {
  test("a document is told from its neighbors, whatever it holds", async () => {
    const extract = await compileExtractor("{year:.year}");
    const one = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.json(),
      fc.constant('{"year":"2026"} {}'),
      fc.constant("\n\n"),
    );
    fc.assert(
      fc.property(fc.array(one, { maxLength: 30 }), (records) => {
        const documents = records.flatMap((text, index) => [bytes(`{"year":"y${index}"}`), bytes(text)]);
        const found = extract(documents).filter((_, index) => index % 2 === 0);
        expect(found).toEqual(records.map((_, index) => ({ keys: { year: `y${index}` } })));
      }),
      { numRuns: 50 },
    );
  });

  test.each([
    ['{t:(if has("code") then "q" else "e" end)}', '{"code":1}', { keys: { t: "q" } }],
    ['{d:(.ms/1000|strftime("%Y-%m-%d %H"))}', '{"ms":1000000000000}', { keys: { d: "2001-09-09 01" } }],
    ["{y:.at[0:4]}", '{"at":"2026-11-24"}', { keys: { y: "2026" } }],
    ["{y:.at[0:4]}", '{"at":null}', { failure: "partitionKeys values must not be null or empty" }],
    ["{y:.y} # the year", '{"y":"1"}', { keys: { y: "1" } }],
    [".a[]|{y:.}", '{"a":["1","2"]}', { failure: "partitionKeys values must not be null or empty" }],
    ['{y:("a"|error)}', "{}", { failure: "jq: a" }],
  ])("%s of %s", async (query, document, expected) => {
    const extract = await compileExtractor(query);
    expect(extract([bytes(document)])).toEqual([expected]);
  });

  test("a program that jq cannot compile is refused", async () => {
    await expect(compileExtractor("{y:")).rejects.toThrow(/jq cannot compile \{y:/);
  });
});

const plan = (
  s3 = {},
  processors?: { Type: string; Parameters: { ParameterName: string; ParameterValue: string }[] }[],
) => {
  const ProcessingConfiguration = { Enabled: processors !== undefined, Processors: processors ?? [] };
  const destination = { BucketARN: "arn:aws:s3:::lake", ProcessingConfiguration, ...s3 };
  const config: DeliveryStreamConfig = { DeliveryStreamName: "s", ExtendedS3DestinationConfiguration: destination };
  return planStream(config);
};

describe("the configuration", () => {
  test("without processors, records are one partition and stay as they are", () => {
    const { partitions } = processRecords(plan(), () => [], [bytes("a\nb"), bytes("c")]);
    expect([...partitions.values()].map(({ documents }) => texts(documents))).toEqual([["a\nb", "c"]]);
  });

  const jq = (query: string) => [
    {
      Type: "MetadataExtraction",
      Parameters: [
        { ParameterName: "MetadataExtractionQuery", ParameterValue: query },
        { ParameterName: "JsonParsingEngine", ParameterValue: "JQ-1.6" },
      ],
    },
  ];
  const partitioned = { DynamicPartitioningConfiguration: { Enabled: true } };
  const prefixes = { Prefix: "!{partitionKeyFromQuery:y}/", ErrorOutputPrefix: "e/!{firehose:error-output-type}/" };

  test.each([
    ["an unknown processor", () => plan({}, [{ Type: "Lambda", Parameters: [] }]), /processor Lambda/],
    ["another compression", () => plan({ CompressionFormat: "ZIP" }), /CompressionFormat ZIP/],
    ["partitions without keys", () => plan({ ...partitioned, ...prefixes }), /need each other/],
    ["keys without partitions", () => plan(prefixes, jq("{y:.y}")), /need each other/],
    ["no error prefix", () => plan({ ...partitioned, Prefix: prefixes.Prefix }, jq("{y:.y}")), /needs both/],
    [
      "what only a newer jq understands",
      () => plan({ ...partitioned, ...prefixes }, jq('{"y":if .a then "b" else "c" end}')),
      /needs parentheses around "if"/,
    ],
    ["an unknown expression", () => plan({ Prefix: "!{partitionKeyFromLambda:x}/" }), /stream s: prefix expression/],
  ])("%s is refused", (_, make, message) => {
    expect(make).toThrow(message);
  });
});

describe("prefixes", () => {
  const arrival = Date.parse("2026-03-05T04:09:07.008Z");
  const data = { isError: false, partitioned: false };

  test.each([
    ["", "2026/03/05/04/"],
    ["raw/", "raw/2026/03/05/04/"],
    ["a/!{timestamp:yyyy}/!{timestamp:MM/dd'T'HH-mm-ss}", "a/2026/03/05T04-09-07"],
    ["!{timestamp:'year='yyyy'/it''s 'EEE, d MMM yy, h a, DDD, SSS}", "year=2026/it's Thu, 5 Mar 26, 4 AM, 064, 008"],
  ])("%s", (prefix, expected) => {
    expect(evaluatePrefix(parsePrefix(prefix, data), { arrival, zone: "UTC" })).toBe(expected);
  });

  test("time zone, keys, the error's type and random text", () => {
    const keyed = parsePrefix("!{partitionKeyFromQuery:k}/!{timestamp:HH}/", { ...data, partitioned: true });
    expect(evaluatePrefix(keyed, { arrival, zone: "Asia/Tokyo", keys: { k: "v" } })).toBe("v/13/");
    const failed = parsePrefix("e/", { ...data, isError: true });
    expect(evaluatePrefix(failed, { arrival, zone: "UTC", errorType: "bad" })).toBe("e/bad/2026/03/05/04/");
    const random = parsePrefix("!{firehose:random-string}/!{timestamp:yyyy}/", data);
    expect(evaluatePrefix(random, { arrival, zone: "UTC" })).toMatch(/^[0-9a-z]{11}\/2026\/$/);
  });

  const error = { ...data, isError: true };
  test.each([
    ["!{timestamp:YYYY}/", data, /field YYYY of YYYY is not supported/],
    ["!{firehose:error-output-type}/", data, /allowed in ErrorOutputPrefix only/],
    ["!{timestamp:yyyy}/", error, /must contain !\{firehose:error-output-type\}/],
    ["!{partitionKeyFromQuery:k}/", error, /partition keys are not allowed/],
    ["none/", { ...data, partitioned: true }, /uses no partition key/],
  ])("%s may not stand there: %j", (prefix, rules, message) => {
    expect(() => parsePrefix(prefix, rules)).toThrow(message);
  });
});
