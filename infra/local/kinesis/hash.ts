/** Hash keys: 128-bit numbers, kept as 32 hexadecimal digits so that text order is number order. */

import { hash } from "node:crypto";

const KEY_SPACE = 1n << 128n;
const HEX_DIGITS = 32;

export interface HashRange {
  /** First hash key of the range, 32 hexadecimal digits. */
  hashStart: string;
  /** Last hash key of the range, inclusive. */
  hashEnd: string;
}

/** A partition key's hash key: its MD5 (PutRecord, Kinesis API Reference). */
export function hashOf(partitionKey: string): string {
  return hash("md5", partitionKey, "hex");
}

/** From the wire's decimal; undefined when it is 2^128 or more. */
export function fromDecimal(decimal: string): string | undefined {
  const number = BigInt(decimal);
  return number < KEY_SPACE ? toHex(number) : undefined;
}

/** To the wire's decimal. */
export function toDecimal(hex: string): string {
  return toNumber(hex).toString();
}

/** The hash key just below; the caller knows that there is one. */
export function before(hex: string): string {
  return toHex(toNumber(hex) - 1n);
}

/** Whether `right` starts where `left` ends. */
export function adjacent(left: HashRange, right: HashRange): boolean {
  return toNumber(left.hashEnd) + 1n === toNumber(right.hashStart);
}

/** Cuts the whole key space into `count` ranges of one size; the last takes the remainder, as on AWS. */
export function evenRanges(count: number): HashRange[] {
  const width = KEY_SPACE / BigInt(count);
  return Array.from({ length: count }, (_, i) => ({
    hashStart: toHex(width * BigInt(i)),
    hashEnd: toHex((i === count - 1 ? KEY_SPACE : width * BigInt(i + 1)) - 1n),
  }));
}

function toNumber(hex: string): bigint {
  return BigInt(`0x${hex}`);
}

function toHex(number: bigint): string {
  return number.toString(16).padStart(HEX_DIGITS, "0");
}
