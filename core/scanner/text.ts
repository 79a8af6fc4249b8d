/** What a text may be, told by its bytes: core/indicators.ts looks for addresses, names and digests in few of all texts. */

import { finished, firstLanes, isUsualTop, mixIn } from "./names";

/** None of those that follow: it is left out. */
export const NOTHING: i32 = -1;
/** Anything: it has escape sequences or bytes beyond ASCII, or is seldom. */
export const ANY: i32 = 0;
/** Several words, or longer than a name. */
export const WORDS: i32 = 1;
/** It begins as an ARN does. */
export const ARN: i32 = 2;
/** An IPv4 address, as core/ip.ts has it. */
export const IPV4: i32 = 3;
/** A domain name in lower case, as far as `nameLength`, before any port or path. */
export const NAME: i32 = 4;
export let nameLength: i32 = 0;

/** Longest name that is no text: core/indicators.ts has the same. */
const MAX_NAME: i32 = 254;
const MAX_TIME: i32 = 35;

/** The first labels that names of packages have: com, org, net, io, java, javax, edu, gov, dev. Eight bytes each. */
const BACKWARDS: usize = memory.data<u64>([
  0x6d6f63, 0x67726f, 0x74656e, 0x6f69, 0x6176616a, 0x786176616a, 0x756465, 0x766f67, 0x766564,
]);
const BACKWARDS_COUNT: i32 = 9;

// What `read` finds in a text: whether there are blanks or commas, `@`, `//` and `::`; how many colons; the first of each.
let hasGap: bool = false;
let hasAt: bool = false;
let hasSlashes: bool = false;
let hasColons: bool = false;
let colons: i32 = 0;
let colon: i32 = -1;
let slash: i32 = -1;

/** @param isTold whether the text has a dot or a colon; it is in ASCII and without escape sequences */
export function kindOf(at: usize, length: i32, isTold: bool): i32 {
  if (!isTold) return length < 32 ? NOTHING : kindOfLong(at, length);
  if (length < 3) return NOTHING;
  read(at, length);
  if (hasGap || length > MAX_NAME) return !hasAt && !hasSlashes && isProduct(at, length) ? NOTHING : WORDS;
  if (load<u32>(at) === 0x3a6e7261) return ARN;
  const first: i32 = load<u8>(at);
  if (isDigit(first)) {
    if (load<u8>(at, 4) === 0x2d && length > 4 && length <= MAX_TIME) return NOTHING;
    if (isLikeIPv4(at)) return isIPv4(at, length) ? IPV4 : ANY;
  }
  if (hasAt || (colon >= 0 && isOdd(length))) return ANY;
  nameLength = nameEnd(at, hostEnd(length));
  if (nameLength === 0) return NOTHING;
  return hasUpper(at, nameLength) ? ANY : NAME;
}

function read(at: usize, length: i32): void {
  hasGap = false;
  hasAt = false;
  hasSlashes = false;
  hasColons = false;
  colons = 0;
  colon = -1;
  slash = -1;
  for (let i = 0; i < length; i += 16) {
    const lanes = firstBits(length - i);
    const bytes = v128.load(at + i);
    const next = v128.load(at + i, 1);
    const isColon = i8x16.eq(bytes, i8x16.splat(0x3a));
    const isSlash = i8x16.eq(bytes, i8x16.splat(0x2f));
    const isGap = v128.or(i8x16.eq(bytes, i8x16.splat(0x20)), i8x16.eq(bytes, i8x16.splat(0x2c)));
    if ((i8x16.bitmask(isGap) & lanes) !== 0) hasGap = true;
    if ((i8x16.bitmask(i8x16.eq(bytes, i8x16.splat(0x40))) & lanes) !== 0) hasAt = true;
    const colonLanes = i8x16.bitmask(isColon) & lanes;
    if (colonLanes !== 0) {
      if (colon < 0) colon = i + ctz(colonLanes);
      colons += popcnt(colonLanes);
      if ((i8x16.bitmask(i8x16.eq(next, i8x16.splat(0x3a))) & colonLanes) !== 0) hasColons = true;
    }
    const slashLanes = i8x16.bitmask(isSlash) & lanes;
    if (slashLanes !== 0) {
      if (slash < 0) slash = i + ctz(slashLanes);
      if ((i8x16.bitmask(i8x16.eq(next, i8x16.splat(0x2f))) & slashLanes) !== 0) hasSlashes = true;
    }
  }
}

