/** What the bytes of JSON mean to the scanner (core/scan.ts). */

export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const BLANK = 0x20;

/** What a byte within a string is, as bits: those of all its bytes tell what the string may be (core/texts.ts). */
export const DOT = 1;
export const COLON = 2;
/** A blank or `=`: the string may be several words. */
export const GAP = 4;
export const NO_HEX = 8;
/** It does not stand for itself: a quote, a backslash, or a control character, which no string holds. */
export const STOP = 128;

const BITS: Readonly<Record<string, number>> = { ".": DOT, ":": COLON, " ": GAP, "=": GAP };

export const KINDS = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte < BLANK || byte === QUOTE || byte === BACKSLASH) return STOP;
  const character = String.fromCharCode(byte);
  if (/[\da-f]/i.test(character)) return 0;
  return NO_HEX | (BITS[character] ?? 0);
});

/** The lower case of the bytes that a key may hold, and 0 for all others. */
export const LOWER = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte > 0x7f || KINDS[byte] === STOP ? 0 : String.fromCharCode(byte).toLowerCase().charCodeAt(0),
);

/** What stands behind a backslash and stays as it is; JSON.stringify writes the characters of `\/` and `\u0041` themselves. */
export const ESCAPES = new Uint8Array(256);
for (const byte of Buffer.from('"\\bfnrt')) ESCAPES[byte] = 1;

export function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** A character that was escaped and need not be. */
export interface Unescaped {
  /** The place behind the escape sequence. */
  readonly place: number;
  /** What JSON.stringify would write, within a JSON string. */
  readonly json: string;
}

/**
 * Reads `\/` or `\u0041`, for which JSON.stringify writes the character itself.
 *
 * @param at the place behind the backslash
 * @returns undefined for what is no escape sequence
 */
export function unescapedAt(text: Buffer, at: number): Unescaped | undefined {
  if (text[at] === 0x2f) return { place: at + 1, json: "/" };
  return text[at] === 0x75 ? unicodeAt(text, at + 1) : undefined;
}

/** The digits behind `\u`, and those of the second half of a pair. */
function unicodeAt(text: Buffer, at: number): Unescaped | undefined {
  let code = hexAt(text, at);
  let place = at + 4;
  if (code === undefined) return undefined;
  if (code >= 0xd800 && code < 0xdc00 && text[place] === BACKSLASH && text[place + 1] === 0x75) {
    const low = hexAt(text, place + 2) ?? 0;
    if (low >= 0xdc00 && low < 0xe000) {
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      place += 6;
    }
  }
  const json = JSON.stringify(String.fromCodePoint(code).toWellFormed()).slice(1, -1);
  return { place, json: json.replace(/["\\]/g, "\\$&") };
}

function hexAt(text: Buffer, at: number): number | undefined {
  const digits = text.toString("latin1", at, at + 4);
  return /^[0-9a-fA-F]{4}$/.test(digits) ? Number.parseInt(digits, 16) : undefined;
}
