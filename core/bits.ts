/** Sets of small whole numbers, as the bits of a few words: which plugins of the run order an event summons. */
export type Bits = Int32Array;

/** An empty set of numbers below `count`. */
export function createBits(count: number): Bits {
  return new Int32Array((count + 31) >>> 5);
}

export function addBit(bits: Bits, number: number): void {
  const word = number >>> 5;
  bits[word] = (bits[word] ?? 0) | (1 << (number & 31));
}

export function hasBit(bits: Bits, number: number): boolean {
  return ((bits[number >>> 5] ?? 0) & (1 << (number & 31))) !== 0;
}

/** The least number of the set that is not below `from`; -1 when there is none. */
export function nextBit(bits: Bits, from: number): number {
  let mask = -1 << (from & 31);
  for (let word = from >>> 5; word < bits.length; word++) {
    const rest = (bits[word] ?? 0) & mask;
    if (rest !== 0) return word * 32 + 31 - Math.clz32(rest & -rest);
    mask = -1;
  }
  return -1;
}

/** Makes one set as another is, which has room for as many numbers. A few words are copied faster here than by a call. */
export function copyBits(from: Bits, to: Bits): void {
  for (let word = 0; word < to.length; word++) to[word] = from[word] ?? 0;
}