/** Several words, or a digest: without a dot and a colon. */
function kindOfLong(at: usize, length: i32): i32 {
  for (let i = 0; i < length; i += 16) {
    const bytes = v128.load(at + i);
    const gaps = i8x16.bitmask(v128.or(i8x16.eq(bytes, i8x16.splat(0x20)), i8x16.eq(bytes, i8x16.splat(0x3d))));
    if ((gaps & firstBits(length - i)) !== 0) return length > 32 ? WORDS : NOTHING;
  }
  return (length === 32 || length === 40 || length === 64) && isHex(at, length) ? ANY : NOTHING;
}

function isHex(at: usize, length: i32): bool {
  for (let i = 0; i < length; i++) {
    const byte: i32 = load<u8>(at + i);
    const letter = byte | 0x20;
    if (!isDigit(byte) && (letter < 0x61 || letter > 0x66)) return false;
  }
  return true;
}

/** A bit for each of the first lanes, of a count that may be over sixteen. */
function firstBits(count: i32): i32 {
  return count < 16 ? (1 << count) - 1 : 0xffff;
}

/** A user agent: a product and its version first. */
function isProduct(at: usize, length: i32): bool {
  const start = load<u8>(at) === 0x5b ? 1 : 0;
  let end = start;
  while (end < length && isOfProduct(load<u8>(at + end))) end++;
  if (end === start || end - start > 40 || load<u8>(at + end) !== 0x2f) return false;
  const version = load<u8>(at + end, 1) === 0x76 ? end + 2 : end + 1;
  return version < length && isDigit(load<u8>(at + version));
}

function isOfProduct(byte: i32): bool {
  return isDigit(byte) || isLetter(byte) || byte === 0x5f || byte === 0x2e || byte === 0x2d;
}

/** Two numbers of up to three digits, each with a dot behind it, and a digit. */
function isLikeIPv4(at: usize): bool {
  const first = digitsAt(at);
  if (first > 3 || load<u8>(at + first) !== 0x2e) return false;
  const second = digitsAt(at + first + 1);
  if (second === 0 || second > 3 || load<u8>(at + first + 1 + second) !== 0x2e) return false;
  return isDigit(load<u8>(at + first + second + 2));
}

/** Four numbers up to 255 without leading zeros. */
function isIPv4(at: usize, length: i32): bool {
  let place = at;
  for (let i = 0; i < 4; i++) {
    if (i > 0 && load<u8>(place++) !== 0x2e) return false;
    const digits = digitsAt(place);
    if (digits === 0 || digits > 3 || (digits > 1 && load<u8>(place) === 0x30)) return false;
    if (digits === 3 && numberAt(place) > 255) return false;
    place += digits;
  }
  return place === at + length;
}

/** The number that three digits are. */
function numberAt(at: usize): i32 {
  return (<i32>load<u8>(at) - 0x30) * 100 + (<i32>load<u8>(at, 1) - 0x30) * 10 + (<i32>load<u8>(at, 2) - 0x30);
}

/** How many digits there are, up to four. */
function digitsAt(at: usize): i32 {
  let count = 0;
  while (count < 4 && isDigit(load<u8>(at + count))) count++;
  return count;
}

/** True for what may be an IPv6 address, a URL, or a digest behind its algorithm. */
function isOdd(length: i32): bool {
  if (hasSlashes) return true;
  if (colon <= 5 && (hasColons || colons >= 7)) return true;
  const behind = length - colon - 1;
  return behind === 32 || behind === 40 || behind === 64;
}

