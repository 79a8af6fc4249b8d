import type { Window } from "../../core/partition.ts";
import type { Collected, EventRow } from "./collect.ts";
import { compareRows, type FieldChange } from "./compare.ts";
import { findStored, type Query } from "./stored.ts";

const HOUR_MS = 3_600_000;

/** Characters of ids that one query asks for: Athena takes a statement of 262,144 bytes (StartQueryExecution). */
const QUERY_CHARACTERS = 200_000;

/** One event that a replay would change. */
export interface Difference {
  /** `new`: nothing is stored of it. `gone`: its row stays, but no plugin would make it any more. */
  readonly change: "changed" | "new" | "gone";
  readonly eventid: string;
  readonly source: string;
  readonly utctimestamp: string;
  readonly summary: string;
  readonly fields: readonly FieldChange[];
  /** Why it is gone. */
  readonly reason?: string;
}

export interface DiffCounts {
  same: number;
  changed: number;
  new: number;
  gone: number;
}

export interface DiffOptions {
  readonly query: Query;
  readonly window: Window;
  readonly byHour: boolean;
  readonly source: string | undefined;
  readonly now: () => number;
  readonly print: (difference: Difference) => void;
}

/** What is to be looked up: a row that would be written, or a document that none would be written for. */
interface Candidate {
  readonly ids: readonly string[];
  readonly row?: EventRow;
  readonly reason?: string;
  /** Hours in which its stored row is nearly always. */
  readonly near: readonly number[];
  readonly arrivedMs: Collected["arrivedMs"];
}

/**
 * Compares what a replay would write with what is stored, in as few queries as their length allows.
 *
 * A stored row is looked for in the hour that the new one would be filed under and in those of the arrival; only what is
 * not found there is looked for in all the hours in which the window lets it be.
 */
export function createDiff(options: DiffOptions) {
  const { query, print } = options;
  const counts: DiffCounts = { same: 0, changed: 0, new: 0, gone: 0 };
  const near = createQueue((candidates) => lookNear(candidates));
  const far = createQueue((candidates) => lookFar(candidates));

  async function lookNear(candidates: readonly Candidate[]): Promise<void> {
    const stored = await findStored(
      query,
      idsOf(candidates),
      new Set(candidates.flatMap((candidate) => candidate.near)),
    );
    for (const candidate of candidates) {
      const before = firstOf(candidate.ids, stored);
      if (before) judge(candidate, before);
      else await far.add(candidate);
    }
  }

  async function lookFar(candidates: readonly Candidate[]): Promise<void> {
    const stored = await findStored(query, idsOf(candidates), hoursAround(candidates, options));
    for (const candidate of candidates) judge(candidate, firstOf(candidate.ids, stored));
  }

  function judge({ row, reason = "" }: Candidate, before: EventRow | undefined): void {
    if (!row) {
      if (before && (options.source ?? before.source) === before.source) tell("gone", before, [], reason);
    } else if (!before) {
      tell("new", row, []);
    } else {
      const fields = compareRows(before, row, options.byHour);
      if (fields.length === 0) counts.same++;
      else tell("changed", row, fields);
    }
  }

  function tell(change: Difference["change"], row: EventRow, fields: readonly FieldChange[], reason?: string): void {
    counts[change]++;
    const { eventid, source, utctimestamp, summary } = row;
    print({ change, eventid, source, utctimestamp, summary, fields, ...(reason !== undefined && { reason }) });
  }

  return {
    counts,
    async add({ rows, without, arrivedMs }: Collected): Promise<void> {
      for (const row of rows) await near.add({ ids: [row.eventid], row, near: [hourOf(row), ...arrivedMs], arrivedMs });
      for (const { ids, reason } of without) await near.add({ ids, reason, near: arrivedMs, arrivedMs });
    },
    /** Looks up what is left. */
    async finish(): Promise<void> {
      await near.flush();
      await far.flush();
    },
  };
}

/** Gathers candidates until a query of their ids is full; one query at a time. */
function createQueue(look: (candidates: readonly Candidate[]) => Promise<void>) {
  let waiting: Candidate[] = [];
  let characters = 0;
  let looking: Promise<void> = Promise.resolve();
  function flush(): Promise<void> {
    const candidates = waiting;
    waiting = [];
    characters = 0;
    if (candidates.length > 0) looking = looking.then(() => look(candidates));
    return looking;
  }
  return {
    flush,
    async add(candidate: Candidate): Promise<void> {
      waiting.push(candidate);
      for (const id of candidate.ids) characters += id.length + "'', ".length;
      if (characters > QUERY_CHARACTERS) await flush();
    },
  };
}

function idsOf(candidates: readonly Candidate[]): string[] {
  return [...new Set(candidates.flatMap(({ ids }) => ids))];
}

function firstOf(ids: readonly string[], stored: ReadonlyMap<string, EventRow>): EventRow | undefined {
  return ids.map((id) => stored.get(id)).find((row) => row !== undefined);
}

function hourOf({ year, month, day, hour }: EventRow): number {
  return Date.parse(`${year}-${month}-${day}T${hour}:00:00Z`);
}

/** Every hour that an event of that arrival may be filed under; by arrival in Firehose, any hour since. */
function hoursAround(candidates: readonly Candidate[], { window, byHour, now }: DiffOptions): number[] {
  const arrivals = candidates.flatMap(({ arrivedMs }) => arrivedMs);
  const last = byHour ? Math.max(...arrivals) + window.futureHours * HOUR_MS : now();
  const first = Math.min(...arrivals) - (byHour ? window.lateHours * HOUR_MS : 0);
  return Array.from({ length: Math.floor((last - first) / HOUR_MS) + 2 }, (_, i) => first + i * HOUR_MS);
}
