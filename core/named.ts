/** Looked-for names that an event has, and which of them are among those that a plugin asks about. */
export interface Named {
  readonly names: string[];
  /** What was answered before, by the plugin's list: it is the same list for every event, and so are the names of a kind. */
  answers: Map<readonly string[], readonly string[]>;
}

/** Lists that answers are kept for; a plugin that makes a new one each time must not fill the memory. */
const MAX_ANSWERS = 64;

export function createNamed(names: string[] = []): Named {
  return { names, answers: new Map() };
}

export function addName(named: Named, name: string): void {
  const { names, answers } = named;
  if (names.includes(name)) return;
  names.push(name);
  if (answers.size > 0) named.answers = new Map();
}

/** Forgets all names, and what was answered about them. */
export function clearNamed(named: Named): void {
  const { names, answers } = named;
  if (names.length > 0) names.length = 0;
  if (answers.size > 0) named.answers = new Map();
}

/** Those of the list that are named, in its order. */
export function namedAmong({ names, answers }: Named, lookups: readonly string[]): readonly string[] {
  const known = answers.get(lookups);
  if (known) return known;
  const found = Object.freeze(inOrder(names, lookups));
  if (answers.size < MAX_ANSWERS) answers.set(lookups, found);
  return found;
}

/** Those of the names that are in a list, in its order. */
export function inOrder(names: readonly string[], lookups: readonly string[]): string[] {
  const ranks = ranksOf(lookups);
  const found = names.filter((name) => ranks.has(name));
  return found.sort((a, b) => (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0));
}

type Ranks = ReadonlyMap<string, number>;

const ranksByList = new WeakMap<readonly string[], Ranks>();

/** The places of names in a list. */
function ranksOf(lookups: readonly string[]): Ranks {
  const known = ranksByList.get(lookups);
  if (known) return known;
  const ranks = new Map(lookups.map((name, i) => [name, i]));
  ranksByList.set(lookups, ranks);
  return ranks;
}
