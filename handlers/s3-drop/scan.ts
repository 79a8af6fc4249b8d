/** How far a JSON value has been looked through: enough to go on when more bytes come. */
export interface Scan {
  /** Place of the next byte to look at. */
  at: number;
  /** Brackets and braces open there. */
  depth: number;
  inString: boolean;
  /** Up to this place a line that begins like a document ends a value that is not complete. */
  strictTo: number;
}

/** `broken`: what follows from `at` on cannot belong to the value. */
export type Scanned = "more" | "end" | "broken";

const NEWLINE = 0x0a;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/**
 * Looks for the end of an object or array by its brackets and strings alone: whether it is JSON inside is another
 * question. Works on bytes, since no byte of a multi-byte UTF-8 character looks like ASCII.
 *
 * A value is broken by a line end within a string, which JSON does not allow, and by a line that begins with a brace or
 * bracket where none can stand: a line of NDJSON after one that was cut off.
 */
export function scanContainer(bytes: Uint8Array, scan: Scan): Scanned {
  let { at, depth, inString } = scan;
  const result = look();
  Object.assign(scan, { at, depth, inString });
  return result;

  function look(): Scanned {
    for (; at < bytes.length; at++) {
      const byte = bytes[at];
      if (inString) {
        if (byte === QUOTE) inString = false;
        else if (byte === NEWLINE) return "broken";
        else if (byte === BACKSLASH && ++at === bytes.length) return escapeIsCut();
      } else if (byte === QUOTE) inString = true;
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
      else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        if (--depth === 0) return ended();
      } else if (byte === NEWLINE) {
        if (at + 1 === bytes.length) return "more";
        if (at < scan.strictTo && opens(bytes[at + 1]) && !expectsValue(bytes, at)) return "broken";
      }
    }
    return "more";
  }

  function ended(): Scanned {
    at++;
    return "end";
  }

  /** The next bytes begin with the backslash again. */
  function escapeIsCut(): Scanned {
    at--;
    return "more";
  }
}

/** Looks for the end of a string, number or word in a list: the comma, bracket or line end after it. */
export function scanScalar(bytes: Uint8Array, scan: Scan): Scanned {
  for (; scan.at < bytes.length; scan.at++) {
    const byte = bytes[scan.at];
    if (byte === NEWLINE) return "end";
    if (scan.inString && byte === BACKSLASH) {
      if (scan.at + 1 === bytes.length) return "more";
      scan.at++;
    } else if (byte === QUOTE) scan.inString = !scan.inString;
    else if (!scan.inString && (byte === COMMA || byte === CLOSE_BRACKET)) return "end";
  }
  return "more";
}

/** Whether a byte begins an object or array. */
export function opens(byte: number | undefined): boolean {
  return byte === OPEN_BRACE || byte === OPEN_BRACKET;
}

export function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === NEWLINE || byte === 0x0d || byte === 0x09;
}

/** Whether the last thing before the place asks for a value, as a comma does. */
function expectsValue(bytes: Uint8Array, at: number): boolean {
  let before = at - 1;
  while (before > 0 && isBlank(bytes[before])) before--;
  const byte = bytes[before];
  return byte === COMMA || byte === COLON || opens(byte);
}
