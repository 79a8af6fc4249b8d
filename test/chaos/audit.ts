import { type Corpus, numberOf, type Payload, payloadOf } from "./payloads.ts";
import type { Produced } from "./producer.ts";
import type { Streamed } from "./stream.ts";
import { type Outcomes, placeOf, type Verdict, verdictOn } from "./verdict.ts";

/** What is known of a run, from everywhere but the lake's own counts. */
export interface Evidence extends Corpus, Outcomes {
  readonly produced: Produced;
  /** Everything on the stream before anything was redriven. */
  readonly stream: readonly Streamed[];
}

/** A payload of which something is lost. */
export interface Loss {
  readonly payload: number;
  readonly kind: string;
  readonly why: string;
}

export interface Audit {
  /** Records on the stream, and documents in them. */
  readonly records: number;
  readonly documents: number;
  /** Documents, by what became of them; together they are all. */
  readonly outcomes: Readonly<Record<Verdict["outcome"], number>>;
  /** Rows that de-duplication by id takes away. */
  readonly duplicates: number;
  /** The payloads of each kind that are on the stream. */
  readonly kinds: ReadonlyMap<string, ReadonlySet<number>>;
  readonly lost: readonly Loss[];
  /** Rows and records that nothing explains, and differences between the copies of one event. */
  readonly unexplained: readonly string[];
}

/**
 * Holds what is in the lake's storage against what was put: the records of the stream tell which ids there must be, the
 * payloads' own descriptions (kinds.ts) what must have become of each document.
 */
export function audit(evidence: Evidence): Audit {
  const { stream, stored } = evidence;
  const lost: Loss[] = [];
  const unexplained: string[] = [];
  const outcomes = { delivered: 0, quarantined: 0, dropped: 0, redriven: 0, lost: 0 };
  const ids = { events: new Set<string>(), quarantine: new Set<string>() };
  const kinds = new Map<string, Set<number>>();
  const onStream = new Map<string, number>();

  for (const record of stream) {
    const number = numberOf(record.key);
    if (number === undefined) unexplained.push(`record ${placeOf(record)} of the key ${record.key}`);
    else take(record, payloadOf(evidence, number));
  }
  checkProduced();
  explainRows();
  const documents = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
  const duplicates = stored.rows - stored.events.size - stored.quarantine.size;
  return { records: onStream.size, documents, outcomes, duplicates, kinds, lost, unexplained };

  function lose({ number, kind }: Payload, why: string): void {
    lost.push({ payload: number, kind, why });
  }

  function take(record: Streamed, payload: Payload): void {
    onStream.set(placeOf(record), payload.number);
    kinds.set(payload.kind, (kinds.get(payload.kind) ?? new Set()).add(payload.number));
    if (!record.isIntact) lose(payload, "its bytes on the stream are not what was put");
    for (const document of payload.documents) {
      const { outcome, table, id, problem } = verdictOn(record, document, evidence);
      outcomes[outcome]++;
      if (table) ids[table].add(id);
      if (outcome === "lost") lose(payload, problem ?? "");
      else if (problem) unexplained.push(problem);
    }
  }

  /** What was put is on the stream, and where the stream said. */
  function checkProduced(): void {
    const numbers = new Set(onStream.values());
    for (let number = 0; number < evidence.produced.payloads; number++) {
      if (!numbers.has(number)) lose(payloadOf(evidence, number), "it is not on the stream");
    }
    for (const [place, number] of evidence.produced.acknowledged) {
      if (onStream.get(place) !== number) lose(payloadOf(evidence, number), `the stream said that it is at ${place}`);
    }
  }

  function explainRows(): void {
    for (const [id, { copies, differing, probe }] of stored.events) {
      if (!ids.events.has(id)) unexplained.push(`event ${id} (${probe}) of no record`);
      if (differing > 0) unexplained.push(`${differing} of ${copies} copies of event ${id} differ`);
    }
    for (const id of stored.quarantine.keys()) {
      if (!ids.quarantine.has(id)) unexplained.push(`quarantine entry ${id} of no record`);
    }
    for (const place of stored.givenUp) if (!onStream.has(place)) unexplained.push(`${place} was given up by Lambda`);
    if (stored.errors > 0) unexplained.push(`${stored.errors} rows are under errors/`);
  }
}
