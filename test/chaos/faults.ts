import type { Random } from "../bench/random.ts";
import { randomFor } from "./seed.ts";

/** What may happen to a request. The names are those of the report. */
export type FaultKind =
  | "throttled"
  | "part refused"
  | "500"
  | "reset before it was taken"
  | "reset after it was taken"
  | "no answer after it was taken"
  | "slow";

export interface Fault {
  readonly kind: FaultKind;
  /** For the fault's own choices: which entries, how slow. */
  readonly random: Random;
}

/** Of 1,000 requests, for the operations that are harmed. No answer costs the caller its whole timeout: it is rare. */
const RATES: Readonly<Record<string, Rates>> = {
  "Firehose.PutRecordBatch": {
    throttled: 80,
    "part refused": 160,
    "500": 60,
    "reset before it was taken": 40,
    "reset after it was taken": 40,
    "no answer after it was taken": 2,
    slow: 60,
  },
  "Kinesis.PutRecords": {
    throttled: 50,
    "part refused": 150,
    "500": 40,
    "reset before it was taken": 40,
    "reset after it was taken": 30,
    "no answer after it was taken": 4,
    slow: 60,
  },
  "S3.PUT": { throttled: 80, "500": 80, "reset before it was taken": 40, "reset after it was taken": 40, slow: 60 },
  "S3.GET": { throttled: 60, "500": 60, "reset before it was taken": 40, slow: 60 },
};

/** Kinds that are at least this likely happen once each to an operation's first requests, so that short runs have them. */
const EARLY = 10;

/** Tries of an SDK client (its default): this many failures in a row reach the code that called it. */
const SDK_TRIES = 3;

const FAILING: readonly FaultKind[] = ["throttled", "500", "reset before it was taken"];

export interface Faults {
  /**
   * The fate of the next request of an operation: the n-th one has the same fate in every run of a seed.
   *
   * @param path of the request: a payload that quarantine stores fails for as long as the SDK tries the first time, so that
   * its record has to come again
   */
  next(operation: string, path: string): Fault | undefined;
  /** From now on nothing happens to any request. */
  stop(): void;
}

export function createFaults(seed: number): Faults {
  const counts = new Map<string, number>();
  let isOver = false;

  function count(what: string): number {
    const now = (counts.get(what) ?? 0) + 1;
    counts.set(what, now);
    return now;
  }

  return {
    next(operation, path) {
      const rates = RATES[operation];
      if (!rates || isOver) return undefined;
      const number = count(operation);
      const random = randomFor(seed, `${operation}/${number}`);
      const isFirst = operation === "S3.PUT" && path.includes("/quarantine-payloads/") && count(path) <= SDK_TRIES;
      const early = earlyKinds(rates, randomFor(seed, operation))[number - 1];
      const kind = isFirst ? random.pick(FAILING) : (early ?? drawn(rates, random.int(0, 999)));
      return kind && { kind, random };
    },
    stop() {
      isOver = true;
    },
  };
}

type Rates = Readonly<Partial<Record<FaultKind, number>>>;

function earlyKinds(rates: Rates, random: Random): FaultKind[] {
  const kinds = kindsOf(rates).filter((kind) => (rates[kind] ?? 0) >= EARLY);
  const places = new Map(kinds.map((kind) => [kind, random.int(0, 1_000_000)]));
  return kinds.sort((a, b) => (places.get(a) ?? 0) - (places.get(b) ?? 0));
}

function kindsOf(rates: Rates): FaultKind[] {
  return Object.keys(rates) as FaultKind[]; // keys of the table above
}

function drawn(rates: Rates, ticket: number): FaultKind | undefined {
  let left = ticket;
  return kindsOf(rates).find((kind) => {
    left -= rates[kind] ?? 0;
    return left < 0;
  });
}
