/** The plugins that ran on an event, in order: events of a kind share one list, which is written once. */
export interface Ran {
  readonly labels: string[];
  /** The list as JSON. */
  readonly json: string;
  /** By the position of the plugin that ran next. */
  readonly next: (Ran | undefined)[];
}

/** Lists that are kept; events that summon plugins in any other combination are rare, or hostile. */
const MAX_LISTS = 10_000;

let lists = 0;

export function createRan(labels: readonly string[]): Ran {
  return { labels: [...labels], json: JSON.stringify(labels), next: [] };
}

/** One plugin more. */
export function ranNext(ran: Ran, position: number, label: string): Ran {
  const known = ran.next[position];
  if (known) return known;
  const next = createRan([...ran.labels, label]);
  if (++lists <= MAX_LISTS) ran.next[position] = next;
  return next;
}
