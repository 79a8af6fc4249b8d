/** A seeded stream of choices: the same seed gives the same corpus on every machine. */
export interface Random {
  /** A whole number from `low` to `high`, both included. */
  int(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
  digits(length: number): string;
  /** Lower-case hexadecimal digits. */
  hex(length: number): string;
  /** Upper-case letters and digits, as AWS writes its identifiers. */
  code(length: number): string;
  /** An identifier of the form of a UUID. */
  uuid(): string;
}

/** Makes a generator (mulberry32: 32 bits of state, good enough for invented values). */
export function createRandom(seed: number): Random {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (low: number, high: number) => low + Math.floor(next() * (high - low + 1));
  const text = (alphabet: string, length: number) =>
    Array.from({ length }, () => alphabet[int(0, alphabet.length - 1)]).join("");
  const hex = (length: number) => text("0123456789abcdef", length);
  return {
    int,
    hex,
    chance: (probability) => next() < probability,
    pick(list) {
      const item = list[int(0, list.length - 1)];
      if (item === undefined) throw new RangeError("random: nothing to pick from an empty list");
      return item;
    },
    digits: (length) => text("0123456789", length),
    code: (length) => text("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", length),
    uuid: () => [hex(8), hex(4), hex(4), hex(4), hex(12)].join("-"),
  };
}

/** An address of the documentation networks (RFC 5737, RFC 3849); about one in twelve is IPv6. */
export function publicAddress(random: Random): string {
  if (random.chance(0.08)) return `2001:db8:${random.hex(4)}::${random.int(1, 9)}${random.hex(2)}`;
  return `${random.pick(["192.0.2", "198.51.100", "203.0.113"])}.${random.int(1, 254)}`;
}

export function privateAddress(random: Random): string {
  return `10.${random.int(0, 255)}.${random.int(0, 255)}.${random.int(1, 254)}`;
}

const NAMES = ["amara.okoye", "jonas", "mei-lin.tan", "p.fournier", "deploy-bot", "s.ivarsson", "ruth", "ci-runner"];
const NON_ASCII_NAMES = ["zoë.müller", "łukasz", "山田太郎", "françois.lefèvre"];

/** A user's name; about one in twenty is not ASCII. */
export function userName(random: Random): string {
  return random.pick(random.chance(0.05) ? NON_ASCII_NAMES : NAMES);
}
