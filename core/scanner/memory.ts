/** Where everything stands in the scanner's memory; core/scanned.ts has the views of it. */

/** Longest document; longer ones are parsed. */
export const MAX_BYTES: i32 = 256 * 1024;
/** Fields of the first level, asked-for fields, and texts that may hold an indicator, beyond which a document is parsed. */
export const MAX_FIELDS: i32 = 1024;
export const MAX_FOUND: i32 = 256;
export const MAX_TEXTS: i32 = 4096;

/** Bytes are read and written sixteen at a time, so beyond the end of what they belong to. */
const SLACK: i32 = 64;

/** Sixteen bytes of ones, then sixteen of zeros: see `firstLanes`. */
export const LANES: usize = memory.data<u8>([
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0,
]);

export const TEXT: i32 = 0x10000;
/** An escape sequence is at most twice as long within a string, and so is a quote. */
export const ESCAPED: i32 = TEXT + MAX_BYTES + SLACK;
/** 32-bit numbers from here on. */
export const STARTS: i32 = ESCAPED + 2 * MAX_BYTES + SLACK;
export const FOUND: i32 = STARTS + (MAX_FIELDS + 1) * 4 + 60;
export const TEXTS: i32 = FOUND + 6 * MAX_FOUND * 4;
export const REPORT: i32 = TEXTS + 4 * MAX_TEXTS * 4;
/** A UUID, what it is made with, and the name that it is made of. */
export const UUID: i32 = REPORT + 64;
const UUID_BYTES: i32 = 8192;
/** The row that is being written. */
export const ROW: i32 = UUID + UUID_BYTES;
export const MAX_ROW_BYTES: i32 = 1024 * 1024;
/** Tables of names. */
export const TABLES: i32 = ROW + MAX_ROW_BYTES + SLACK;
