import { describe, expect, test } from "vitest";
import { addBit, copyBits, createBits, hasBit, nextBit } from "../../core/bits.ts";

function bitsOf(...numbers: number[]) {
  const bits = createBits(100);
  for (const number of numbers) addBit(bits, number);
  return bits;
}

describe("a set of bits", () => {
  const numbers = [0, 1, 30, 31, 32, 63, 64, 99];

  test("holds what was added, and nothing else", () => {
    const bits = bitsOf(...numbers);
    expect(Array.from({ length: 100 }, (_, i) => i).filter((i) => hasBit(bits, i))).toEqual(numbers);
  });

  test("is walked in order, from any number on", () => {
    const bits = bitsOf(...numbers);
    const walked: number[] = [];
    for (let at = nextBit(bits, 0); at >= 0; at = nextBit(bits, at + 1)) walked.push(at);
    expect(walked).toEqual(numbers);
    expect([nextBit(bits, 2), nextBit(bits, 31), nextBit(bits, 65), nextBit(bits, 100)]).toEqual([30, 31, 99, -1]);
  });

  test("is made as another is", () => {
    const bits = bitsOf(5, 40);
    copyBits(bitsOf(7), bits);
    expect([hasBit(bits, 5), hasBit(bits, 7), hasBit(bits, 40)]).toEqual([false, true, false]);
  });
});
