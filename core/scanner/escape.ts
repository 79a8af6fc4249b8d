/** Escape sequences within strings: read as JSON has them, written as JSON.stringify would write them within a string. */

export const QUOTE: u8 = 0x22;
export const BACKSLASH: u8 = 0x5c;

/** Where `readEscape` has written to. */
export let written: usize = 0;

/**
 * Reads the escape sequence at a backslash.
 *
 * @returns the place behind it; 0 for what is none
 */
export function readEscape(at: usize, free: usize): usize {
  const byte = load<u8>(at, 1);
  written = free;
  if (byte === 0x75) return unicode(at + 2);
  if (byte === 0x2f) {
    put(byte);
    return at + 2;
  }
  if (!isShort(byte)) return 0;
  putEscaped(byte);
  return at + 2;
}

/** `"`, `\`, and b, f, n, r, t. */
function isShort(byte: i32): bool {
  return (
    byte === QUOTE ||
    byte === BACKSLASH ||
    byte === 0x62 ||
    byte === 0x66 ||
    byte === 0x6e ||
    byte === 0x72 ||
    byte === 0x74
  );
}

function put(byte: i32): void {
  store<u8>(written++, byte);
}

/** Within a string, the backslash has one before it, and so has a quote or a backslash that it stands before. */
function putEscaped(byte: i32): void {
  put(BACKSLASH);
  put(BACKSLASH);
  if (byte === QUOTE || byte === BACKSLASH) put(BACKSLASH);
  put(byte);
}

/** The digits behind `\u`, and those of the second half of a pair. */
function unicode(at: usize): usize {
  let code = hexAt(at);
  if (code < 0) return 0;
  let place = at + 4;
  if (code >= 0xd800 && code < 0xdc00 && load<u8>(place) === BACKSLASH && load<u8>(place, 1) === 0x75) {
    const low = hexAt(place + 2);
    if (low >= 0xdc00 && low < 0xe000) {
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      place += 6;
    }
  }
  putCharacter(code);
  return place;
}

/** The number that four hexadecimal digits are; -1 for anything else. */
function hexAt(at: usize): i32 {
  let code = 0;
  for (let i = 0; i < 4; i++) {
    const byte: i32 = load<u8>(at + i);
    const letter = byte | 0x20;
    if (byte >= 0x30 && byte <= 0x39) code = (code << 4) | (byte - 0x30);
    else if (letter >= 0x61 && letter <= 0x66) code = (code << 4) | (letter - 0x57);
    else return -1;
  }
  return code;
}

function putCharacter(code: i32): void {
  if (code < 0x20) putControl(code);
  else if (code === QUOTE || code === BACKSLASH) putEscaped(code);
  else if (code < 0x80) put(code);
  else putUtf8(code >= 0xd800 && code < 0xe000 ? 0xfffd : code); // half a pair is no character
}

function putControl(code: i32): void {
  const letter = letterOf(code);
  putEscaped(letter);
  if (letter !== 0x75) return;
  put(0x30);
  put(0x30);
  put(0x30 + (code >> 4));
  const low = code & 15;
  put(low < 10 ? 0x30 + low : 0x57 + low);
}

/** What JSON.stringify writes for a control character behind the backslash: `u` where there is no shorter form. */
function letterOf(code: i32): i32 {
  if (code === 8) return 0x62;
  if (code === 9) return 0x74;
  if (code === 10) return 0x6e;
  if (code === 12) return 0x66;
  return code === 13 ? 0x72 : 0x75;
}

/** @param code from 0x80 */
function putUtf8(code: i32): void {
  if (code < 0x800) {
    put(0xc0 | (code >> 6));
  } else {
    if (code < 0x10000) {
      put(0xe0 | (code >> 12));
    } else {
      put(0xf0 | (code >> 18));
      put(0x80 | ((code >> 12) & 63));
    }
    put(0x80 | ((code >> 6) & 63));
  }
  put(0x80 | (code & 63));
}
