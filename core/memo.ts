/** Longest key that is remembered, in characters: an address with its zone and more. */
const LONGEST_KEY = 64;

/**
 * Remembers answers by their key, at most so many: a full memory is forgotten whole. Addresses repeat from event to event,
 * and a hostile stream of new ones costs a map and no more.
 *
 * @param most answers that are kept, of about 100 bytes each beside their own size
 */
export function remember<T>(most: number, answer: (key: string) => T): (key: string) => T {
  const known = new Map<string, T>();
  return (key) => {
    const before = known.get(key);
    if (before !== undefined || known.has(key)) return before as T; // it was put there as one
    const made = answer(key);
    if (key.length > LONGEST_KEY) return made;
    if (known.size >= most) known.clear();
    known.set(key, made);
    return made;
  };
}
