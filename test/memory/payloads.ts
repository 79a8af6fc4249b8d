import { gzipSync } from "node:zlib";
import { createCorpus } from "../bench/corpus.ts";

/** What Lambda hands over at once at most: 6 MB of JSON, in which a record's payload is in base64. */
const PAYLOAD_BYTES = 6 * 1024 * 1024;

/** Room in it for what stands beside a record's payload. */
const ENVELOPE_BYTES = 500;

/** Batches that fill the 6 MB in ways that cost memory, by what is special about them. */
export const BATCHES: Readonly<Record<string, () => Buffer[]>> = {
  "10,000 small records": () => repeated((i) => Buffer.from(`{"eventName":"E${i}","n":${i}}`), 10_000),
  "events of the usual size": () => {
    const { texts } = createCorpus(6000);
    return filled((i) => Buffer.from(texts[i % texts.length] ?? ""));
  },
  "records of a megabyte, an event a line": () => {
    const lines = Buffer.from(createCorpus(800).texts.join("\n")).subarray(0, 1_000_000);
    return filled(() => lines.subarray(0, lines.lastIndexOf("\n")));
  },
  "one event of a megabyte a record": () => filled(() => Buffer.from(JSON.stringify({ text: "x".repeat(1_000_000) }))),
  "compressed records of a thousand events": () => {
    const record = gzipSync(createCorpus(1000).texts.join("\n"));
    return filled(() => record);
  },
  "lines that expand to 30 MB": () => bombs(`${JSON.stringify({ eventName: "bomb", text: "x".repeat(300) })}\n`),
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

/** A few records, each of which expands to just under the limit (core/limits.ts). */
function bombs(unit: string): Buffer[] {
  const bomb = gzipSync(unit.repeat(Math.floor((30 * 1024 * 1024) / unit.length)));
  return repeated(() => bomb, 4);
}
