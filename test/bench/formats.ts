import { gunzipSync, gzipSync } from "node:zlib";
import { deaggregate } from "../../core/kpl.ts";
import { aggregate } from "../aggregate.ts";

/** How events come in a record, and the least that a consumer in JavaScript does with it. */
export interface Format {
  /** Events that a producer puts into a record. */
  readonly perRecord: number;
  write(texts: readonly string[]): Buffer;
  /** Decompresses and takes apart; then each event is parsed and written. */
  floor(payload: Buffer): Buffer[];
  /** Where an event stands in its record. */
  place(i: number): { readonly subsequence: number; readonly index: number };
}

const inPayload = (i: number) => ({ subsequence: 0, index: i });

export const FORMATS = {
  /** An event a record. */
  plain: {
    perRecord: 1,
    write: ([text = ""]) => Buffer.from(text),
    floor: (payload) => [rewritten(payload.toString())],
    place: inPayload,
  },
  /** An event a line, compressed. */
  gzip: {
    perRecord: 40,
    write: (texts) => gzipSync(texts.join("\n")),
    floor: (payload) => gunzipSync(payload).toString().split("\n").map(rewritten),
    place: inPayload,
  },
  /** Aggregated by the Kinesis Producer Library. */
  kpl: {
    perRecord: 40,
    write: (texts) => aggregate(texts.map((text) => ({ key: "bench", data: Buffer.from(text) }))),
    floor: (payload) => (deaggregate(payload) ?? []).map(({ data }) => rewritten(Buffer.from(data).toString())),
    place: (i) => ({ subsequence: i, index: 0 }),
  },
  /** A subscription of CloudWatch Logs, an event a log event. */
  cloudwatch: {
    perRecord: 40,
    write: (texts) => gzipSync(JSON.stringify(subscription(texts))),
    floor(payload) {
      const { logEvents }: ReturnType<typeof subscription> = JSON.parse(gunzipSync(payload).toString());
      return logEvents.map(({ message }) => rewritten(message));
    },
    place: inPayload,
  },
} as const satisfies Record<string, Format>;

export type FormatName = keyof typeof FORMATS;

function rewritten(json: string): Buffer {
  const value: unknown = JSON.parse(json);
  return Buffer.from(`${JSON.stringify(value)}\n`);
}

/** What CloudWatch Logs sends: User Guide, "Subscription filters". */
function subscription(texts: readonly string[]) {
  return {
    messageType: "DATA_MESSAGE",
    owner: "000000000000",
    logGroup: "/bench/events",
    logStream: "bench",
    subscriptionFilters: ["lake"],
    logEvents: texts.map((message, i) => ({ id: String(i).padStart(56, "3"), timestamp: 1_592_560_800_000, message })),
  };
}
