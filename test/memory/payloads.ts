import { gzipSync } from "node:zlib";
import { createCorpus } from "../bench/corpus.ts";

/** What Lambda hands over at once at most: 6 MB of JSON, in which a record's payload is in base64. */
const PAYLOAD_BYTES = 6 * 1024 * 1024;

/** Room in it for what stands beside a record's payload. */
const ENVELOPE_BYTES = 500;

/** Resident memory that a process may have at most, in MB, when it takes a batch of 6 MB. */
const USUAL_MB = 160;

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
    mostMB: 280,
    events: 22_000,
  },
  // A bomb as large as one may be: a record is taken as a whole. Lambda has 1,769 MB.
  "a record that expands to 30 MB": {
    payloads: () => [bomb(`${JSON.stringify({ eventName: "bomb", text: "x".repeat(300) })}\n`)],
    mostMB: 900,
    events: 95_037,
  },
};

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

/** A record that expands to just under the limit (core/limits.ts). */
function bomb(unit: string): Buffer {
  return gzipSync(unit.repeat(Math.floor((30 * 1024 * 1024) / unit.length)));
}
