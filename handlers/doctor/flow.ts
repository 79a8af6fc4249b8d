import { formatUTC } from "../../core/time.ts";
import { type Finding, findingsOf } from "./finding.ts";
import { DAY_MS, dayPrefix, hourOf, newestHour } from "./hours.ts";
import type { Check, Lake } from "./lake.ts";

const MINUTE_MS = 60_000;

/** Firehose's own interval where a stream states none (Firehose API Reference, BufferingHints). */
const DEFAULT_BUFFER_SECONDS = 300;

/** What a record may take beyond Firehose's buffer: the batch window, a retry, and the half interval that partitioning adds. */
const SLACK_MS = 10 * MINUTE_MS;

/** Whether what arrives on the stream comes out as objects, and how new the newest is. */
export const flow: Check = {
  name: "flow",
  async run(lake) {
    const { hour, odd } = await newestHour(lake.read, "events/");
    const { found, problem, warning } = findingsOf("objects", `s3://${lake.settings.lakeBucket}/events/`);
    if (odd.length > 0)
      problem(
        `objects lie in ${odd[0]}${odd.length > 1 ? ` and ${odd.length - 1} more such folders` : ""}, where the table does not look`,
        `aws s3 ls s3://${lake.settings.lakeBucket}/${odd[0]} --recursive | head`,
      );
    const lag = await lagFindings(lake);
    const wait = "lake put <file> sends some; lake doctor again a few minutes later";
    if (hour === undefined) warning("there is no event in the lake", wait);
    else if (lake.now - hourOf(hour) > 2 * DAY_MS)
      warning(
        `the newest hour with events is ${formatUTC(hourOf(hour)).slice(0, 13)}: a query of today finds nothing`,
        wait,
      );
    return [...found, ...lag];
  },
};

async function lagFindings(lake: Lake): Promise<readonly Finding[]> {
  const { found, problem, warning } = findingsOf("lag", `kinesis ${lake.stream}`);
  const patience = await patienceMs(lake);
  const written = await lastWrite(lake, lake.now - patience);
  if (written !== undefined && written >= lake.now - patience) return found;
  const since = Math.max(written ?? 0, lake.now - DAY_MS);
  const arrived = await lake.read.firstArrival(since);
  if (arrived === undefined) {
    if (lake.now - since >= DAY_MS)
      warning(
        "no record has arrived in 24 hours",
        `lake put sends a test event; then look at the producers of ${lake.stream}`,
      );
  } else if (arrived < lake.now - patience)
    problem(
      `records wait since ${formatUTC(arrived).slice(0, 19)} (${Math.round((lake.now - arrived) / MINUTE_MS)} minutes): ` +
        `${written === undefined ? "no object was written" : `the newest object is of ${formatUTC(written).slice(0, 19)}`}, or plugins drop them all`,
      "look at the mapping and the consumer's log; what waits is on the stream still",
    );
  return found;
}

async function patienceMs(lake: Lake): Promise<number> {
  const description = await lake.read.deliveryStream(lake.settings.deliveryStream);
  const s3 = description?.Destinations?.[0]?.ExtendedS3DestinationDescription;
  const bufferSeconds = s3?.BufferingHints?.IntervalInSeconds ?? DEFAULT_BUFFER_SECONDS;
  return bufferSeconds * 1_000 + SLACK_MS;
}

/**
 * When the newest object was written. Events go to the hour they happened, so each day of the late window may have it; the
 * search ends with the first day that has one written since `enough`.
 */
async function lastWrite({ read, now, settings: { window } }: Lake, enough: number): Promise<number | undefined> {
  let last: number | undefined;
  const from = now + window.futureHours * 3_600_000;
  const days = Math.min(Math.ceil(window.lateHours / 24), MOST_DAYS) + 1;
  const prefixes = [
    dayPrefix("quarantine/", now),
    ...Array.from({ length: days }, (_, n) => dayPrefix("events/", from - n * DAY_MS)),
  ];
  for (const prefix of prefixes) {
    for (const { writtenMs } of await read.objects(prefix)) last = Math.max(last ?? 0, writtenMs);
    if (last !== undefined && last >= enough) return last;
  }
  return last;
}

/** Days that are looked through at most, whatever the window. */
const MOST_DAYS = 21;
