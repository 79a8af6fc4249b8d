import { hasField, type JsonObject } from "../../core/json.ts";
import { definePlugin, type Metadata } from "../../core/plugin.ts";
import { toUTC } from "../../core/time.ts";
import { TIME_OF_DAY } from "../../core/time-formats.ts";

/** Where a time is looked for, in this order; a value that is no time gives way to the next, then to the next name. */
const FIELDS = ["timestamp", "@timestamp", "time", "eventtime", "start"];

/** Where the decoder puts what an envelope said; its times count only when the event names none (`metadata.fallback`). */
const ENVELOPES = ["_cloudwatchlogs", "_eventbridge", "_records", "_wrapper", "_splunk", "_elasticsearch"];

/**
 * Finds when the event happened, at any depth, and records when the lake processed it.
 *
 * Sets utctimestamp and details._utcprocessedtimestamp. An event that names its time already, in a top-level
 * `utctimestamp` or by an earlier plugin, keeps it. `time` may be a time of day with its `date` beside it.
 */
export default definePlugin({
  name: "timestamps",
  registration: ["*"],
  priority: 20,
  lookups: [...FIELDS, "date"],
  adds: ["_utcprocessedtimestamp"],
  shallow: true,
  fields: ["_utcprocessedtimestamp", ...ENVELOPES],
  onMessage(event, metadata) {
    if (event.utctimestamp === metadata.fallback) {
      event.utctimestamp = firstTime(event.details, metadata) ?? event.utctimestamp;
    }
    event.details._utcprocessedtimestamp = metadata.processed;
    return event;
  },
  examples: [
    { in: '{"eventTime":"2020-06-19T00:40:11Z"}', out: { utctimestamp: "2020-06-19T00:40:11+00:00" } },
    { in: '{"start":1567619699123}', out: { utctimestamp: "2019-09-04T17:54:59.123000+00:00" } },
    { in: '{"date":"2020-09-01","time":"17:48:18"}', out: { utctimestamp: "2020-09-01T17:48:18+00:00" } },
  ],
});

function firstTime(details: JsonObject, { named, holders, arrivalMs }: Metadata): string | undefined {
  for (const field of named(FIELDS)) {
    const own = toUTC(timeIn(details, field), arrivalMs);
    if (own !== undefined) return own;
    for (const holder of holders(field)) {
      if (holder === details || ENVELOPES.some((name) => details[name] === holder)) continue;
      const time = toUTC(timeIn(holder, field), arrivalMs);
      if (time !== undefined) return time;
    }
  }
  return undefined;
}

function timeIn(holder: JsonObject, field: string): unknown {
  const value = hasField(holder, field) ? holder[field] : undefined;
  if (field !== "time" || typeof value !== "string" || typeof holder.date !== "string") return value;
  return TIME_OF_DAY.test(value.trim()) ? `${holder.date} ${value.trim()}` : value;
}