/** Where the port or the path begins. */
function hostEnd(length: i32): i32 {
  if (colon < 0) return slash < 0 ? length : slash;
  return slash >= 0 && slash < colon ? slash : colon;
}

/** The end of a domain name, without a final dot; 0 when it is none: core/domains.ts, `isCommonName`, says the same. */
function nameEnd(at: usize, end: i32): i32 {
  if (end < 4) return 0;
  const until = load<u8>(at + end - 1) === 0x2e ? end - 1 : end;
  const top = topOf(at, until);
  if (top < 2 || !areLabels(at, until)) return 0;
  return isBackwards(at, top) ? 0 : until;
}

/** Where a usual top-level domain begins; 0 where there is none. */
function topOf(at: usize, until: i32): i32 {
  let start = until;
  while (start > 0 && isLetter(load<u8>(at + start - 1))) start--;
  const length = until - start;
  if (start < 2 || length < 2 || length > 15 || load<u8>(at + start - 1) !== 0x2e) return 0;
  const letters = v128.or(v128.load(at + start), i8x16.splat(0x20));
  return isUsualTop(finished(mixIn(0, v128.and(letters, firstLanes(length))))) ? start : 0;
}

/** Labels of letters, digits, dashes and underscores, up to 63 of them; none begins or ends with a dash. */
function areLabels(at: usize, until: i32): bool {
  let start = 0;
  let labels = 1;
  for (let i = 0; i < until; i += 16) {
    const lanes = firstBits(until - i);
    const bytes = v128.load(at + i);
    const isDot = i8x16.eq(bytes, i8x16.splat(0x2e));
    if ((i8x16.bitmask(v128.or(isDot, areOfLabels(bytes))) & lanes) !== lanes) return false;
    for (let dots = i8x16.bitmask(isDot) & lanes; dots !== 0; dots &= dots - 1) {
      const end = i + ctz(dots);
      if (!isLabel(at + start, end - start)) return false;
      start = end + 1;
      labels++;
    }
  }
  return labels <= 17 && isLabel(at + start, until - start);
}

function hasUpper(at: usize, length: i32): bool {
  for (let i = 0; i < length; i += 16) {
    const letters = i8x16.sub(v128.load(at + i), i8x16.splat(0x41));
    if ((i8x16.bitmask(i8x16.lt_u(letters, i8x16.splat(26))) & firstBits(length - i)) !== 0) return true;
  }
  return false;
}

/** The lanes of letters, digits, dashes and underscores. */
function areOfLabels(bytes: v128): v128 {
  const letters = i8x16.sub(v128.or(bytes, i8x16.splat(0x20)), i8x16.splat(0x61));
  const digits = i8x16.sub(bytes, i8x16.splat(0x30));
  const isOther = v128.or(i8x16.eq(bytes, i8x16.splat(0x2d)), i8x16.eq(bytes, i8x16.splat(0x5f)));
  return v128.or(isOther, v128.or(i8x16.lt_u(letters, i8x16.splat(26)), i8x16.lt_u(digits, i8x16.splat(10))));
}

function isLabel(at: usize, length: i32): bool {
  return length > 0 && length <= 63 && load<u8>(at) !== 0x2d && load<u8>(at + length - 1) !== 0x2d;
}

/** True for a name of packages or classes, `com.example.Main`: more than one dot, and a first label that ends others. */
function isBackwards(at: usize, top: i32): bool {
  let length = 0;
  while (load<u8>(at + length) !== 0x2e) length++;
  if (length + 1 === top || length > 5) return false;
  const label = (load<u64>(at) | 0x2020202020) & (((<u64>1) << (length * 8)) - 1);
  for (let i = 0; i < BACKWARDS_COUNT; i++) if (load<u64>(BACKWARDS + i * 8) === label) return true;
  return false;
}

function isLetter(byte: i32): bool {
  return <u32>((byte | 0x20) - 0x61) < 26;
}

function isDigit(byte: i32): bool {
  return <u32>(byte - 0x30) < 10;
}
