import type { Request } from "./forward.ts";
import { numberOf } from "./payloads.ts";

/** A fault that took place, and the payloads that it may have harmed. */
export interface Injected {
  readonly name: string;
  readonly touched: readonly number[] | "all so far";
  /** Payloads that had been put until then. */
  readonly payloads: number;
}

/** The keys of payloads in what a request carries: of records on the stream, of quarantined rows; and events' own probes. */
const TRACES = /chaos-(\d+)|probe\\":\\"(\d+)\./g;

/** The payloads that a request is about; all so far where it does not say. */
export function touchedBy({ headers, body }: Request): Injected["touched"] {
  const target = String(headers["x-amz-target"]);
  if (!target.includes(".Put")) return "all so far";
  const { Records }: { Records: readonly { PartitionKey?: string; Data: string }[] } = JSON.parse(body.toString());
  const numbers = Records.flatMap(({ PartitionKey, Data }) => {
    const number = PartitionKey === undefined ? undefined : numberOf(PartitionKey);
    return number === undefined ? numbersIn(Buffer.from(Data, "base64").toString("latin1")) : [number];
  });
  return [...new Set(numbers)];
}

function numbersIn(text: string): number[] {
  return [...text.matchAll(TRACES)].map(([, key, probe]) => Number(key ?? probe));
}

/** Whether none of the payloads that a fault may have harmed is among the lost. */
export function isSurvived({ touched, payloads }: Injected, lost: ReadonlySet<number>): boolean {
  if (touched === "all so far") return ![...lost].some((number) => number < payloads);
  return !touched.some((number) => lost.has(number));
}
