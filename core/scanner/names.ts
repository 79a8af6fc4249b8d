/**
 * The names of keys by a hash, so that no text is made of a key.
 *
 * Two names of one hash are told apart only where it matters. Among names that plugins ask for, by their bytes. Among
 * all others they pass for one name, which can only make the scanner see a key twice in an object and give up on it.
 */

import { ESCAPED, LANES, TABLES } from "./memory";

const SLOTS: i32 = 16384;

/** A table that is attacked, or unlucky: the scanner gives up rather than look any further. */
const MAX_PROBES: i32 = 16;
const MAX_NAMES: i32 = SLOTS / 2;

/** Names beyond which a table is made anew before the next document, with the names that are asked for: 0.1 ms. */
const MANY_NAMES: i32 = MAX_NAMES - 2048;
const MAX_ASKED_BYTES: i32 = 64 * 1024;

/** Levels of nesting that the scanner follows; what is nested deeper is parsed. A slot of as many is a cache line. */
export const MAX_DEPTH: i32 = 14;

/** Numbers of objects beyond which a table is emptied. */
const LAST_OBJECT: u32 = 0x70000000;

// A slot: the hash, 0 of a free one; the place of an asked-for name, plus one; by depth, the object that had the name last.
const SLOT: i32 = 64;
const PLACE: i32 = 4;
const OBJECTS: i32 = 8;

// A table: how many names there are; the last object's number; how many names are asked for, where the bytes of each start,
// and these bytes; the slots.
const COUNT: i32 = 0;
const OBJECT: i32 = 4;
const ASKED: i32 = 8;
const HASHED: i32 = 64;
const STARTS: i32 = HASHED + SLOTS * SLOT;
const BYTES: i32 = STARTS + (MAX_NAMES + 16) * 4;
const TABLE: i32 = BYTES + MAX_ASKED_BYTES + 64;

/** Tables at once: of as many sets of asked-for names. */
export const MAX_TABLES: i32 = 3;

/** The table behind them: names of usual top-level domains. */
export const USUAL_TOPS: i32 = MAX_TABLES;

let table: i32 = TABLES;

/** The number of the last object, over all documents that were scanned with this table. */
export let object: u32 = 0;

export function nextObject(): u32 {
  return ++object;
}

export function openTable(number: i32): void {
  table = TABLES + number * TABLE;
  object = load<u32>(table + OBJECT);
}

export function closeTable(): void {
  store<u32>(table + OBJECT, object);
}

/** True for a table that should be made anew before the next document. */
export function isFull(number: i32): bool {
  openTable(number);
  return load<i32>(table + COUNT) > MANY_NAMES || object > LAST_OBJECT;
}

/** Empties a table; the names that are asked for are added next. */
export function clearTable(number: i32): void {
  openTable(number);
  memory.fill(table, 0, STARTS + 4);
}

/** Adds the name that the host wrote to `ESCAPED`, as the next that is asked for. False when it has no place. */
export function addName(number: i32, length: i32): bool {
  openTable(number);
  const asked = load<i32>(table + ASKED);
  const start = load<i32>(table + STARTS + asked * 4);
  if (start + length > MAX_ASKED_BYTES) return false;
  const slot = slotOf(hashOf(ESCAPED, length));
  if (slot === 0 || askedAt(slot) !== 0) return false;
  memory.copy(table + BYTES + start, ESCAPED, length);
  store<i32>(table + STARTS + (asked + 1) * 4, start + length);
  store<i32>(table + ASKED, asked + 1);
  store<i32>(slot, asked + 1, PLACE);
  return true;
}

/** The slot of a name, which may be new; 0 when the table is too full for it. */
export function slotOf(hash: u32): usize {
  for (let probe = 0; probe < MAX_PROBES; probe++) {
    const slot = table + HASHED + ((hash + probe) & (SLOTS - 1)) * SLOT;
    const known = load<u32>(slot);
    if (known === hash) return slot;
    if (known !== 0) continue;
    const count = load<i32>(table + COUNT) + 1;
    if (count > MAX_NAMES) return 0;
    store<i32>(table + COUNT, count);
    store<u32>(slot, hash);
    return slot;
  }
  return 0;
}

/** True when a top-level domain of the hash is usual, or in bad luck another. */
export function isUsualTop(hash: u32): bool {
  const slots = TABLES + USUAL_TOPS * TABLE + HASHED;
  for (let probe = 0; probe < MAX_PROBES; probe++) {
    const known = load<u32>(slots + ((hash + probe) & (SLOTS - 1)) * SLOT);
    if (known === hash) return true;
    if (known === 0) return false;
  }
  return false;
}

/** True when the object at hand has had the name before. It has now. */
export function isRepeated(slot: usize, depth: i32, own: u32): bool {
  const place = slot + OBJECTS + (depth << 2);
  if (load<u32>(place) === own) return true;
  store<u32>(place, own);
  return false;
}

/** The place of the asked-for name in a slot, plus one; 0 for any other name. */
export function askedAt(slot: usize): i32 {
  return load<i32>(slot, PLACE);
}

/** False for another name of the same hash. */
export function isName(asked: i32, at: usize, length: i32): bool {
  const starts = table + STARTS + ((asked - 1) << 2);
  const start = load<i32>(starts);
  if (load<i32>(starts, 4) - start !== length) return false;
  const name = table + BYTES + start;
  for (let i = 0; i < length; i += 16) {
    const same = i8x16.bitmask(i8x16.eq(v128.load(name + i), v128.load(at + i)));
    const left = length - i;
    const wanted = left < 16 ? (1 << left) - 1 : 0xffff;
    if ((same & wanted) !== wanted) return false;
  }
  return true;
}

/** The hash of bytes, as `mixIn` and `finished` make it of sixteen at a time. */
function hashOf(at: usize, length: i32): u32 {
  let hash: u64 = 0;
  let i = 0;
  for (; i + 16 <= length; i += 16) hash = mixIn(hash, v128.load(at + i));
  return finished(mixIn(hash, v128.and(v128.load(at + i), firstLanes(length - i))));
}

/** A mask of the first lanes, 0 to 16. */
export function firstLanes(count: i32): v128 {
  return v128.load(LANES + 16 - count);
}

export function mixIn(hash: u64, bytes: v128): u64 {
  const first = (hash ^ v128.extract_lane<u64>(bytes, 0)) * 0x9e3779b97f4a7;
  const second = (rotl<u64>(first, 29) ^ v128.extract_lane<u64>(bytes, 1)) * 0x1f58476d1ce4e5;
  return second ^ (second >> 32);
}

/** Never 0. */
export function finished(hash: u64): u32 {
  return <u32>(hash ^ (hash >> 29)) | 1;
}
