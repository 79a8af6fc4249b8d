/** The UUID of a name (RFC 9562, version 5): SHA-1 (FIPS 180-4) of a name space and the name, written as text. */

import { UUID } from "./memory";

/** Longest name with its name space, in bytes. */
export const MAX_NAME_BYTES: i32 = 4096;

// At `UUID`, behind its text: the state; the words of a block; the block whose state was kept, and that state. The name follows.
const STATE: usize = UUID + 48;
const WORDS: usize = STATE + 32;
const KEPT: usize = WORDS + 320;
const KEPT_STATE: usize = KEPT + 64;
export const NAME_BYTES: i32 = UUID + 512;

const BLOCK: i32 = 64;

const HEX: usize = memory.data<u8>([48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 97, 98, 99, 100, 101, 102]);

/**
 * Writes the UUID of what the host wrote to `NAME_BYTES` to `UUID`, as 36 characters. What is behind the name is written over.
 *
 * @param length of the name space and the name, in bytes
 */
export function uuid(length: i32): void {
  const end = pad(length);
  let at: usize = NAME_BYTES;
  if (length < BLOCK) {
    begin();
  } else {
    first();
    at += BLOCK;
  }
  for (; at < end; at += BLOCK) mix(at);
  writeText();
}

/** What stands behind the message: a one, zeros, and its length in bits. @returns its end */
function pad(length: i32): usize {
  const from: usize = NAME_BYTES + length;
  const end: usize = NAME_BYTES + ((length + 8) & ~63) + BLOCK;
  store<u8>(from, 0x80);
  for (let place = from + 1; place < end; place += 16) v128.store(place, i8x16.splat(0));
  store<u64>(end - 8, bswap<u64>((<u64>length) << 3));
  return end;
}

function begin(): void {
  store<u32>(STATE, 0x67452301);
  store<u32>(STATE, 0xefcdab89, 4);
  store<u32>(STATE, 0x98badcfe, 8);
  store<u32>(STATE, 0x10325476, 12);
  store<u32>(STATE, 0xc3d2e1f0, 16);
}

/** The names of a shard's records begin with the same block: its state is kept. */
function first(): void {
  if (isKept()) {
    copyState(KEPT_STATE, STATE);
    return;
  }
  begin();
  mix(NAME_BYTES);
  memory.copy(KEPT, NAME_BYTES, BLOCK);
  copyState(STATE, KEPT_STATE);
}

function copyState(from: usize, to: usize): void {
  v128.store(to, v128.load(from));
  store<u32>(to, load<u32>(from, 16), 16);
}

function isKept(): bool {
  for (let i = 0; i < BLOCK; i += 16) {
    if (v128.any_true(v128.xor(v128.load(NAME_BYTES + i), v128.load(KEPT + i)))) return false;
  }
  return load<u32>(KEPT_STATE) !== 0;
}

/** Mixes a block into the state: four times twenty turns, five of them at a time. */
function mix(at: usize): void {
  spread(at);
  let a = load<u32>(STATE);
  let b = load<u32>(STATE, 4);
  let c = load<u32>(STATE, 8);
  let d = load<u32>(STATE, 12);
  let e = load<u32>(STATE, 16);
  for (let i = WORDS + 0; i < WORDS + 80; i += 20) {
    e = e + load<u32>(i) + choose(b, c, d) + rotl<u32>(a, 5);
    b = rotl<u32>(b, 30);
    d = d + load<u32>(i, 4) + choose(a, b, c) + rotl<u32>(e, 5);
    a = rotl<u32>(a, 30);
    c = c + load<u32>(i, 8) + choose(e, a, b) + rotl<u32>(d, 5);
    e = rotl<u32>(e, 30);
    b = b + load<u32>(i, 12) + choose(d, e, a) + rotl<u32>(c, 5);
    d = rotl<u32>(d, 30);
    a = a + load<u32>(i, 16) + choose(c, d, e) + rotl<u32>(b, 5);
    c = rotl<u32>(c, 30);
  }
  for (let i = WORDS + 80; i < WORDS + 160; i += 20) {
    e = e + load<u32>(i) + parity(b, c, d) + rotl<u32>(a, 5);
    b = rotl<u32>(b, 30);
    d = d + load<u32>(i, 4) + parity(a, b, c) + rotl<u32>(e, 5);
    a = rotl<u32>(a, 30);
    c = c + load<u32>(i, 8) + parity(e, a, b) + rotl<u32>(d, 5);
    e = rotl<u32>(e, 30);
    b = b + load<u32>(i, 12) + parity(d, e, a) + rotl<u32>(c, 5);
    d = rotl<u32>(d, 30);
    a = a + load<u32>(i, 16) + parity(c, d, e) + rotl<u32>(b, 5);
    c = rotl<u32>(c, 30);
  }
  for (let i = WORDS + 160; i < WORDS + 240; i += 20) {
    e = e + load<u32>(i) + majority(b, c, d) + rotl<u32>(a, 5);
    b = rotl<u32>(b, 30);
    d = d + load<u32>(i, 4) + majority(a, b, c) + rotl<u32>(e, 5);
    a = rotl<u32>(a, 30);
    c = c + load<u32>(i, 8) + majority(e, a, b) + rotl<u32>(d, 5);
    e = rotl<u32>(e, 30);
    b = b + load<u32>(i, 12) + majority(d, e, a) + rotl<u32>(c, 5);
    d = rotl<u32>(d, 30);
    a = a + load<u32>(i, 16) + majority(c, d, e) + rotl<u32>(b, 5);
    c = rotl<u32>(c, 30);
  }
  for (let i = WORDS + 240; i < WORDS + 320; i += 20) {
    e = e + load<u32>(i) + parity(b, c, d) + rotl<u32>(a, 5);
    b = rotl<u32>(b, 30);
    d = d + load<u32>(i, 4) + parity(a, b, c) + rotl<u32>(e, 5);
    a = rotl<u32>(a, 30);
    c = c + load<u32>(i, 8) + parity(e, a, b) + rotl<u32>(d, 5);
    e = rotl<u32>(e, 30);
    b = b + load<u32>(i, 12) + parity(d, e, a) + rotl<u32>(c, 5);
    d = rotl<u32>(d, 30);
    a = a + load<u32>(i, 16) + parity(c, d, e) + rotl<u32>(b, 5);
    c = rotl<u32>(c, 30);
  }
  store<u32>(STATE, load<u32>(STATE) + a);
  store<u32>(STATE, load<u32>(STATE, 4) + b, 4);
  store<u32>(STATE, load<u32>(STATE, 8) + c, 8);
  store<u32>(STATE, load<u32>(STATE, 12) + d, 12);
  store<u32>(STATE, load<u32>(STATE, 16) + e, 16);
}

