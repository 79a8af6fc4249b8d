import type { Columns } from "./columns.ts";
import { createNamed, type Named } from "./named.ts";
import type { OrderedPlugin } from "./order.ts";

/** The plugins that ran on an event, in order: events of a kind share one list, which is written once. */
export interface Ran {
  readonly labels: string[];
  /** The list as JSON. */
  readonly json: string;
  /** Fields that they may have added and that others look for. */
  readonly shows: Named;
  /** Columns of the events that these ran on. */
  readonly columns: Columns[];
  /** By the position of the plugin that ran next. */
  readonly next: (Ran | undefined)[];
}

/** Lists that are kept; events that summon plugins in any other combination are rare, or hostile. */
const MAX_LISTS = 10_000;

let lists = 0;

export function createRan(labels: readonly string[], shows: readonly string[] = []): Ran {
  const json = JSON.stringify(labels);
  return { labels: [...labels], json, shows: createNamed([...new Set(shows)]), columns: [], next: [] };
}

/** One plugin more. */
export function ranNext(ran: Ran, position: number, { label, shows }: OrderedPlugin): Ran {
  const known = ran.next[position];
  if (known) return known;
  const next = createRan([...ran.labels, label], [...ran.shows.names, ...shows]);
  if (++lists <= MAX_LISTS) ran.next[position] = next;
  return next;
}
