import { expect, test } from "vitest";
import { config } from "../../handlers/config.ts";

const ENV = {
  DELIVERY_STREAM: "events",
  QUARANTINE_STREAM: "quarantine",
  LAKE_BUCKET: "lake",
  PARTITION_BY: "event",
  LATE_HOURS: "480",
  FUTURE_HOURS: "1",
  ACCEPT_TEXT: "false",
  WATCHED_SOURCES: "okta,gsuite",
  GEO_DATABASES: "enrich/city.mmdb,s3://lists/asn.mmdb",
  LOOKUP_TABLES: "",
};

test("the environment that infra/consumer.ts sets is read", () => {
  expect(config(ENV)).toEqual({
    deliveryStream: "events",
    quarantineStream: "quarantine",
    lakeBucket: "lake",
    partitionBy: "event",
    acceptText: false,
    watchedSources: new Set(["okta", "gsuite"]),
    places: { geo: ["enrich/city.mmdb", "s3://lists/asn.mmdb"], lookups: [] },
    window: { lateHours: 480, futureHours: 1 },
  });
  expect(config({ ...ENV, ACCEPT_TEXT: "true" }).acceptText).toBe(true);
  expect(config({ ...ENV, WATCHED_SOURCES: "" }).watchedSources).toEqual(new Set());
});

test("every key that is missing or wrong is named at once", () => {
  const { LAKE_BUCKET, ...missing } = ENV;
  const wrong = { ...missing, PARTITION_BY: "day", ACCEPT_TEXT: "yes" };
  expect(() => config(wrong)).toThrow(/LAKE_BUCKET is not set; PARTITION_BY is "day"; ACCEPT_TEXT is "yes"/);
});