/** Makes the eighty words of a block, each with its turn's constant added. */
function spread(at: usize): void {
  for (let i: usize = 0; i < 64; i += 16) {
    const bytes = v128.load(at + i);
    v128.store(WORDS + i, i8x16.shuffle(bytes, bytes, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12));
  }
  for (let i = WORDS + 64; i < WORDS + 128; i += 4) {
    store<u32>(i, rotl<u32>(load<u32>(i - 12) ^ load<u32>(i - 32) ^ load<u32>(i - 56) ^ load<u32>(i - 64), 1));
  }
  // The same two steps at once, which needs no word that is as near.
  for (let i = WORDS + 128; i < WORDS + 320; i += 16) {
    const some = v128.xor(v128.load(i - 24), v128.load(i - 64));
    const word = v128.xor(some, v128.xor(v128.load(i - 112), v128.load(i - 128)));
    v128.store(i, v128.or(i32x4.shl(word, 2), i32x4.shr_u(word, 30)));
  }
  addTo(WORDS, i32x4.splat(0x5a827999));
  addTo(WORDS + 80, i32x4.splat(0x6ed9eba1));
  addTo(WORDS + 160, i32x4.splat(0x8f1bbcdc));
  addTo(WORDS + 240, i32x4.splat(0xca62c1d6));
}

function addTo(from: usize, constant: v128): void {
  for (let i = from; i < from + 80; i += 16) v128.store(i, i32x4.add(v128.load(i), constant));
}

function choose(b: u32, c: u32, d: u32): u32 {
  return d ^ (b & (c ^ d));
}

function parity(b: u32, c: u32, d: u32): u32 {
  return b ^ c ^ d;
}

function majority(b: u32, c: u32, d: u32): u32 {
  return (b & c) | (d & (b | c));
}

function writeText(): void {
  const words = v128.load(STATE);
  const digest = i8x16.shuffle(words, words, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
  const cleared = v128.and(digest, i8x16(-1, -1, -1, -1, -1, -1, 0x0f, -1, 0x3f, -1, -1, -1, -1, -1, -1, -1));
  const bytes = v128.or(cleared, i8x16(0, 0, 0, 0, 0, 0, 0x50, 0, -128, 0, 0, 0, 0, 0, 0, 0)); // version 5, the variant
  const digits = v128.load(HEX);
  const high = i8x16.swizzle(digits, i8x16.shr_u(bytes, 4));
  const low = i8x16.swizzle(digits, v128.and(bytes, i8x16.splat(15)));
  const first = i8x16.shuffle(high, low, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const second = i8x16.shuffle(high, low, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  v128.store(UUID, first);
  v128.store(UUID + 20, second);
  store<u8>(UUID, 0x2d, 8);
  store<u32>(UUID, v128.extract_lane<u32>(first, 2), 9);
  store<u8>(UUID, 0x2d, 13);
  store<u32>(UUID, v128.extract_lane<u32>(first, 3), 14);
  store<u8>(UUID, 0x2d, 18);
  store<u32>(UUID, v128.extract_lane<u32>(second, 0), 19);
  store<u8>(UUID, 0x2d, 23);
}
