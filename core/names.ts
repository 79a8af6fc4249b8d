/**
 * The names of keys as the byte scanner (core/scan.ts) knows them: by a hash, so that no text is made of a key.
 *
 * Two names of one hash are told apart only where it matters. Among names that plugins ask for, by their bytes. Among
 * all others they pass for one name, which can only make the scanner see a key twice in an object and give up on it.
 */

const SLOTS = 4096;
const MAX_NAMES = SLOTS / 2;

/** A table that is attacked, or unlucky: the scanner gives up rather than look any further. */
const MAX_PROBES = 16;

/** Levels of nesting that the scanner follows; what is nested deeper is parsed. */
export const MAX_SCANNED_DEPTH = 16;

const LAST_OBJECT = 2 ** 31;

export interface Names {
  readonly hashes: Int32Array;
  /** By slot: the place in `asked` of a name that plugins ask for, plus one; 0 for any other name. */
  readonly places: Uint16Array;
  /** By slot and depth: the number of the object that had the name last. */
  readonly objects: Uint32Array;
  readonly asked: readonly Buffer[];
  /** The place of `details` in `asked`, or -1. */
  readonly shell: number;
  count: number;
  /** The number of the last object that was scanned, over all documents. */
  object: number;
}

export function createNames(asked: readonly string[]): Names {
  const names = {
    hashes: new Int32Array(SLOTS),
    places: new Uint16Array(SLOTS),
    objects: new Uint32Array(SLOTS * MAX_SCANNED_DEPTH),
    asked: asked.map((name) => Buffer.from(name)),
    shell: asked.indexOf("details"),
    count: 0,
    object: 0,
  };
  forget(names);
  return names;
}

/** To be called before each document: keys that are ids, or hostile, would fill the table. */
export function prepareNames(names: Names): void {
  if (names.count > MAX_NAMES / 2 || names.object > LAST_OBJECT) forget(names);
}

function forget(names: Names): void {
  names.hashes.fill(0);
  names.places.fill(0);
  names.objects.fill(0);
  names.count = 0;
  names.object = 0;
  for (const [i, name] of names.asked.entries()) {
    const slot = slotOf(
      names,
      name.reduce((hash, byte) => mixIn(hash, byte), 0),
    );
    if (slot < 0 || names.places[slot] !== 0) throw new Error(`names: ${name} cannot be told from another name`);
    names.places[slot] = i + 1;
  }
}

/** The hash of a name with one more byte; FNV-1a. */
export function mixIn(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 0x01000193);
}

/** The slot of a name, which may be new; -1 when the table is too full for it. */
export function slotOf(names: Names, mixed: number): number {
  const { hashes } = names;
  const hash = (mixed ^ (mixed >>> 15)) | 1; // never 0, which is a free slot
  for (let probe = 0; probe < MAX_PROBES; probe++) {
    const slot = (hash + probe) & (SLOTS - 1);
    if (hashes[slot] === hash) return slot;
    if (hashes[slot] !== 0) continue;
    if (++names.count > MAX_NAMES) return -1;
    hashes[slot] = hash;
    return slot;
  }
  return -1;
}
