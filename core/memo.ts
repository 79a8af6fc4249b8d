/** Longest key that is remembered unless said, in characters: an address with its zone and more. */
const LONGEST_KEY = 64;

/** Stands for an answer of undefined. */
const NOTHING = Symbol("nothing");

/**
 * Remembers answers by their key, a text or a number, at most so many: a full memory is forgotten whole. Addresses repeat from event to event,
 * and a hostile stream of new ones costs a map and no more.
 *
 * @param most answers that are kept, of about 100 bytes each beside their own size
 * @param longest key that is remembered, in characters
 */
export function remember<T, K extends string | number = string>(
  most: number,
  answer: (key: K) => T,
  longest = LONGEST_KEY,
): (key: K) => T {
  const known = new Map<K, T | typeof NOTHING>();
  return (key) => {
    const before = known.get(key);
    if (before === NOTHING) return undefined as T; // it was put there as one
    if (before !== undefined) return before;
    const made = answer(key);
    if (typeof key === "string" && key.length > longest) return made;
    if (known.size >= most) known.clear();
    known.set(key, made === undefined ? NOTHING : made);
    return made;
  };
}
