import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What the consumer's log lines say, over all runs of the lake in its folder. */
export interface Logged {
  /** Documents, each time they were processed. */
  received: number;
  delivered: number;
  dropped: number;
  quarantined: number;
  toComeAgain: number;
  /** Lines whose received is not the sum of the other four. */
  unbalanced: number;
  /** Documents that were given back for another reason than S3 not taking their payload. */
  givenBack: number;
  /** Some of those reasons. */
  readonly reasons: Set<string>;
}

/** One document more or less in a line of metrics (handlers/report.ts). */
interface Line {
  readonly Received: number;
  readonly Delivered: number;
  readonly Dropped: number;
  readonly Quarantined: number;
  readonly ToComeAgain: number;
  readonly errors: readonly string[];
}

/** S3 has failed as often as the SDK tries: the record has to come again, and faults.ts sees to it that it happens. */
const PAYLOAD_NOT_STORED = /^the payload could not be stored/;

export function readConsumerLog(dir: string, consumer: string): Logged {
  const logged: Logged = {
    ...{ received: 0, delivered: 0, dropped: 0, quarantined: 0, toComeAgain: 0, unbalanced: 0, givenBack: 0 },
    reasons: new Set(),
  };
  for (const line of linesOf(join(dir, "logs", `${consumer}.log`)))
    if (line.includes('"message":"batch"')) add(logged, line);
  return logged;
}

function add(logged: Logged, text: string): void {
  const line: Line = JSON.parse(text);
  const { Received, Delivered, Dropped, Quarantined, ToComeAgain, errors } = line;
  logged.received += Received;
  logged.delivered += Delivered;
  logged.dropped += Dropped;
  logged.quarantined += Quarantined;
  logged.toComeAgain += ToComeAgain;
  if (Received !== Delivered + Dropped + Quarantined + ToComeAgain) logged.unbalanced++;
  const others = errors.filter((error) => !PAYLOAD_NOT_STORED.test(error));
  if (others.length > 0) logged.givenBack += ToComeAgain;
  for (const error of others) logged.reasons.add(error);
}

/** Invocations that threw, timed out or crashed, as the mapping logged them. */
export function countCrashes(dir: string): number {
  return linesOf(join(dir, "logs", "lake.log")).filter((line) => line.includes("the function failed on")).length;
}

/** What the harmful plugin noted (plugin.ts), by what it did: the probes, in order and as often as it did it. */
export function readNotes(bundle: string): ReadonlyMap<string, readonly unknown[]> {
  const notes = linesOf(join(bundle, "notes.ndjson")).map((line): { what: string; probe: unknown } => JSON.parse(line));
  return new Map(
    [...Map.groupBy(notes, ({ what }) => what)].map(([what, list]) => [what, list.map(({ probe }) => probe)]),
  );
}

function linesOf(file: string): string[] {
  return existsSync(file)
    ? readFileSync(file, "utf8")
        .split("\n")
        .filter((line) => line !== "")
    : [];
}
