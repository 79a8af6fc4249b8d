import { afterAll, beforeAll, expect, test } from "vitest";
import { arrivalPartition } from "../../core/partition.ts";
import { examine } from "../../handlers/doctor/examine.ts";
import { type Lab, openLab } from "./doctor-lab.ts";

const HOUR_MS = 3_600_000;

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
});
afterAll(() => lab?.close());

const found = async (now = Date.now()) =>
  (await examine(lab.lake({ now }))).map(({ severity, check, what }) => `${severity} ${check}: ${what}`);

/** Each step adds to what the steps before it left in the lake. */
test("an empty lake is no problem: it says that nothing has arrived", async () => {
  expect((await found()).sort()).toEqual([
    "warning lag: no record has arrived in 24 hours",
    "warning objects: there is no event in the lake",
  ]);
});

test("records that do not come out are a problem once they waited longer than the buffer", async () => {
  await lab.putRecord('{"eventName":"ConsoleLogin"}');
  expect(await found()).toEqual(["warning objects: there is no event in the lake"]);
  expect(await found(Date.now() + 3 * HOUR_MS)).toEqual([
    expect.stringMatching(
      /^problem lag: records wait since 20\d\d-.*\(180 minutes\): no object was written, or plugins/,
    ),
    "warning objects: there is no event in the lake",
  ]);
});

test("events that are days late are no lag, but a query of today finds none", async () => {
  await lab.putEvent(Date.now() - 5 * 24 * HOUR_MS);
  expect(await found()).toEqual([
    expect.stringMatching(/^warning objects: the newest hour with events is 20\d\d-.*: a query of today finds nothing/),
  ]);
});

test("then a record that waits is told with the newest object's time", async () => {
  await lab.putEvent(Date.now());
  expect(await found()).toEqual([]);
  await new Promise((resolve) => setTimeout(resolve, 5));
  await lab.putRecord('{"eventName":"later"}');
  expect(await found(Date.now() + 2 * HOUR_MS)).toEqual([
    expect.stringMatching(/^problem lag: .*\(120 minutes\): the newest object is of 20/),
  ]);
});

test("what Firehose refused is told by kind, with its own reason", async () => {
  const { year, month, day, hour } = arrivalPartition(Date.now());
  const error = {
    attemptsMade: 4,
    arrivalTimestamp: Date.now(),
    errorCode: "DynamicPartitioning.MetadataExtractionFailed",
    errorMessage: "partitionKeys values must not be null or empty",
    rawData: "e30=",
  };
  const folder = `errors/metadata-extraction-failed/year=${year}/month=${month}/day=${day}/hour=${hour}`;
  await lab.put(`${folder}/a.json.gz`, `${JSON.stringify(error)}\n`);
  expect(await found()).toEqual([
    "problem refused: Firehose refused rows in the last day: metadata-extraction-failed (1 in number), the newest: " +
      "DynamicPartitioning.MetadataExtractionFailed: partitionKeys values must not be null or empty",
  ]);
  expect(await found(Date.now() + 25 * HOUR_MS)).not.toContainEqual(expect.stringContaining("refused"));
});

test("what Lambda gave up is told, with the way back", async () => {
  await lab.put("aws/lambda/uuid/shardId-0/2026/11/24/2026-11-24T08.00.00-x", "{}");
  const findings = await examine(lab.lake());
  expect(findings.map(({ fix }) => fix)).toContain("lake redrive --only failures");
});

test("a few quarantined records are no fault; many more than before are", async () => {
  const position = { stream: lab.place.stream, shard: "shardId-0", sequence: "1", subsequence: 0 };
  const quarantine = (count: number) =>
    lab.putQuarantined(
      Array.from({ length: count }, (_, index) => ({
        ...{ code: "invalid_json", message: "not JSON: at 1", partitionKey: "k", payload: Buffer.from("{") },
        ...{ arrivalMs: Date.now(), position: { ...position, index } },
      })),
    );
  await quarantine(99);
  expect(await found()).not.toContainEqual(expect.stringContaining("quarantine:"));
  await quarantine(51);
  expect(await found()).toContainEqual(
    "problem quarantine: 150 records became invalid_json in 6 hours, 0 in the 18 before: not JSON: at 1",
  );
});

test("objects where the table does not look are a problem", async () => {
  await lab.put("events/2026/11/24/08/a.json.gz", "{}\n");
  expect(await found()).toContainEqual("problem objects: objects lie in events/2026/, where the table does not look");
});
