/** A `key=value` of a line; a value in quotes may hold blanks, and only text after a blank is a key. */
const PAIR = /(?<=^|\s)([a-z][\w.-]{0,63})=(?:'([^']*)'|"([^"]*)"|(\S*))/gi;

/** More pairs than this are no line of the formats that are known here. */
const MOST_PAIRS = 100;

/**
 * The `key=value` pairs of a line, as appliances write them: `src=192.0.2.1 agent='curl 7' action="block"`.
 *
 * Keys are in lower case, the first of a name counts, and quotes are taken off. Text between the pairs is passed over.
 */
export function pairsIn(line: string): Map<string, string> {
  const pairs = new Map<string, string>();
  for (const [, key = "", single, double, bare] of line.matchAll(PAIR)) {
    const name = key.toLowerCase();
    if (!pairs.has(name)) pairs.set(name, single ?? double ?? bare ?? "");
    if (pairs.size === MOST_PAIRS) break;
  }
  return pairs;
}
