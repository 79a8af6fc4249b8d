import { gzipSync } from "node:zlib";
import { MAX_PAYLOAD_BYTES } from "../../handlers/records.ts";
import { aggregate } from "../aggregate.ts";
import type { Random } from "../bench/random.ts";
import type { Document, Payload } from "./payloads.ts";

/** What a payload is made from. */
interface Making {
  readonly seed: number;
  readonly startMs: number;
  readonly number: number;
  readonly random: Random;
}

type Made = Pick<Payload, "data" | "documents">;

interface Kind {
  /** Of 10,000 payloads; 0 for a special, which payloads.ts places. */
  readonly share: number;
  make(making: Making): Made;
}

const HOUR_MS = 3_600_000;

/** Every kind of payload, by the name that reports use. What is not among the shares is one plain object. */
export const kinds: Readonly<Record<string, Kind>> = {
  "one object": { share: 8_500, make: (making) => one(making) },
  "an id of its own": { share: 300, make: withOwnId },
  "dropped by a plugin": { share: 200, make: (making) => one(making, { chaos: "drop" }, { fate: "dropped" }) },
  "a plugin throws": { share: 100, make: (making) => one(making, { chaos: "throw" }, { tagged: true }) },
  lines: { share: 200, make: (making) => several(making, (lines) => Buffer.from(lines.join("\n"))) },
  "lines in gzip": { share: 200, make: (making) => several(making, (lines) => gzipSync(lines.join("\n"))) },
  "a list": { share: 100, make: (making) => several(making, (lines) => Buffer.from(`[${lines.join(",")}]`)) },
  "aggregated by the KPL": { share: 200, make: aggregated },
  "one bad line": { share: 50, make: withBadLine },
  "no JSON": { share: 50, make: ({ number }) => poison(number, "invalid_json", `${number} is no JSON`) },
  "no gzip": { share: 30, make: ({ number }) => poison(number, "invalid_gzip", [0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 5, 6]) },
  "no UTF-8": { share: 30, make: ({ number }) => poison(number, "invalid_utf8", [0x7b, 0x22, 0xff, 0x22, 0x7d]) },
  "no object": { share: 30, make: ({ number }) => poison(number, "not_an_object", String(number)) },
  "nested too deep": { share: 10, make: ({ number }) => poison(number, "too_deep", nested(20_000)) },

  "a gzip bomb": { share: 0, make: ({ number }) => poison(number, "expansion_limit", bomb()) },
  "1 MiB that is no JSON": { share: 0, make: ({ number }) => poison(number, "invalid_json", large("no JSON ")) },
  "1 MiB of one event": { share: 0, make: tooLarge },
  "a plugin loops": { share: 0, make: (making) => one(making, { chaos: "loop" }, { tagged: true }) },
  "kills the function twice": { share: 0, make: (making) => one(making, { chaos: "crash twice" }) },
  "kills the function each time": {
    share: 0,
    make: (making) => one(making, { chaos: "crash" }, { fate: "given up" }),
  },
};

function one(making: Making, fields = {}, expected: Partial<Document> = {}): Made {
  return { data: Buffer.from(event(making, 0, fields)), documents: [{ ...documentAt(making, 0), ...expected }] };
}

function event({ number, random, startMs }: Making, place: number, fields = {}): string {
  const hours = random.int(1, 6);
  return JSON.stringify({
    eventName: random.pick(["ConsoleLogin", "AssumeRole", "PutObject"]),
    probe: `${number}.${place}`,
    ...(random.chance(0.4) && { utctimestamp: new Date(startMs - hours * HOUR_MS).toISOString() }),
    sourceIPAddress: `192.0.2.${random.int(1, 254)}`,
    note: "x".repeat(random.int(100, 900)),
    ...fields,
  });
}

function documentAt({ number }: Making, index: number, subsequence = 0): Document {
  return { probe: `${number}.${index + subsequence}`, subsequence, index, fate: "event" };
}

function withOwnId(making: Making): Made {
  const { seed, number, startMs } = making;
  const eventid = `own-${seed}-${number}`;
  const [document] = one(making).documents;
  const details = { probe: `${number}.0` };
  const row = { eventid, utctimestamp: new Date(startMs).toISOString(), source: "chaos", details };
  return { data: Buffer.from(JSON.stringify(row)), documents: document ? [{ ...document, eventid }] : [] };
}

function several(making: Making, pack: (lines: string[]) => Uint8Array): Made {
  const count = making.random.int(2, 20);
  const lines = Array.from({ length: count }, (_, place) => event(making, place));
  return { data: pack(lines), documents: lines.map((_, index) => documentAt(making, index)) };
}

/** Each user record holds one event, half of them in gzip. */
function aggregated(making: Making): Made {
  const { number, random } = making;
  const records = Array.from({ length: random.int(2, 30) }, (_, place) => {
    const text = event(making, place);
    return { key: `chaos-${number}`, data: random.chance(0.5) ? gzipSync(text) : Buffer.from(text) };
  });
  return { data: aggregate(records), documents: records.map((_, place) => documentAt(making, 0, place)) };
}

/** The bad line is quarantined by itself, and its neighbors go on. */
function withBadLine(making: Making): Made {
  const bad = `{"probe": ${making.number} is cut`;
  const lines = [event(making, 0), bad, event(making, 2)];
  const documents = lines.map((_, index) => documentAt(making, index));
  const quarantined = { fate: "quarantined", code: "invalid_json", bytes: Buffer.from(bad) } as const;
  return {
    data: Buffer.from(lines.join("\n")),
    documents: documents.map((document, i) => (i === 1 ? { ...document, ...quarantined } : document)),
  };
}

/** A valid event whose row is more than Firehose takes. */
function tooLarge({ number }: Making): Made {
  const start = `{"probe":"${number}.0","text":"`;
  return poison(number, "too_large", `${start}${"y".repeat(MAX_PAYLOAD_BYTES - start.length - 2)}"}`);
}

function poison(number: number, code: string, content: string | number[] | Uint8Array): Made {
  const data = Buffer.from(content as Uint8Array);
  const document = { probe: `${number}.0`, subsequence: 0, index: 0, fate: "quarantined", code, bytes: data } as const;
  return { data, documents: [document] };
}

function nested(levels: number): string {
  return `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;
}

function large(text: string): string {
  return text.repeat(MAX_PAYLOAD_BYTES / text.length);
}

let made: Uint8Array | undefined;

/** 64 MiB in about 64 KiB: twice what a record may expand to. */
function bomb(): Uint8Array {
  made ??= gzipSync(Buffer.alloc(64 * 1024 * 1024, 0x20));
  return made;
}
