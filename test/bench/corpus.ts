import type { KinesisStreamEvent, KinesisStreamRecord } from "aws-lambda";
import type { JsonObject } from "../../core/json.ts";
import { cloudTrail, runInstances } from "./cloudtrail.ts";
import { FORMATS, type FormatName } from "./formats.ts";
import { createRandom, type Random } from "./random.ts";
import { cloudFront, gsuiteLogin, syslog, vpcFlow } from "./sources.ts";

/** Events that an event source mapping hands over at once, as the template has it (infra/settings.ts), and the unit of timing. */
export const SLICE = 1000;

const SEED = 20_200_619;

/** All events arrive at this instant, and happened in the three hours before it: a batch holds a few partitions. */
export const ARRIVAL_MS = Date.UTC(2020, 5, 19, 12);
const SPREAD_SECONDS = 3 * 3600;

/** What a security lake is sent, by share of the events. */
const MIX: readonly { readonly share: number; readonly make: (random: Random, time: string) => JsonObject }[] = [
  { share: 0.5, make: cloudTrail },
  { share: 0.07, make: runInstances },
  { share: 0.14, make: vpcFlow },
  { share: 0.14, make: cloudFront },
  { share: 0.075, make: syslog },
  { share: 0.075, make: gsuiteLogin },
];

export interface Corpus {
  /** The JSON of each event, as its producer wrote it. */
  readonly texts: readonly string[];
  readonly format: FormatName;
  /** The same as Lambda hands them over, {@link SLICE} events an invocation. */
  readonly slices: readonly KinesisStreamEvent[];
  readonly bytes: number;
  readonly statistics: Statistics;
}

/** Sizes in bytes of an event's UTF-8. */
export interface Statistics {
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly max: number;
  /** Events by the function that made them. */
  readonly kinds: Readonly<Record<string, number>>;
}

/** Generates events with invented values; the same number of events is the same corpus everywhere. */
export function createCorpus(events: number, format: FormatName = "plain"): Corpus {
  const random = createRandom(SEED);
  const kinds: Record<string, number> = {};
  const texts = Array.from({ length: events }, () => {
    const make = draw(random);
    kinds[make.name] = (kinds[make.name] ?? 0) + 1;
    const seconds = Math.floor(ARRIVAL_MS / 1000) - random.int(1, SPREAD_SECONDS);
    return JSON.stringify(make(random, new Date(seconds * 1000).toISOString().replace(".000", "")));
  });
  const sizes = texts.map((text) => Buffer.byteLength(text)).sort((a, b) => a - b);
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  const at = (share: number) => sizes[Math.min(sizes.length - 1, Math.floor(share * sizes.length))] ?? 0;
  const statistics = { mean: Math.round(bytes / events), p50: at(0.5), p90: at(0.9), max: at(1), kinds };
  return { texts, format, slices: slicesOf(texts, format), bytes, statistics };
}

function draw(random: Random): (typeof MIX)[number]["make"] {
  let rest = random.int(0, 999_999) / 1e6;
  for (const { share, make } of MIX) {
    if (rest < share) return make;
    rest -= share;
  }
  return gsuiteLogin;
}

function slicesOf(texts: readonly string[], format: FormatName): KinesisStreamEvent[] {
  const { perRecord, write } = FORMATS[format];
  const payloads: Buffer[] = [];
  for (let i = 0; i < texts.length; i += perRecord) payloads.push(write(texts.slice(i, i + perRecord)));
  const records = payloads.map(recordOf);
  const slices: KinesisStreamEvent[] = [];
  const perSlice = Math.max(1, Math.floor(SLICE / perRecord));
  for (let i = 0; i < records.length; i += perSlice) {
    // Through JSON, as Lambda makes the object: the strings are then of the same kind inside V8.
    slices.push(JSON.parse(JSON.stringify({ Records: records.slice(i, i + perSlice) })));
  }
  return slices;
}

/** The record's shape: Lambda Developer Guide, "Using Lambda to process records from Amazon Kinesis Data Streams". */
function recordOf(payload: Buffer, place: number): KinesisStreamRecord {
  const sequenceNumber = `4960829837${String(place).padStart(46, "0")}`;
  return {
    awsRegion: "us-east-1",
    eventID: `shardId-000000000000:${sequenceNumber}`,
    eventName: "aws:kinesis:record",
    eventSource: "aws:kinesis",
    eventSourceARN: "arn:aws:kinesis:us-east-1:000000000000:stream/bench",
    eventVersion: "1.0",
    invokeIdentityArn: "arn:aws:iam::000000000000:role/bench",
    kinesis: {
      approximateArrivalTimestamp: ARRIVAL_MS / 1000,
      data: payload.toString("base64"),
      kinesisSchemaVersion: "1.0",
      partitionKey: String(place),
      sequenceNumber,
    },
  };
}
