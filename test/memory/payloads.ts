import { deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { createCorpus } from "../bench/corpus.ts";
import { FORMATS } from "../bench/formats.ts";

/** What Lambda hands over at once at most: 6 MB of JSON, in which a record's payload is in base64. */
const PAYLOAD_BYTES = 6 * 1024 * 1024;

/** Room in it for what stands beside a record's payload. */
const ENVELOPE_BYTES = 500;

/** Resident memory that a process may have at most, in MB, when it takes a batch of 6 MB. */
const USUAL_MB = 160;

/** The same when one record alone expands to nearly all that it may (core/limits.ts), which is beside that. */
const BOMB_MB = USUAL_MB + 32;

const SMALL = JSON.stringify({ eventName: "bomb", text: "x".repeat(300) });
const BOMB_EVENTS = Math.floor((30 * 1024 * 1024) / (SMALL.length + 1));

interface Batch {
  readonly payloads: () => Buffer[];
  readonly mostMB: number;
  readonly events: number;
}

/** Batches that fill the 6 MB in ways that cost memory, by what is special about them. */
export const BATCHES: Readonly<Record<string, Batch>> = {
  "10,000 small records": {
    payloads: () => repeated((i) => Buffer.from(`{"eventName":"E${i}","n":${i}}`), 10_000),
    mostMB: USUAL_MB,
    events: 10_000,
  },
  "events of the usual size": {
    payloads() {
      const { texts } = createCorpus(6000);
      return filled((i) => Buffer.from(texts[i % texts.length] ?? ""));
    },
    mostMB: USUAL_MB,
    events: 2942,
  },
  "records of a megabyte, an event a line": {
    payloads() {
      const lines = Buffer.from(createCorpus(1000).texts.join("\n")).subarray(0, 1_000_000);
      return filled(() => lines.subarray(0, lines.lastIndexOf("\n")));
    },
    mostMB: USUAL_MB,
    events: 3224,
  },
  "one event of a megabyte a record": {
    payloads: () => filled(() => Buffer.from(JSON.stringify({ text: "x".repeat(1_000_000) }))),
    mostMB: USUAL_MB,
    events: 4,
  },
  // 27 MB of events, whose rows are 53 MB.
  "compressed records of a thousand events": {
    payloads() {
      const record = gzipSync(createCorpus(1000).texts.join("\n"));
      return filled(() => record);
    },
    mostMB: USUAL_MB,
    events: 22_000,
  },
  "compressed lists of a thousand events": {
    payloads() {
      const record = gzipSync(`[${createCorpus(1000).texts}]`);
      return filled(() => record);
    },
    mostMB: USUAL_MB,
    events: 22_000,
  },
  "subscriptions of CloudWatch Logs, of 400 events each": {
    payloads() {
      const record = FORMATS.cloudwatch.write(createCorpus(400).texts);
      return filled(() => record);
    },
    mostMB: USUAL_MB,
    events: 20_400,
  },
  "a record that expands to 30 MB of lines": {
    payloads: () => [gzipSync(bomb())],
    mostMB: BOMB_MB,
    events: BOMB_EVENTS,
  },
  "five of them": {
    payloads: () => repeated(() => gzipSync(bomb()), 5),
    mostMB: BOMB_MB,
    events: 5 * BOMB_EVENTS,
  },
  "one of zlib": {
    payloads: () => [deflateSync(bomb())],
    mostMB: BOMB_MB,
    events: BOMB_EVENTS,
  },
  "one of zstd": {
    payloads: () => [zstdCompressSync(bomb())],
    mostMB: BOMB_MB,
    events: BOMB_EVENTS,
  },
  "a record that expands to a list of 30 MB": {
    payloads: () => [gzipSync(`{"Records":[${`${SMALL},`.repeat(BOMB_EVENTS - 1)}${SMALL}]}`)],
    mostMB: BOMB_MB,
    events: BOMB_EVENTS,
  },
};

function bomb(): string {
  return `${SMALL}\n`.repeat(BOMB_EVENTS);
}

function repeated(make: (i: number) => Buffer, count: number): Buffer[] {
  return Array.from({ length: count }, (_, i) => make(i));
}

function filled(make: (i: number) => Buffer): Buffer[] {
  const payloads: Buffer[] = [];
  for (let left = PAYLOAD_BYTES; ; ) {
    const payload = make(payloads.length);
    left -= Math.ceil((payload.length * 4) / 3) + ENVELOPE_BYTES;
    if (left < 0) return payloads;
    payloads.push(payload);
  }
}
