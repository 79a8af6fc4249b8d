import { describe, expect, test } from "vitest";
import { LOG_RETENTION_DAYS } from "../../infra/limits.ts";
import { readSettings } from "../../infra/settings.ts";

const YEAR = 2026;
const read = (context: Record<string, unknown>) => readSettings(context, YEAR);

describe("settings", () => {
  test("nothing given is everything standard", () => {
    expect(read({ "@aws-cdk/some:flag": true })).toMatchObject({
      partitionBy: "event",
      bufferSeconds: 60,
      versioned: true,
    });
  });

  test.each([
    ["a number as cdk.json has it", { "lake:bufferSeconds": 300 }, { bufferSeconds: 300 }],
    ["a number as the command line has it", { "lake:bufferSeconds": "300" }, { bufferSeconds: 300 }],
    ["a flag as cdk.json has it", { "lake:versioned": false }, { versioned: false }],
    ["a flag as the command line has it", { "lake:versioned": "false" }, { versioned: false }],
    ["a choice", { "lake:partitionBy": "arrival" }, { partitionBy: "arrival" }],
    ["a choice of numbers", { "lake:logRetentionDays": "731" }, { logRetentionDays: 731 }],
    ["a topic", { "lake:alarmTopicArn": "arn:aws-cn:sns:cn-north-1:123456789012:a" }, {}],
  ])("%s is read", (_, context, expected) => {
    expect(read(context)).toMatchObject(expected);
  });

  test.each([
    ["an unknown name", { "lake:bufferSecond": 60 }, /lake:bufferSecond is no setting; there are .*bufferSeconds/],
    ["all settings in one object", { lake: { bufferSeconds: 60 } }, /lake:<setting>/],
    ["too small a number", { "lake:bufferSeconds": 59 }, /lake:bufferSeconds is 59, .* from 60 to 900/],
    ["too large a number", { "lake:batchSize": 10_001 }, /from 1 to 10000/],
    ["a fraction", { "lake:retentionHours": 24.5 }, /whole number/],
    ["no number", { "lake:retentionHours": "24h" }, /is "24h"/],
    ["an empty text for a number", { "lake:retentionHours": "" }, /is ""/],
    ["a null", { "lake:retentionHours": null }, /is null/],
    ["an unknown choice", { "lake:partitionBy": "day" }, /one of event, arrival/],
    ["a retention CloudWatch lacks", { "lake:logRetentionDays": 91 }, /one of 1, 3, 5/],
    ["no topic", { "lake:alarmTopicArn": "alarms" }, /SNS topic/],
    ["more partitions than Firehose holds", { "lake:lateHours": 498 }, /500 partitions/],
    ["years the wrong way round", { "lake:firstYear": 2040 }, /2040 comes after lake:lastYear 2035/],
    ["a last year that is now", { "lake:lastYear": YEAR }, /hides events/],
  ])("%s is refused", (_, context, message) => {
    expect(() => read(context)).toThrow(message);
  });

  test("every mistake is named at once", () => {
    const mistakes = { "lake:batchSize": 0, "lake:partitionBy": "day", "lake:typo": 1 };
    expect(() => read(mistakes)).toThrow(/batchSize.*partitionBy.*typo/s);
  });

  test("what fits the window to the last partition is taken", () => {
    expect(read({ "lake:lateHours": 497 })).toMatchObject({ lateHours: 497, futureHours: 1 });
  });

  test("log retentions rise, as CloudWatch lists them", () => {
    expect([...LOG_RETENTION_DAYS].sort((a, b) => a - b)).toEqual(LOG_RETENTION_DAYS);
  });
});
